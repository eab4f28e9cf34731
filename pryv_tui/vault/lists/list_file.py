"""A list that is written beside a set's files, line after line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

from pryv_tui.filesystem.durable import open_own
from pryv_tui.filesystem.paths import write_failed

_BUFFER = 1 << 16


class ListFile:
    """A file that is only ever added to. What can't be written is told in the vault's words."""

    def __init__(self, path: Path, *, append: bool = False) -> None:
        """Open it; without `append` an existing one is replaced.

        Raises:
            PryvTuiError: `disk-full`, `step-failed`.
        """
        self._path = os.fsencode(path)
        flags = os.O_WRONLY | os.O_CREAT
        flags |= os.O_APPEND if append else os.O_TRUNC
        try:
            self._file: IO[bytes] = os.fdopen(open_own(path, flags), "wb", _BUFFER)
            self.offset = os.fstat(self._file.fileno()).st_size
            """Where the first line goes."""
        except OSError as error:
            raise write_failed(self._path, error) from error

    def write(self, content: bytes) -> None:
        """Add to it."""
        try:
            self._file.write(content)
        except OSError as error:
            raise write_failed(self._path, error) from error

    def close(self) -> None:
        """Close the file, as far as it was written on the disk."""
        try:
            with self._file:
                self._file.flush()
                os.fsync(self._file.fileno())
        except OSError as error:
            raise write_failed(self._path, error) from error
