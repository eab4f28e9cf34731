"""The marker in a root from the first change of a restore to its last check."""

from __future__ import annotations

from pathlib import Path

import msgspec

from pryv_tui.operations.context import own_folder
from pryv_tui.vault.sets import write_durably

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
    write_durably(own_folder(root) / NAME, msgspec.json.encode(marker) + b"\n")


def read_marker(root: Path) -> Marker | None:
    """The marker of a root, or None; one that can't be read still counts as one."""
    try:
        return msgspec.json.decode((own_folder(root) / NAME).read_bytes(), type=Marker)
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        return None
    except (OSError, msgspec.MsgspecError):
        return Marker(run="unknown", set_id="unknown", started="unknown")


def remove_marker(root: Path) -> None:
    (own_folder(root) / NAME).unlink(missing_ok=True)
