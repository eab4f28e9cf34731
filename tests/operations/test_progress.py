"""What a copy tells of its progress, a disk that does not answer too, is in the run's journal."""

from __future__ import annotations

from collections.abc import Callable

from pryv_tui.operations.context import RunContext
from pryv_tui.vault.files.types import Progress


class _Reporter:
    def __init__(self) -> None:
        self.notes: list[tuple[str, str]] = []

    def progress(self, *_: object) -> None: ...

    def note(self, text: str, level: str = "info") -> None:
        self.notes.append((text, level))


def test_the_runs_journal_has_it() -> None:
    ctx = RunContext.__new__(RunContext)
    ctx.report = reporter = _Reporter()  # type: ignore[assignment]
    tell: Callable[[Progress], None] = ctx.on_progress()
    tell(Progress(1, 2, 3, 4))
    assert reporter.notes == []
    still = "/var/pryv or of /backup to answer: no progress at a since b"
    tell(Progress(1, 2, 3, 4, still))
    assert reporter.notes == [(f"waits for the disk of {still}", "warning")]
