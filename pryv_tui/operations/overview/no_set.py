"""The overview's items if the vault has no set of this platform. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pryv_tui.operations.comparing.former import Former, none_words, take_one_or_back
from pryv_tui.operations.comparing.theirs import Apart
from pryv_tui.operations.overview.attention import Attention
from pryv_tui.phrases import counted
from pryv_tui.vault.sets import BackupSet

NOTHING = Attention(
    "info",
    "No role of a Pryv.io platform was found here, and no set of one in this vault.",
    "To bring one back, name the vault that holds its sets: --vault DIR.",
)
NO_SET = Attention("warning", "There is no backup set yet.", "Take one: pryv-tui backup")


def no_set(sets: Sequence[BackupSet], former: Sequence[Former] = ()) -> Attention:
    """The warning that nothing can be restored here, with the reason.

    The vault has no set, only damaged ones, or only sets of another domain.
    """
    if none := none_words(former):
        return Attention("warning", f"{none}.", take_one_or_back(former))
    damaged = sum(one.state == "damaged" for one in sets)
    if not damaged:
        return NO_SET
    kept = counted(damaged, "is", "are")
    text = f"No set of the vault can be restored here: {kept} damaged."
    return Attention("warning", text, NO_SET.remedy)


def nothing_here(sets: Sequence[BackupSet], former: Sequence[Former] = ()) -> Attention:
    """The note that there is no role here and no set to restore.

    A warning if the vault has damaged sets, or sets of another domain.
    """
    none = no_set(sets, former)
    return NOTHING if none is NO_SET else msgspec.structs.replace(none, remedy=NOTHING.remedy)


def with_others(
    found: Sequence[Attention], apart: Apart, own: Sequence[BackupSet], absent: Sequence[str]
) -> list[Attention]:
    """Add an item about sets of another platform with the same domain in the vault.

    A note; or, if this platform has no set, a warning in place of `NO_SET`.

    Args:
        own: the sets of this platform.
        absent: roles that are in the other platform's sets and have no file here: it is unknown
            whether this platform ever had them.
    """
    if own:
        return [*found, Attention("info", f"{apart.words}.", apart.remedy)]
    text = f"There is no backup set of this platform yet: {apart.words}."
    if absent:
        it = "it" if len(absent) == 1 else "them"
        text += (
            f" They hold {', '.join(absent)}, of which no file is found here: whether this platform"
            f" had {it} is not known."
        )
    none = Attention("warning", text, apart.after(NO_SET.remedy))
    return [*(item for item in found if item != NO_SET), none]
