"""The user's own folders. There may be none: a service, a container, or a uid without an entry in
the machine's list of users has no home.

Without a home, library functions raise, or return paths that begin with a literal `~` in the
current folder (platformdirs has done both).
"""

from __future__ import annotations

from pathlib import Path


def home() -> Path | None:
    """Return the user's home, or None."""
    try:
        found = Path.home()
    except RuntimeError:
        return None
    return found if found.is_absolute() else None


def own_state() -> Path | None:
    """Return the user's own folder for this program's state, even if it does not exist; None
    without a home."""
    import platformdirs

    try:
        found = Path(platformdirs.user_state_dir("pryv-tui"))
    except RuntimeError:
        return None
    return found if found.is_absolute() else None
