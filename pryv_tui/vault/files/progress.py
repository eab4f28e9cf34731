"""Count what is done, and report it only as often as a person can look."""

from __future__ import annotations

import time
from collections.abc import Callable

from pryv_tui.filesystem.attributes import AccessNote
from pryv_tui.filesystem.paths import printable
from pryv_tui.phrases import counted
from pryv_tui.vault.files.types import CopyNote, Progress, TreeCount

TELL_SECONDS = 0.1
"""Seconds between two reports of progress."""
KEPT_NOTES = 1000
"""Most notes kept verbatim; further ones are only counted."""


class Meter:
    """How much of a copy or check is done, and of what total."""

    def __init__(
        self,
        total: TreeCount | None,
        tell: Callable[[Progress], None] | None = None,
        *,
        where: str = "",
    ) -> None:
        """Start at zero; `where`: the places that are read and written, in words."""
        self._where = where
        self.files = 0
        self.bytes = 0
        self.elsewhere: Callable[[], int] = lambda: 0
        """Returns the bytes done by workers that keep their own counts."""
        self.total = total if total is not None else TreeCount(0, 0, 0)
        self.reckoned = False
        """Whether the total is an estimate."""
        self._tell = tell
        self._next = 0.0

    def bytes_done(self, count: int) -> None:
        """Add bytes; negative when a file is started again."""
        self.bytes += count
        self.report()

    def files_done(self, count: int) -> None:
        """Add files."""
        self.files += count
        self.report()

    def finish(self) -> None:
        """Make a last report at once. An estimated or missing total is replaced by what was
        done."""
        self._next = 0.0
        if self.reckoned or not self.total.files:
            self.total = TreeCount(self.files, self.bytes + self.elsewhere(), 0)
        self.report()

    def stuck(self, still: str) -> None:
        """Report that a thread hangs in a disk; `still`: where and since when, in words."""
        self._next = 0.0
        self.report(waits_for=f"{self._where} to answer: {still}")

    def report(self, *, waits_for: str = "") -> None:
        """Report progress, if the last report is long enough ago."""
        if self._tell is None:
            return
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + TELL_SECONDS
        total = self.total
        # The tree may grow after it was counted: don't report more done than there is.
        files = max(total.files, self.files) if total.files else 0
        done = self.bytes + self.elsewhere()
        size = max(total.bytes, done) if total.bytes else 0
        self._tell(Progress(self.files, done, files, size, waits_for))


class Notes:
    """Notes on unusual entries, limited in number so that they fit into memory and can be read."""

    def __init__(self) -> None:
        self._notes: list[CopyNote] = []
        self._access: list[CopyNote] = []
        self._torn: list[CopyNote] = []
        self._more = 0

    def add(self, path: bytes, what: str, torn: bool) -> None:
        """Add a note on a path. Important kinds have limits of their own, so that other notes can't
        crowd them out: a copy that may mix states of a file (`torn`), and access rights."""
        access = isinstance(what, AccessNote)
        notes = self._torn if torn else self._access if access else self._notes
        if len(notes) < KEPT_NOTES:
            notes.append(CopyNote(printable(path), what, torn, access=access))
        else:
            self._more += 1

    def all(self) -> tuple[CopyNote, ...]:
        """Return the notes, the important kinds first. If there were more than are kept, the last
        note says how many."""
        more = CopyNote("", f"and {counted(self._more, 'more note')}", rest=True)
        return *self._torn, *self._access, *self._notes, *((more,) if self._more else ())
