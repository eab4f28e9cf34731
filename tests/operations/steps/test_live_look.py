"""The look at the live platform at the end of a restore: it goes on beside the watch that all that
was started stays up, and nothing of it outlives a restore that is put back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.hosts.engine import Container, ContainerState
from pryv_tui.operations.audit.from_set import Audit
from pryv_tui.operations.audit.live import Ends, LiveAudit
from pryv_tui.operations.audit.live import audit_live as asked_of_the_platform
from pryv_tui.operations.containers.watched import Watched
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.root.marker import Marker, read_marker, write_marker
from pryv_tui.operations.steps.bringing_back import audit_live, close_restore
from pryv_tui.operations.steps.bringing_back.audit_live import AuditLive
from pryv_tui.operations.steps.bringing_back.close_restore import CloseRestore
from tests.helpers.waiting import PATIENCE
from tests.hosts.machines import StillHost, machine
from tests.operations.kit import DOMAIN, Heard, context

CLOSE = CloseRestore(roots={}, looks=True)
NOTHING = Audit(set="", accounts={}, attachments={}, series={}, not_checked=[])


class Look:
    """What is asked, in the place of the platform."""

    def __init__(self, until: Callable[[Ends], None] = lambda _ends: None) -> None:
        self.begun, self.over = threading.Event(), threading.Event()
        self.within: list[str] = []
        self._until = until

    def __call__(
        self, _site: Any, _of: None, tell: Callable[[str], None], ends: Ends, *, within: str
    ) -> LiveAudit:
        self.within.append(within)
        self.begun.set()
        try:
            tell("a wait that is worth a line")
            self._until(ends)
            if ends.token.is_set():
                raise Cancelled()
            return LiveAudit(found=NOTHING, domain=DOMAIN, practice=False)
        finally:
            self.over.set()


def ready(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    look: Look,
    watching: Callable[[], None],
    *,
    practice: bool = False,
) -> tuple[RunContext, Heard]:
    ctx, heard = context(folder, StillHost("one", machine("single-node")), practice=practice)
    ctx.watched["one"] = Watched()
    monkeypatch.setattr(audit_live, "audit_live", look)
    monkeypatch.setattr(audit_live, "look_aside", lambda *_words: None)

    def see_up(*_words: object) -> tuple[str, bool]:
        watching()
        return "", True

    monkeypatch.setattr(close_restore, "see_up", see_up)
    return ctx, heard


def until_unwanted(ends: Ends) -> None:
    never = threading.Event()
    while not ends.token.is_set():
        never.wait(0.01)


def test_it_is_asked_while_the_containers_are_watched_and_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = Look()
    ctx, heard = ready(
        tmp_path,
        monkeypatch,
        look,
        lambda: pytest.fail("it waits") if not look.begun.wait(PATIENCE) else None,
    )
    CLOSE.perform(ctx)
    look.over.wait(PATIENCE)
    assert heard.notes == [], "a journal has one writer, and that is not this thread"
    AuditLive(set_id="").perform(ctx)
    assert look.within == ["RUN"]
    assert ("info", "a wait that is worth a line") in heard.notes
    assert ctx.facts.live is not None


@pytest.mark.parametrize(
    "error", [PryvTuiError("step-failed", "core does not come up"), Cancelled()]
)
def test_nothing_of_it_goes_on_when_the_restore_ends_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: PryvTuiError
) -> None:
    """A failed watch, or a cancel: what it asks is about to be stopped."""

    def fails() -> None:
        look.begun.wait(PATIENCE)
        raise error

    look = Look(until_unwanted)
    ctx, _heard = ready(tmp_path, monkeypatch, look, fails)
    with pytest.raises(type(error)):
        CLOSE.perform(ctx)
    assert look.over.is_set()


def test_a_cancel_while_it_goes_on_ends_it_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = Look(until_unwanted)
    ctx, _heard = ready(tmp_path, monkeypatch, look, lambda: None)
    CLOSE.perform(ctx)
    ctx.cancel.set()  # type: ignore[attr-defined]
    AuditLive(set_id="").perform(ctx)
    assert ctx.facts.live is not None
    assert ctx.facts.live.not_known, "what it did not come to is not known, never none"


def test_a_fault_of_it_fails_no_restore(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(_ends: Ends) -> None:
        raise RuntimeError("a fault of ours")

    ctx, _heard = ready(tmp_path, monkeypatch, Look(breaks), lambda: None)
    CLOSE.perform(ctx)
    AuditLive(set_id="").perform(ctx)
    assert ctx.facts.live is not None
    assert "RuntimeError: a fault of ours" in ctx.facts.live.not_known[0].why


@pytest.mark.parametrize(
    ("down", "needed", "ran"),
    [
        ({"pryvio_mongodb": "exited"}, {"pryvio_mongodb"}, True),
        ({"pryvio_mongodb": "running"}, {"pryvio_mongodb", "pryvio_redis"}, True),
        # Its own engine brings no more of it up than ours: then it was not for the look.
        ({"pryvio_mongodb": "exited"}, {"pryvio_mongodb"}, False),
        ({"pryvio_core": "exited"}, {"pryvio_mongodb"}, True),
    ],
    ids=["it ended", "its engine starts it", "it never ran", "nobody needs it"],
)
def test_a_database_that_falls_while_it_is_asked_is_watched_once_more_without_that(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    down: dict[str, str],
    needed: set[str],
    ran: bool,
) -> None:
    """All is back, and our own question was too much for it: no restore fails for that."""
    watches: list[set[str]] = []
    started: list[str] = []

    def watching() -> None:
        watches.append(set(ctx.watched["one"].names))
        watched = ctx.watched.pop("one")
        assert watched.needed == needed
        if len(watches) == 1:
            look.begun.wait(PATIENCE)
            ctx.facts.not_up["one"] = dict(down)
            raise PryvTuiError("step-failed", "one: these do not come up")
        assert look.over.is_set(), "nothing is asked meanwhile"

    look = Look(until_unwanted)
    ctx, _heard = ready(tmp_path, monkeypatch, look, watching)
    ctx.watched["one"].add({"pryvio_mongodb", "pryvio_core"}, (), needed, {}, 0.0)
    engine: Any = ctx.site.host("one").engine
    now = [structs.replace(c, state=down.get(c.name, c.state)) for c in engine.containers()]
    seen = iter([engine.containers() if ran else now])
    monkeypatch.setattr(engine, "containers", lambda: next(seen, now))
    monkeypatch.setattr(engine, "start", started.append, raising=False)
    fell = ran and bool(needed & down.keys())
    if not fell:
        with pytest.raises(PryvTuiError, match="do not come up"):
            CLOSE.perform(ctx)
        assert len(watches) == 1 and started == [] and ctx.looking is None
        return
    CLOSE.perform(ctx)
    assert len(watches) == 2 and watches[0] == watches[1]
    assert started == [name for name, state in down.items() if state != "running"]
    assert ctx.facts.not_up["one"] == {}
    assert "did not stay up during the check of the live platform" in ctx.facts.warnings[0]
    monkeypatch.setattr(engine, "containers", lambda: now)
    AuditLive(set_id="").perform(ctx)
    assert look.within == ["RUN"], "it is not asked a second time"
    assert ctx.facts.live is not None
    assert "stopped during the check" in ctx.facts.live.not_known[0].why


@pytest.mark.parametrize(
    ("state", "watched", "begun", "again", "words"),
    [
        ("running", 0, 0, True, ""),
        ("restarting", 0, 1, False, ""),
        ("restarting", 0, 0, False, ""),
        ("running", 0, 2, False, ""),
        ("running", None, 0, True, ""),
        # Once before, and it ran on: our question may have been too much for it all the same.
        ("running", 1, 1, True, "had started pryvio_mongodb again 1 time before"),
        ("exited", 0, 0, False, ""),
    ],
)
def test_one_that_fell_before_it_was_asked_did_not_fall_for_that(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    state: ContainerState,
    watched: int | None,
    begun: int,
    again: bool,
    words: str,
) -> None:
    """Where it does not stay up anyway, no cause is told that is none, and nobody waits twice."""
    watches: list[int] = []
    asked: list[int] = []

    def watching() -> None:
        del ctx.watched["one"]
        watches.append(1)
        if len(watches) == 1:
            look.begun.wait(PATIENCE)
            ctx.facts.not_up["one"] = {"pryvio_mongodb": "restarting"}
            raise PryvTuiError("step-failed", "one: these do not come up")

    look = Look(until_unwanted)
    ctx, _heard = ready(tmp_path, monkeypatch, look, watching)
    ctx.asked.append(lambda: asked.append(len(watches)))
    engine: Any = ctx.site.host("one").engine
    every = engine.containers()

    def told(state: ContainerState, restarts: int) -> list[Container]:
        return [
            structs.replace(c, state=state, restarts=restarts) if c.service == "mongodb" else c
            for c in every
        ]

    mongodb = {"pryvio_mongodb"}
    ctx.watched["one"].add(mongodb, (), mongodb, {}, 0.0)
    if watched is not None:
        ctx.watched["one"].look(told("running", watched), 0.0)
    monkeypatch.setattr(engine, "containers", lambda: told(state, begun))
    monkeypatch.setattr(engine, "start", lambda _name: None, raising=False)
    if not again:
        with pytest.raises(PryvTuiError, match="do not come up"):
            CLOSE.perform(ctx)
        assert len(watches) == 1 and ctx.facts.warnings == [] and asked == []
        return
    CLOSE.perform(ctx)
    assert len(watches) == 2
    (warning,) = ctx.facts.warnings
    assert words in warning and ("before" in warning) == bool(words)
    assert asked == [2], "whoever answered before that is asked once more, when all is up"


def test_whoever_cancels_while_it_is_asked_once_more_leaves_the_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is put back then has to be known for half-restored until it is."""
    watches: list[int] = []

    def watching() -> None:
        del ctx.watched["one"]
        watches.append(1)
        if len(watches) == 1:
            look.begun.wait(PATIENCE)
            ctx.facts.not_up["one"] = {"pryvio_mongodb": "exited"}
            raise PryvTuiError("step-failed", "one: these do not come up")

    def cancelled() -> None:
        raise Cancelled()

    look = Look(until_unwanted)
    ctx, _heard = ready(tmp_path, monkeypatch, look, watching)
    ctx.asked.append(cancelled)
    mongodb = {"pryvio_mongodb"}
    ctx.watched["one"].add(mongodb, (), mongodb, {}, 0.0)
    engine: Any = ctx.site.host("one").engine
    monkeypatch.setattr(engine, "start", lambda _name: None, raising=False)
    root = tmp_path / "root"
    (root / ".pryv-tui").mkdir(parents=True, mode=0o700)
    write_marker(root, Marker(run="RUN", set_id="SET", started="2026-01-01T00:00:00Z"))
    with pytest.raises(Cancelled):
        CloseRestore(roots={"one": str(root)}, looks=True).perform(ctx)
    assert len(watches) == 2 and read_marker(root) is not None


