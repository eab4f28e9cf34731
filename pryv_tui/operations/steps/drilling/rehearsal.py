"""The state that the steps of one drill share."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import structs

from pryv_tui.clock import timestamp
from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.hosts.engine import Stream
from pryv_tui.operations.context import GuardOutcome, Reporter, RunContext
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.drilling.facts import Check, CheckState, DrillFact, Fingerprint, Phase
from pryv_tui.operations.drilling.places import Held, Kept
from pryv_tui.operations.facts import NewerFound, SeenContainer
from pryv_tui.platform.gap import Timeline


class Rehearsal:
    """The shared state of one drill: its contexts, and the checks that were made."""

    def __init__(self) -> None:
        self.inner: RunContext | None = None
        """The context for the restore's steps, instead of the drill's own. It has only the
        containers of databases."""
        self.around: RunContext | None = None
        """A context with all containers of the sandbox."""
        self.held: Held | None = None
        self.kept: Kept | None = None
        self.before: Fingerprint | None = None
        self.began = timestamp()
        self.checked: set[tuple[str, str]] = set()
        self.told: dict[tuple[str, str], str] = {}
        """By check, the line about it in the result; if a check is repeated, the last line."""
        self.beyond: set[tuple[str, str]] = set()
        """The checks that a drill of this depth can't make."""
        self.worst: CheckState = "passed"
        self.reading = contextlib.ExitStack()
        """Keeps open, until the drill ends, the lock that prevents a removal of the set, and the
        sandbox's log."""


def rehearsal(ctx: RunContext) -> Rehearsal:
    """Return the state of this run's drill; the first call makes it."""
    if not isinstance(ctx.drill, Rehearsal):
        ctx.drill = Rehearsal()
    return ctx.drill


def note_check(
    ctx: RunContext,
    name: str,
    about: str,
    state: CheckState,
    *,
    expected: str = "",
    found: str = "",
    why: str = "",
    told: bool = False,
    beyond: bool = False,
) -> None:
    """Record the result of a check. The worst result of all checks decides how the drill ends.

    Args:
        beyond: see `Check.beyond`.
        told: whether the operator already knows that the drill did not pass; then no warning is
            given.
    """
    ctx.report.drilled(
        Check(
            name=name,
            about=about,
            state=state,
            expected=expected,
            found=found,
            why=why,
            beyond=beyond,
        )
    )
    now = rehearsal(ctx)
    now.checked.add((name, about))
    if beyond:
        now.beyond.add((name, about))
        return
    what = f"{name}, {about}" if about else name
    before = now.told.pop((name, about), None)
    if before is not None:
        ctx.facts.checks.remove(before)
    if state == "passed":
        now.told[name, about] = said = f"{what}: {found or 'as expected'}"
        ctx.facts.checks.append(said)
    elif state != "failed" and not told:
        ctx.warn(f"{what}: {state}{f': {why}' if why else ''}")
    if state == "failed" or now.worst == "passed":
        now.worst = state


@contextlib.contextmanager
def phase(ctx: RunContext, name: str, of: Literal["machine", "sandbox"]) -> Iterator[None]:
    """Record the begin and the end of a phase of the drill, even if it ends with an error."""
    began = timestamp()
    ctx.report.drilled(Phase(name=name, began=began, of=of))
    try:
        yield
    finally:
        ctx.report.drilled(Phase(name=name, began=began, ended=timestamp(), of=of))


class Inner:
    """The reporter for the restore in the sandbox.

    It passes output on to the drill's run. It does not record what the restore would have to put
    back, because the whole sandbox is removed.
    """

    def __init__(self, report: Reporter) -> None:
        self._report = report

    def output(self, stream: Stream, chunk: bytes) -> None:
        self._report.output(stream, chunk)

    def progress(self, done: int, total: int, unit: str) -> None:
        self._report.progress(done, total, unit)

    def guard(self, name: str, outcome: GuardOutcome, text: str, remedy: str) -> None:
        self._report.guard(name, outcome, text, remedy)

    def gap(self, known: Timeline) -> None: ...

    def note(self, text: str, level: Literal["info", "warning"] = "info") -> None:
        # Never as a warning, because the drill's checks judge the result.
        self._report.note(f"in the sandbox: {text}")

    def found(self, host: str, containers: Sequence[SeenContainer]) -> None: ...

    def newer(self, found: Sequence[NewerFound]) -> None: ...

    def drilled(self, fact: DrillFact) -> None:
        self._report.drilled(fact)

    def owe(self, owed: Owed) -> None: ...

    def settle(self, owed: Owed) -> None: ...


def inside(ctx: RunContext) -> RunContext:
    """Return the context for the restore's steps in the sandbox. A cancel of the drill ends them.

    Raises:
        PryvTuiError: `internal`, the sandbox is not made yet.
    """
    found = rehearsal(ctx).inner
    if found is None:
        raise PryvTuiError("internal", "the sandbox is not there yet")
    found.cancel = ctx.cancel
    return found


def seen_now(inner: RunContext) -> Deployment:
    """Return the deployment of the sandbox as it is now.

    Each store refers to the container that was made for it, even if that container is gone, so that
    an error names the right container.
    """
    now = inner.site.discover()
    hosts = []
    for state in now.hosts:
        made = inner.deployment.host(state.name)
        stores = dict(state.layout.stores)
        for name, store in made.layout.stores.items() if made is not None else ():
            if name in stores:
                stores[name] = structs.replace(stores[name], container=store.container)
        hosts.append(structs.replace(state, layout=structs.replace(state.layout, stores=stores)))
    return structs.replace(now, hosts=tuple(hosts))


def around(ctx: RunContext) -> RunContext:
    """Return the context with all containers of the sandbox. A cancel of the drill ends its work.

    Raises:
        PryvTuiError: `internal`, the sandbox is not made yet.
    """
    found = rehearsal(ctx).around
    if found is None:
        raise PryvTuiError("internal", "the sandbox is not there yet")
    found.cancel = ctx.cancel
    return found
