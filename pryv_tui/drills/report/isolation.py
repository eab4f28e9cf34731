"""The lines of a report about a sandbox's isolation: each attempt to get out, and whether the live
platform changed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pryv_tui.drills.model import Record
from pryv_tui.operations.drilling.facts import Probe
from pryv_tui.operations.drilling.probing import attempts_in
from pryv_tui.phrases import counted

NO_WAYS = ("Network is unreachable", "No route to host")
"""Error messages of the kernel; programs print more text around them."""


def isolation_lines(record: Record) -> Iterator[str]:
    """Yield the lines: whether isolation is proven, each attempt to get out, and whether the live
    platform changed. Nothing for an exercise without a sandbox."""
    told = record.isolation
    if record.plan.exercise != "sandbox":
        return
    words = {"yes": "proven", "no": "BROKEN", "not known": "not proven"}
    why = f": {told.why}" if told.why else ""
    many = counted(len(attempts_in(told.probes)), "attempt")
    yield f"Isolation of the sandbox: {words[told.isolated]}, {many} to get out{why}"
    yield from _attempts(told.probes)
    unchanged = {
        "yes": "as it was before the drill",
        "no": f"CHANGED afterwards: {', '.join(told.changed)}",
        "not known": f"not compared: {told.production_why}",
    }[told.production_unchanged]
    yield f"The live platform: {unchanged}"
    for mark in told.fingerprints:
        yield (
            f"{mark.moment}: containers {mark.containers[:16]}, networks {mark.networks[:16]},"
            f" root {mark.root[:16]}"
        )


def _attempts(probes: Iterable[Probe]) -> Iterator[str]:
    """Yield a line for each target and result, with the containers that tried it. Every single
    attempt is in the record."""
    found: dict[tuple[str, str, str, str], list[str]] = {}
    for one in probes:
        kernels = [word for word in NO_WAYS if word in one.answer and not one.reached]
        result = "REACHED" if one.reached else "not reached" if one.told else "could not be tried"
        answer = kernels[0] if kernels else one.answer
        found.setdefault((one.what, one.target, result, answer), []).append(one.source)
    before: list[str] = []
    for number, ((what, target, result, answer), sources) in enumerate(found.items(), 1):
        named = [source for source in sources if source]
        many = f" from {named[0]}" if len(named) == 1 else ""
        if len(named) > 1:
            short = ", ".join(name.rpartition("_")[2] for name in named)
            many = f" from {counted(len(named), 'container')} ({short})"
            if sources == before:
                many = f" from the same {counted(len(named), 'container')}"
        before = sources
        yield f"{number}. {what}, {target}{many}: {result}{f' ({answer})' if answer else ''}"