def test_whoever_answered_is_asked_once_where_nothing_fell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = Look()
    ctx, _heard = ready(tmp_path, monkeypatch, look, lambda: None)
    ctx.asked.append(lambda: pytest.fail("nothing was started again since"))
    CLOSE.perform(ctx)
    assert ctx.facts.warnings == []


@pytest.mark.parametrize(("practice", "looks"), [(True, True), (False, False)])
def test_without_a_watch_or_a_next_step_nothing_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, practice: bool, looks: bool
) -> None:
    look = Look()
    ctx, _heard = ready(tmp_path, monkeypatch, look, lambda: None, practice=practice)
    CloseRestore(roots={}, looks=looks).perform(ctx)
    assert not look.within
    AuditLive(set_id="").perform(ctx)
    assert look.within == ["RUN"]


@pytest.mark.parametrize(("within", "refused"), [("RUN", False), ("", True), ("OTHER", True)])
def test_the_mark_of_another_restore_keeps_it_from_asking(
    tmp_path: Path, within: str, refused: bool
) -> None:
    root = tmp_path / "root"
    (root / "pryv").mkdir(parents=True)
    containers = machine("single-node", root=str(root))
    ctx, _heard = context(tmp_path, StillHost("one", containers, root=root), practice=False)
    (root / ".pryv-tui").mkdir(mode=0o700)
    write_marker(root, Marker(run="RUN", set_id="SET", started="2026-01-01T00:00:00Z"))
    if refused:
        with pytest.raises(PryvTuiError, match="is not done"):
            asked_of_the_platform(ctx.site, within=within)
    else:
        assert asked_of_the_platform(ctx.site, within=within).found.not_checked
