"""The context of a step: everything that it may use while it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Literal, Protocol

import msgspec

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.hosts.engine import CancelToken, Container, Stream
from pryv_tui.hosts.ownership import Found, sort_out
from pryv_tui.operations import debts
from pryv_tui.operations.activity import GoingOn
from pryv_tui.operations.commands import container_command
from pryv_tui.operations.containers.again import runs_again
from pryv_tui.operations.containers.ending import AnyOf
from pryv_tui.operations.containers.waiting import (
    QUESTION_SECONDS,
    SILENT_SECONDS,
    Silence,
    patience,
    paused_words,
    run_watched,
)
from pryv_tui.operations.containers.watched import Watched
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.drilling.by_store import ByStore
from pryv_tui.operations.drilling.facts import DrillFact
from pryv_tui.operations.facts import NewerFound, RunFacts, SeenContainer
from pryv_tui.operations.site import Site
from pryv_tui.platform.gap import Timeline
from pryv_tui.reading import LINE
from pryv_tui.vault.files.types import Progress
from pryv_tui.vault.manifest import Finding, SetManifest
from pryv_tui.who import Who

GuardOutcome = Literal["ok", "not_known", "warning", "failed"]


class Reporter(Protocol):
    """Receives a run's facts and writes them to the journal; nothing else."""

    def output(self, stream: Stream, chunk: bytes) -> None: ...

    def progress(self, done: int, total: int, unit: str) -> None: ...

    def guard(self, name: str, outcome: GuardOutcome, text: str, remedy: str) -> None: ...

    def gap(self, known: Timeline) -> None: ...

    def note(self, text: str, level: Literal["info", "warning"] = "info") -> None: ...

    def found(self, host: str, containers: Sequence[SeenContainer]) -> None: ...

    def newer(self, found: Sequence[NewerFound]) -> None: ...

    def drilled(self, fact: DrillFact) -> None: ...

    def owe(self, owed: Owed) -> None: ...

    def settle(self, owed: Owed) -> None: ...


class Released(msgspec.Struct, frozen=True, kw_only=True):
    """Containers that a guardian released by itself, and why."""

    time: str
    """The time from which the held containers may have been running again, RFC 3339 UTC."""
    why: Literal["deadline", "worker gone", "told to end"]
    done: tuple[Owed, ...] = ()
    failed: tuple[str, ...] = ()
    """The containers that could not be released yet, in words."""


class Guardian(Protocol):
    """A separate process that releases held containers: at a deadline, or if the run's worker
    died."""

    def watch(self, owed: Owed, deadline: float) -> None:
        """Make the guardian responsible for a container; called before the container is held.

        Args:
            deadline: seconds; counted once, from the first call.

        Raises:
            PryvTuiError: `step-failed`, the guardian does not answer: then nothing may be held.
        """
        ...

    def released(self) -> Released | None:
        """What the guardian released by itself; recorded before it happens. None if nothing."""
        ...

    def dismiss(self) -> None:
        """End the guardian, after the run has released all containers."""
        ...


Beside = Callable[[str], Mapping[tuple[str, str], str]]


class LineSplitter:
    """Splits a stream of chunks into lines; CR ends a line too.

    A line longer than `reading.LINE` is passed on in pieces, so that memory stays limited.
    """

    def __init__(self, sink: Callable[[str], None]) -> None:
        self._sink = sink
        self._rest = b""

    def feed(self, chunk: bytes) -> None:
        parts = (self._rest + chunk).replace(b"\r", b"\n").split(b"\n")
        self._rest = parts.pop()
        if len(self._rest) > LINE:
            parts.append(self._rest)
            self._rest = b""
        for part in parts:
            self._sink(part.decode("utf-8", "replace"))

    def close(self) -> None:
        if self._rest:
            self._sink(self._rest.decode("utf-8", "replace"))
            self._rest = b""


