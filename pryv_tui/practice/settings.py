"""The settings of a practice platform: `practice.json` in its folder."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Literal

import msgspec

from pryv_tui.decoding import decode_json
from pryv_tui.errors import PryvTuiError
from pryv_tui.practice.locking import locked, write_atomically

PracticeForm = Literal["single-node", "cluster"]

SETTINGS_FILE = "practice.json"
DOMAIN = "practice.pryv.example"
RELEASE = "1.9.2"


class Settings(msgspec.Struct, kw_only=True):
    """The content of `practice.json`."""

    practice: int = 1
    """The version of this folder's layout. The presence of this field marks the folder as a
    practice platform."""
    form: PracticeForm
    domain: str = DOMAIN
    release: str = RELEASE
    seed: int = 1
    pace: float = 0.0
    """Seconds that each store's dump and restore takes."""
    created: str
    accounts: int = 0
    """How many accounts were ever made. Numbers continue from here, even after a restore, so that
    no two accounts have the same number."""
    attachments: int = 0
    points: int = 0
    born: bool = False
    """Whether the platform's first content is complete."""


def _free(folder: Path) -> Path:
    """Return a folder in which a practice platform can be made: the given one, or one in or beside
    it."""
    number, free = 0, folder
    while os.path.lexists(free) and (not free.is_dir() or any(free.iterdir())):
        number += 1
        base = folder if folder.is_dir() else folder.parent
        free = base / ("practice-platform" if number == 1 else f"practice-platform-{number}")
    return free


def load(folder: Path) -> Settings:
    """Read the settings of the practice platform in `folder`.

    Raises:
        PryvTuiError: `usage`, with a remedy, it is not a practice platform.
    """
    path = folder / SETTINGS_FILE
    try:
        return decode_json(path.read_bytes(), Settings)
    except (FileNotFoundError, NotADirectoryError):
        raise PryvTuiError(
            "usage",
            f"{folder} is not a practice platform (it has no {SETTINGS_FILE})",
            f"Make one: pryv-tui practice create {shlex.quote(str(_free(folder)))}",
        ) from None
    except (OSError, msgspec.MsgspecError) as error:
        raise PryvTuiError(
            "usage",
            f"{path} can't be read: {error}",
            "Name another folder, or make a new one with: "
            + shlex.join(["pryv-tui", "practice", "create", f"{folder}-new"]),
        ) from None


def save(folder: Path, settings: Settings) -> None:
    """Write the settings atomically."""
    write_atomically(folder / SETTINGS_FILE, msgspec.json.format(msgspec.json.encode(settings)))


def take_numbers(
    folder: Path, *, accounts: int = 0, attachments: int = 0, points: int = 0
) -> Settings:
    """Reserve numbers for things to be made. Return the settings as they were before."""
    with locked(folder / "practice.lock"):
        before = load(folder)
        after = msgspec.structs.replace(
            before,
            accounts=before.accounts + accounts,
            attachments=before.attachments + attachments,
            points=before.points + points,
        )
        save(folder, after)
    return before


def set_pace(folder: Path, seconds: float) -> None:
    """Set how long each store's dump and restore takes, in seconds."""
    with locked(folder / "practice.lock"):
        save(folder, msgspec.structs.replace(load(folder), pace=seconds))


def running_as_root() -> bool:
    """Whether this process may change the owners of files. Without root, everything belongs to the
    operator."""
    return os.geteuid() == 0
