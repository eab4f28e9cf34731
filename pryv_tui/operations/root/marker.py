"""The marker in a root: it is there from the first change of a restore until its last check."""

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
"""The value of each field of a marker that can't be read."""


class Marker(msgspec.Struct, frozen=True, kw_only=True):
    """The restore or undo that is running in this root, or was left half-done."""

    run: str
    set_id: str
    started: str
    aside: str = ""
    """The folder with the former content, which may still be being moved.

    A restore that continues uses it.
    """
    undoes: str = ""
    """Only for an undo: the run that it undoes."""


def write_marker(root: Path, marker: Marker) -> None:
    """Mark a root, and flush the marker to the disk."""
    prepare_marker(root, marker)()


def prepare_marker(root: Path, marker: Marker) -> Callable[[], None]:
    """Reserve the disk space for a marker, and return the function that puts the marker in place.

    On a full disk an existing marker is overwritten in place. If a crash damages it then, it still
    counts as a marker: see `read_marker`.

    Raises:
        OSError: there is no space; the root is marked as before.
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
    """The marker of a root, or None. A marker that can't be read has `UNKNOWN` in all fields."""
    try:
        return read_json(own_folder.marker(root), Marker)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError):
        return Marker(run=UNKNOWN, set_id=UNKNOWN, started=UNKNOWN)


def remove_marker(root: Path) -> None:
    (own_folder.marker(root)).unlink(missing_ok=True)