class RunContext:
    """Everything a step may use: hosts, the vault, the reporter, and facts from earlier steps."""

    def __init__(
        self,
        *,
        site: Site,
        deployment: Deployment,
        reporter: Reporter,
        cancel: CancelToken,
        run_id: str,
        set_id: str = "",
        label: str = "",
        manifest: SetManifest | None = None,
        facts: RunFacts | None = None,
        guardian: Guardian | None = None,
    ) -> None:
        self.site = site
        self.deployment = deployment
        self.report = reporter
        self.cancel = cancel
        self.run_id = run_id
        self.set_id = set_id
        self.label = label
        self.manifest = manifest
        self.facts = facts or RunFacts()
        self.guardian = guardian
        self.by: Who | None = None
        """Who asked for the run; None if unknown."""
        self.beside: Beside = lambda _since: {}
        """Returns, by host and container, the run that changed it since a given time (RFC 3339)."""
        self.goes_on: Callable[[], GoingOn | None] | None = None
        """Returns the run that is using the platform now; None if that can't be asked."""
        self.waited = ""
        """Since when the run waited before it could begin, in words; empty if it did not wait."""
        self.whose = "the live platform"
        """The name of the platform that the steps work on; for a drill's steps, its sandbox."""
        self.drill: object | None = None
        """What the steps of a drill share; see `steps/drilling/rehearsal.py`."""
        self.by_store: ByStore | None = None
        """The findings of a check of the set, by store; None if nobody needs them."""
        self.watched: dict[str, Watched] = {}
        """By host: the containers that were started and are watched until they stay up."""
        self.looking: object | None = None
        """A live audit that runs while containers are still watched
        (`steps/bringing_back/audit_live.py`)."""
        self.asked: list[Callable[[], None]] = []
        """Functions that repeat the run's questions to the applications.

        For a step that restarts what the applications need.
        """
        self._renamed: dict[tuple[str, str], str] = {}

    def state_of(self, host: str) -> HostState:
        """A host as it was found when the run began."""
        state = self.deployment.host(host)
        if state is None:
            raise PryvTuiError("internal", f"there is no host {host!r} in this platform")
        return state

    def check_cancelled(self) -> None:
        if self.cancel.is_set():
            raise Cancelled()

    def warn(self, text: str) -> None:
        """Warn of something that a person must deal with; the run continues, and exits with 3.

        A text that was already warned of is not repeated.
        """
        if text in self.facts.warnings:
            return
        self.facts.warnings.append(text)
        self.report.note(text, "warning")

    def find(self, found: Finding, remedy: str) -> None:
        """Record a finding with the set and warn of it; only a note if a person has accepted it."""
        self.facts.findings.append(found)
        said = self.site.accepted.of(found.key, found.about)
        if said is not None:
            self.report.note(f"{found.text}; {said.words}")
        else:
            self.warn(f"{found.text}. {remedy}")

    def unchecked(self, what: str, why: str) -> None:
        """Warn that something was not compared as planned; the run's headline says so too."""
        self.facts.unchecked.append(f"{what} ({why})")
        self.warn(f"{what} was not compared: {why}")

    def lacks(self, what: str, text: str) -> None:
        """Warn with `text` that the run's result lacks something; its headline says `what`."""
        self.facts.lacking.append(what)
        self.warn(text)

    def checked(self, text: str) -> None:
        """Record evidence for the report: what was compared, expected and found."""
        self.facts.checks.append(text)
        self.report.note(text)

    def uncheck(self, text: str) -> None:
        """Remove evidence, if it is there, before the same thing is compared again."""
        with suppress(ValueError):
            self.facts.checks.remove(text)

    def owe(self, owed: Owed) -> None:
        """Record a debt, before anything is changed.

        A settled debt can be owed again: a roll-back stops containers that a restore had started
        again.
        """
        if owed not in self.facts.owed:
            self.facts.owed.append(owed)
        elif owed in self.facts.settled:
            self.facts.settled.remove(owed)
        else:
            return
        self.report.owe(owed)

    def settle(self, owed: Owed) -> None:
        """Record that a debt was put back, or no longer has to be."""
        if owed not in self.facts.settled:
            self.facts.settled.append(owed)
            self.report.settle(owed)

    @property
    def outstanding(self) -> list[Owed]:
        return debts.outstanding(self.facts.owed, self.facts.settled)

    def exec(
        self,
        host: str,
        container: str,
        argv: Sequence[str],
        *,
        on_line: Callable[[Stream, str], None] | None = None,
        on_data: Callable[[bytes], None] | None = None,
        keep_stdout: bool = True,
        quiet: bool = False,
        ends: CancelToken | None = None,
        environment: Mapping[str, str] | None = None,
        begun: Callable[[str], None] | None = None,
    ) -> int:
        """Run a program in a container; its output goes to the journal and, by line, to `on_line`.

        Args:
            on_data: receives stdout of a program that writes data; it is not written anywhere else.
            keep_stdout: False to drop stdout, if there is no `on_data`.
            quiet: True for a question that is asked repeatedly: nothing goes to the journal.
            ends: a second token that ends the program, in addition to the operator's cancel.
            environment: variables for the program; they are written to no journal.
            begun: receives the engine's id of the program, before it starts.
        """
        splitters: dict[str, LineSplitter] = {}
        if on_line is not None:
            listen = on_line
            for stream in ("stdout", "stderr"):
                splitters[stream] = LineSplitter(lambda line, s=stream: listen(s, line))  # type: ignore[misc]

        def sink(stream: Stream, chunk: bytes) -> None:
            if stream == "stdout" and on_data is not None:
                on_data(chunk)
                return
            if stream == "stdout" and not keep_stdout:
                return
            if not quiet:
                self.report.output(stream, chunk)
            if splitters:
                splitters[stream].feed(chunk)

        engine = self.site.host(host).engine
        name = self._renamed.get((host, container), container)
        watch = self.silence(
            f"{' '.join(argv[:2])} in {container} on {host}",
            patience(QUESTION_SECONDS if quiet else SILENT_SECONDS),
            cancel=self.cancel if ends is None else AnyOf(self.cancel, ends),
        )
        try:
            try:
                return run_watched(engine, name, argv, sink, watch, environment, begun)
            except PryvTuiError as error:
                untold = error.name == "step-failed" and not error.remedy
                paused = watch.expired and bool(paused_words(engine, name))
                down = error.name == "container-stopped" or paused
                if down or (untold and self._is_down(host, name)):
                    half = bool(debts.of_roots(self.outstanding))
                    again = runs_again(self.site.host(host), name, half=half)
                    log = container_command("logs", name, host)
                    if untold and again:
                        again = f"Read its log: {log}; then: {again}"
                    elif untold:
                        again = f"Read its log: {log}"
                    raise PryvTuiError(error.name, error.what, again) from error
                # The container may have another name now: Compose has recreated it, or a person has
                # renamed it. The program has not run yet, so it can be tried again.
                now = self._called_now(host, name) if error.name == "container-missing" else ""
                if not now:
                    raise
                self._renamed[host, container] = now
                return run_watched(engine, now, argv, sink, watch, environment, begun)
        finally:
            for splitter in splitters.values():
                splitter.close()

    def _is_down(self, host: str, container: str) -> bool:
        """Whether a container exists and is not running; False if its engine does not answer."""
        with suppress(PryvTuiError):
            found = self.site.host(host).engine.containers()
            return any(one.name == container and not one.running for one in found)
        return False

    def silence(self, what: str, seconds: float, cancel: CancelToken | None = None) -> Silence:
        """A watch over a wait: it reports the wait, and ends it after a cancel or a long silence.

        Args:
            seconds: how long there may be no output.
            cancel: a token to use instead of the run's; it should include the run's.
        """
        return Silence(what, seconds, self.report.note, cancel or self.cancel)

    def found_on(self, host: str) -> Found:
        """A host's containers as they are now, sorted into the platform's and others'.

        Raises:
            PryvTuiError: its engine does not answer.
        """
        return self._sorted_out(host, self.site.host(host).engine.containers())

    def glance_at(self, host: str) -> Found:
        """As `found_on`, but cheaper: only the containers' states are current; see `Engine.glance`.

        Raises:
            PryvTuiError: its engine does not answer.
        """
        return self._sorted_out(host, self.site.host(host).engine.glance())

    def _sorted_out(self, host: str, every: list[Container]) -> Found:
        state = self.deployment.host(host)
        return sort_out(every, state.root if state is not None else None)

    def _called_now(self, host: str, name: str) -> str:
        found = self.glance_at(host).find(name)
        return found.name if found is not None and found.name != name else ""

    def on_progress(self) -> Callable[[Progress], None]:
        """Make a progress callback for the copy engine."""

        def tell(progress: Progress) -> None:
            if progress.waits_for:
                self.report.note(f"waits for the disk of {progress.waits_for}", "warning")
            self.report.progress(progress.bytes, progress.total_bytes, "bytes")

        return tell


def so_far(ctx: RunContext, seen: str) -> str:
    """The end of a sentence on what a completed run did: what is missing, what was not checked.

    Args:
        seen: the word for the check: `checked`.
    """
    facts = ctx.facts
    but = f" but for {'; '.join(facts.lacking)}" if facts.lacking else ""
    if facts.unchecked:
        return f"{but}; NOT {seen}: {'; '.join(facts.unchecked)}."
    return f"{but}, and was {seen}." if but else f" and was {seen}."
