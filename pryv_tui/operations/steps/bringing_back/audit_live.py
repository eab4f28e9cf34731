"""Audit the running platform at the end of a restore or an undo.

The audit finds records that lack their other half in another store, such as an event without its
attached file.
"""

from __future__ import annotations

import queue
import shlex
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress

from pryv_tui.clock import timestamp
from pryv_tui.errors import PryvTuiError
from pryv_tui.formats.errors import FormatError
from pryv_tui.hosts.engine import UP, Container
from pryv_tui.operations.audit.afterwards import (
    checked_words,
    found_of,
    next_of,
    warnings_of,
    worded,
)
from pryv_tui.operations.audit.last_look import keep_look
from pryv_tui.operations.audit.live import Ends, LiveAudit, audit_live
from pryv_tui.operations.audit.other_cores import WHAT as OTHER_CORES
from pryv_tui.operations.containers.ending import AnyOf, Deadline
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.facts import LiveFound, NotKnown
from pryv_tui.operations.plan import Step
from pryv_tui.operations.site import Site
from pryv_tui.operations.steps.bringing_back.ask_newer import look_aside
from pryv_tui.platform.casualties import KINDS

CANCELLED = "the check was cancelled"
END_SECONDS = 10.0


class AuditLive(Step, frozen=True, kw_only=True, tag="audit-live"):
    """Make the check of `audit --live`, as the last step of a restore or an undo.

    The restore or undo is already complete, so no failure here makes the run fail: what could not
    be asked is reported as "not known". A cancel ends only this audit.
    """

    set_id: str
    """The set that was restored; empty for an undo, whose content comes from no set."""
    after: str = "restore"
    """The kind of run of which this is the last step."""

    @property
    def title(self) -> str:
        return "Check the live platform for records without their other half"

    @property
    def afterwards(self) -> bool:
        return True

    def perform(self, ctx: RunContext) -> None:
        if self.set_id and not ctx.cancel.is_set():
            look_aside(ctx, self.set_id)
        looking = ctx.looking if isinstance(ctx.looking, Looking) else Looking(ctx)
        found = self._found(ctx, looking)
        _tell_stopped(ctx, looking.before)
        found = worded(found, [*warnings_of(found), *next_of(found, self.set_id)])
        ctx.facts.live = found
        if words := checked_words(found, ctx.whose):
            ctx.checked(words)
        for one in found.not_known:
            if one.for_good and one.what != OTHER_CORES:
                ctx.checked(
                    f"not known, since this release of Pryv.io does not tell: {one.what}: {one.why}"
                )
        for said in warnings_of(found):
            ctx.warn(said.text)
        keep_look(ctx.site.state, found)

    def _found(self, ctx: RunContext, looking: Looking) -> LiveFound:
        try:
            live = looking.result(ctx.report.note)
        except Exception as error:
            # Any error, even a fault of this program: the restore or undo is already complete.
            told = isinstance(error, PryvTuiError | FormatError | OSError)
            why = error.what if isinstance(error, PryvTuiError) else str(error)
            return LiveFound(
                time=timestamp(),
                run=ctx.run_id,
                after=self.after,
                set=self.set_id,
                domain=ctx.deployment.domain,
                practice=ctx.site.practice,
                not_known=[
                    NotKnown(
                        what="accounts, attachments and series",
                        why=why if told else f"{type(error).__name__}: {error}",
                        kinds=tuple(f"{each.group}.{each.name}" for each in KINDS),
                    )
                ],
            )
        return found_of(
            live, time=timestamp(), run=ctx.run_id, set_id=self.set_id, after=self.after
        )


def _up(ctx: RunContext) -> dict[str, dict[str, Container]]:
    """Return by host and name the platform's containers that run or keep restarting.

    Each container is inspected separately, because an engine's list may be out of date. A host is
    left out if its engine does not answer, which the audit reports.
    """
    up: dict[str, dict[str, Container]] = {}
    for state in ctx.deployment.hosts:
        ours = {container.name for container in state.containers}
        try:
            now = ctx.site.host(state.name).engine.containers()
        except PryvTuiError:
            continue
        up[state.name] = {c.name: c for c in now if c.state in UP and c.name in ours}
    return up


def _tell_stopped(ctx: RunContext, before: Mapping[str, Mapping[str, Container]]) -> None:
    """Warn of containers that were running when the audit began and are not running now."""
    for host, now in _up(ctx).items():
        # Containers that did not stay up before the audit are reported already.
        for name in sorted(
            before.get(host, {}).keys() - now.keys() - ctx.facts.not_up.get(host, {}).keys()
        ):
            start = shlex.join(["pryv-tui", "containers", "start", name, "--host", host])
            ctx.warn(
                f"{host}: {name} stopped during the check of the live platform, although it had"
                f" been running. Start it: {start}"
            )


def end_look(ctx: RunContext) -> None:
    """End a live audit that began early, if the run did not reach its step: the containers that it
    asks are about to be stopped."""
    if isinstance(ctx.looking, Looking):
        ctx.looking.end()
    ctx.looking = None


class Looking:
    """A live audit in its own thread.

    It may begin while the run is still watching whether the started containers stay up. Only the
    run may write to the journal, so the audit collects its lines until the run asks for them.
    """

    def __init__(self, ctx: RunContext) -> None:
        """Start the thread. It ends early if the run is cancelled, and after `patience.live_audit`
        seconds."""
        most = ctx.site.patience.live_audit
        self.before = _up(ctx)
        """By host and name, the containers that ran or kept restarting when the audit began."""
        self._told: queue.SimpleQueue[str] = queue.SimpleQueue()
        """Lines for the journal."""
        self._unwanted = threading.Event()
        cancel = ctx.cancel
        self._ends = Ends(
            token=AnyOf(cancel, self._unwanted, Deadline(most)),
            why=lambda: CANCELLED if cancel.is_set() else f"it had not ended after {most:g} s",
        )
        self._found: LiveAudit | Exception | None = None
        self._given_up: PryvTuiError | None = None
        self._thread = threading.Thread(
            target=self._run, args=(ctx.site, ctx.run_id), name="live look", daemon=True
        )
        self._thread.start()

    def _run(self, site: Site, run: str) -> None:
        try:
            self._found = audit_live(site, None, self._told.put, self._ends, within=run)
        except Exception as error:
            self._found = error

    def end(self) -> None:
        """Stop the audit and wait for its thread, `END_SECONDS` at most.

        The audit ends the programs that it started in containers. It does not wait longer for a
        server's answer: its queries change nothing.
        """
        self._unwanted.set()
        self._thread.join(END_SECONDS)

    def give_up(self, why: str) -> None:
        """Make `result` fail with this reason, whatever the audit finds."""
        self._given_up = PryvTuiError("step-failed", why)

    def result(self, tell: Callable[[str], None]) -> LiveAudit:
        """Wait for the end of the audit and return its findings.

        Args:
            tell: receives the audit's lines for the journal while it runs.

        Raises:
            Exception: the error that ended the audit, or the reason given to `give_up`.
        """
        if self._given_up is not None:
            raise self._given_up
        over = False
        while not over:
            self._thread.join(0.1)
            over = not self._thread.is_alive()
            with suppress(queue.Empty):
                while True:
                    tell(self._told.get_nowait())
        if isinstance(self._found, Exception):
            raise self._found
        if self._found is None:
            raise PryvTuiError("internal", "the check ended without a result")
        return self._found
