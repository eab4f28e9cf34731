"""Prove that nothing gets out of a sandbox, before any data is in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.hosts.sandbox.labels import not_of_drills
from pryv_tui.operations.containers.ending import Deadline
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.drilling.facts import CheckState, Probe
from pryv_tui.operations.drilling.platform import need_machine
from pryv_tui.operations.drilling.probing import (
    PLAIN,
    RESOLVER,
    Answer,
    Attempt,
    attempts,
    judged,
    looked_up,
    lookups,
    name_servers,
    nothing_live,
    programs,
    verdict,
)
from pryv_tui.operations.plan import Step, docker_exec
from pryv_tui.operations.steps.drilling.rehearsal import inside, note_check, phase
from pryv_tui.phrases import counted

ISOLATED = "isolation"
NAMED = ("core", "mongodb")
"""Services whose live containers are looked up by name, beside all addresses."""


class ProveIsolation(Step, frozen=True, kw_only=True, tag="prove-isolation"):
    """Each container tries to get out: by address, by name, to the machine, to each live container.

    One success ends the drill; so does an attempt of which nothing can be told.
    """

    containers: tuple[tuple[str, str], ...]
    """Machine of the set, and container."""

    @property
    def title(self) -> str:
        return "Prove that nothing in the sandbox reaches anything outside it"

    @property
    def command(self) -> tuple[str, ...]:
        out = Attempt("outwards", "203.0.113.1", 443)
        return tuple(
            docker_exec(name, programs(out.target, out.port)[0]) for _, name in self.containers
        )

    @property
    def inside(self) -> tuple[str, ...]:
        return tuple(name for _, name in self.containers)

    def perform(self, ctx: RunContext) -> None:
        with phase(ctx, "prove isolation", "sandbox"):
            probes = list(self._probes(ctx))
            against = verdict(probes)
        many = counted(len(self.containers), "container")
        told = f"{counted(len(probes), 'attempt')} from {many}, none got out"
        if not against:
            note_check(ctx, ISOLATED, "", "passed", expected="no way out", found=told)
            return
        reached = any(probe.reached for probe in probes)
        state: CheckState = "failed" if reached else "could not verify"
        note_check(ctx, ISOLATED, "", state, expected="no way out", why="; ".join(against[:3]))
        raise PryvTuiError(
            "not-isolated",
            f"the sandbox is not proven to be isolated, and no data comes into it: {against[0]}",
        )

    def _probes(self, ctx: RunContext) -> Iterable[Probe]:
        host = need_machine(ctx.site.hosts)
        assert host.maker is not None
        gateways = host.maker.surroundings().gateways
        every = [
            one
            for state in ctx.deployment.hosts
            for one in not_of_drills(ctx.site.host(state.name).engine.containers())
        ]
        live = [address for one in every for address in one.addresses]
        # On a network of its platform the engine tells a container these names.
        named = [one.name for one in every if one.service in NAMED]
        if not live and not named:
            yield _told(ctx, nothing_live())
        name = f"reg.{ctx.deployment.domain}"
        for machine, container in self.containers:
            asked = _ask(ctx, machine, container, [RESOLVER])
            servers = name_servers(asked.text) if asked is not None else []
            for attempt in attempts(gateways, dict.fromkeys(live), servers):
                ctx.check_cancelled()
                argvs = programs(attempt.target, attempt.port)
                answer = _ask(ctx, machine, container, argvs)
                yield _told(ctx, judged(attempt, container, answer))
            for each in (name, *named):
                ctx.check_cancelled()
                answer = _ask(ctx, machine, container, lookups(each))
                what: Literal["name", "production"] = "name" if each == name else "production"
                yield _told(ctx, looked_up(each, container, answer, what))


def _told(ctx: RunContext, probe: Probe) -> Probe:
    ctx.report.drilled(probe)
    return probe


def _ask(
    ctx: RunContext, machine: str, container: str, argvs: Sequence[Sequence[str]]
) -> Answer | None:
    """What the first of these programs says that the container has; None where there is none, or
    where it came to no end in time."""
    inner = inside(ctx)
    for argv in argvs:
        said: list[str] = []
        try:
            code = inner.exec(
                machine,
                container,
                argv,
                on_line=lambda _stream, line, to=said: to.append(line),  # type: ignore[misc]
                ends=Deadline(ctx.site.patience.way_out),
                environment=PLAIN,
                quiet=True,
            )
        except Cancelled:
            ctx.check_cancelled()
            return None
        except PryvTuiError as error:
            if error.name == "program-missing":
                continue
            raise
        return Answer(code, "\n".join(said))
    return None
