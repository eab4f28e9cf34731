"""Which debts can be ours: a journal says what to move where, and is acted on as root. Pure."""

from __future__ import annotations

from pathlib import PurePosixPath

from pryv_tui.operations.context import Owed
from pryv_tui.vault.manifest import OWN_FOLDER

_KEPT = {"aside": ("aside",), "return": ("aside", "undone"), "release": ("aside", "undone")}
"""By kind of debt, the folders of ours below a root in which its content lies."""


def credible(owed: Owed) -> bool:
    """Whether a debt says what this program may have written down.

    Content lies in a folder of ours below the very root, or the very disk, that it is of; nothing
    else is ever moved. So a journal that was changed can't have any other folder moved anywhere.
    """
    if owed.kind in ("start", "unpause", "restart-policy"):
        return True
    what, where = PurePosixPath(owed.what), PurePosixPath(owed.where)
    for path, told in ((what, owed.what), (where, owed.where)):
        # Spelled in one way only: with `..`, `.` or `//` in it a path may lead elsewhere.
        if not path.is_absolute() or ".." in path.parts or str(path) != told or path.root != "/":
            return False
    if owed.kind == "dump":
        # <root or disk>/.pryv-tui/dumps/<run>/<store>
        if len(where.parents) < 5 or where.parents[1].name != "dumps":
            return False
        own = where.parents[2]
        return own.name == OWN_FOLDER and own.parent in what.parents
    own = where.parent.parent
    return own == what / OWN_FOLDER and where.parent.name in _KEPT.get(owed.kind, ())


ROOT_DEBTS = ("aside", "return")
"""Debts of a run that has begun to change a root."""
DOWN_DEBTS = ("start", "unpause")
"""Debts of containers that ran and do not."""
