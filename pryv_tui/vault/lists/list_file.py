"""A list that is written beside a set's files, line by line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

from pryv_tui.filesystem.durable import open_own
from pryv_tui.filesystem.paths import writing

_BUFFER = 1 << 16


class ListFile:
    """A file that is only appended to. Write errors become `PryvTuiError`."""

    def __init__(self, path: Path, *, append: bool = False) -> None:
        """Open the list; without `append` an existing one is replaced.

        Raises:
            PryvTuiError: `disk-full`, `step-failed`.
        """
        self._path = os.fsencode(path)
        flags = os.O_WRONLY | os.O_CREAT
        flags |= os.O_APPEND if append else os.O_TRUNC
        with writing(self._path):
            self._file: IO[bytes] = os.fdopen(open_own(path, flags), "wb", _BUFFER)
            self.offset = os.fstat(self._file.fileno()).st_size
            """Offset of the first line to be written."""

    def write(self, content: bytes) -> None:
        """Append content."""
        with writing(self._path):
            self._file.write(content)

    def close(self) -> None:
        """Sync what was written to the disk, and close the file; does nothing if it is closed."""
        if self._file.closed:
            return
        with writing(self._path), self._file:
            self._file.flush()
            os.fsync(self._file.fileno())
