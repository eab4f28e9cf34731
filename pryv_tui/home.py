"""This user's own folders, and that there may be none: a service, a container or a uid without an
entry in the machine's list of users has no home.

Where there is none, what makes paths of it raises, or begins them with a literal `~`, below
whatever folder it is in (platformdirs has done either).
"""

from __future__ import annotations

from pathlib import Path


def home() -> Path | None:
    """The user's home, or None."""
    try:
        found = Path.home()
    except RuntimeError:
        return None
    return found if found.is_absolute() else None


def own_state() -> Path | None:
    """The user's own folder for what this program remembers, there or not; None without a home."""
    import platformdirs

    try:
        found = Path(platformdirs.user_state_dir("pryv-tui"))
    except RuntimeError:
        return None
    return found if found.is_absolute() else None
