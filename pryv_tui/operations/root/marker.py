"""The marker in a root from the first change of a restore to its last check."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

from pryv_tui import own_folder
from pryv_tui.decoding import read_json
from pryv_tui.filesystem.durable import open_own, place_durably, prepare
from pryv_tui.filesystem.paths import is_full
from pryv_tui.ownership import refuse_links

UNKNOWN = "unknown"
"""What a mark that can't be read says."""


class Marker(msgspec.Struct, frozen=True, kw_only=True):
    """Which restore is going on, or was left half-done, in this root."""

    run: str
    set_id: str
    started: str
    aside: str = ""
    """Where the former content lies, or is on its way to; a restore that goes on uses it."""
    undoes: str = ""
    """For the mark of an undo: the run that it undoes."""


def write_marker(root: Path, marker: Marker) -> None:
    """Mark a root, durably."""
    prepare_marker(root, marker)()


def prepare_marker(root: Path, marker: Marker) -> Callable[[], None]:
    """Take all the room that a mark needs, and return what makes it the root's mark.

    On a full disk a mark that is there is written over where it lies. One that a crash tore on the
    way is still a mark: see `read_marker`.

    Raises:
        OSError: there is no room; the root is marked as it was.
    """
    refuse_links(own_folder.of(root))
    path, content = own_folder.marker(root), msgspec.json.encode(marker) + b"\n"
    try:
        scratch = prepare(path, content)
    except OSError as error:
        if not is_full(error) or not path.is_file():
            raise
        return partial(_write_over, path, content)
    return partial(place_durably, scratch, path)


def _write_over(path: Path, content: bytes) -> None:
    descriptor = open_own(path, os.O_WRONLY)
    try:
        os.pwrite(descriptor, content, 0)
        os.ftruncate(descriptor, len(content))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_marker(root: Path) -> Marker | None:
    """The marker of a root, or None; one that can't be read still counts as one."""
    try:
        return read_json(own_folder.marker(root), Marker)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError):
        return Marker(run=UNKNOWN, set_id=UNKNOWN, started=UNKNOWN)


def remove_marker(root: Path) -> None:
    (own_folder.marker(root)).unlink(missing_ok=True)
