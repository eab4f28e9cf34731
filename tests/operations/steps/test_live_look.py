"""The look at the live platform at the end of a restore: it goes on beside the watch that all that
was started stays up, and nothing of it outlives a restore that is put back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.operations.audit.from_set import Audit
from pryv_tui.operations.audit.live import Ends, LiveAudit
from pryv_tui.operations.audit.live import audit_live as asked_of_the_platform
from pryv_tui.operations.containers.watched import Watched
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.root.marker import Marker, write_marker
from pryv_tui.operations.steps.bringing_back import audit_live, close_restore
from pryv_tui.operations.steps.bringing_back.audit_live import AuditLive
from pryv_tui.operations.steps.bringing_back.close_restore import CloseRestore
from tests.hosts.machines import StillHost, machine
from tests.operations.kit import DOMAIN, Heard, context

PATIENCE = 20.0
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
