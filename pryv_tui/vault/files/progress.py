"""Counting what is done, and telling it no oftener than somebody can look."""

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
"""Notes kept word for word; the rest is counted."""


class Meter:
    """What was done of a total."""

    def __init__(
        self,
        total: TreeCount | None,
        tell: Callable[[Progress], None] | None = None,
        *,
        where: str = "",
    ) -> None:
        """`where`: what is read or written, as a person calls it."""
        self._where = where
        self.files = 0
        self.bytes = 0
        self.elsewhere: Callable[[], int] = lambda: 0
        """Bytes that others did and count themselves."""
        self.total = total if total is not None else TreeCount(0, 0, 0)
        self.reckoned = False
        """Whether the total is only about what there is."""
        self._tell = tell
        self._next = 0.0

    def bytes_done(self, count: int) -> None:
        """Add bytes; negative when a file is begun again."""
        self.bytes += count
        self.report()

    def files_done(self, count: int) -> None:
        """Add files."""
        self.files += count
        self.report()

    def finish(self) -> None:
        """Report once more, whatever the time: all of it."""
        self._next = 0.0
        if self.reckoned or not self.total.files:
            self.total = TreeCount(self.files, self.bytes + self.elsewhere(), 0)
        self.report()

    def stuck(self, still: str) -> None:
        """Tell that somebody hangs in a disk; `still`: where, and since when, in words."""
        self._next = 0.0
        self.report(waits_for=f"{self._where} to answer: {still}")

    def report(self, *, waits_for: str = "") -> None:
        """Tell how far it is, if the last time is long enough ago."""
        if self._tell is None:
            return
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + TELL_SECONDS
        total = self.total
        # A tree grows between counting and copying: never more done than there is.
        files = max(total.files, self.files) if total.files else 0
        done = self.bytes + self.elsewhere()
        size = max(total.bytes, done) if total.bytes else 0
        self._tell(Progress(self.files, done, files, size, waits_for))


class Notes:
    """What was odd, up to a number that memory and readers can bear."""

    def __init__(self) -> None:
        self._notes: list[CopyNote] = []
        self._access: list[CopyNote] = []
        self._torn: list[CopyNote] = []
        self._more = 0

    def add(self, path: bytes, what: str, torn: bool) -> None:
        """Note something about a path; what a person has to know, as of a file whose copy may mix
        its states (`torn`), no number of other notes hides."""
        access = isinstance(what, AccessNote)
        notes = self._torn if torn else self._access if access else self._notes
        if len(notes) < KEPT_NOTES:
            notes.append(CopyNote(printable(path), what, torn, access=access))
        else:
            self._more += 1

    def all(self) -> tuple[CopyNote, ...]:
        """The notes, those first that a person has to know; a last one tells how many more there
        were."""
        more = CopyNote("", f"and {counted(self._more, 'more note')}", rest=True)
        return *self._torn, *self._access, *self._notes, *((more,) if self._more else ())
