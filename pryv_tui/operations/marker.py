"""The marker in a root from the first change of a restore to its last check."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

from pryv_tui.decoding import decode_json
from pryv_tui.operations.context import own_folder
from pryv_tui.vault.durable import replace_durably, write_durably
from pryv_tui.vault.names import is_full

NAME = "restoring.json"


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
    path, content = own_folder(root) / NAME, msgspec.json.encode(marker) + b"\n"
    scratch = path.with_name(path.name + ".new")
    try:
        write_durably(scratch, content)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        scratch.with_name(scratch.name + ".new").unlink(missing_ok=True)
        if not is_full(error) or not path.is_file():
            raise
        return partial(_write_over, path, content)
    return partial(replace_durably, scratch, path)


def _write_over(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.pwrite(descriptor, content, 0)
        os.ftruncate(descriptor, len(content))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_marker(root: Path) -> Marker | None:
    """The marker of a root, or None; one that can't be read still counts as one."""
    try:
        return decode_json((own_folder(root) / NAME).read_bytes(), Marker)
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        return None
    except (OSError, msgspec.MsgspecError):
        return Marker(run="unknown", set_id="unknown", started="unknown")


def remove_marker(root: Path) -> None:
    (own_folder(root) / NAME).unlink(missing_ok=True)
