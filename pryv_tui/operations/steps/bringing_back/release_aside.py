"""Remove the content that a restore or an undo moved aside, for good ("release" it)."""

from __future__ import annotations

import shlex
from pathlib import Path

from pryv_tui import own_folder
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.deep_trees import remove_tree
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.root.aside import (
    RELEASING,
    begin_release,
    disks_of_aside,
    end_release,
    still_aside,
)
from pryv_tui.operations.root.moving import top_of
from pryv_tui.operations.root.removal import refuse_held_inside, refuse_mounts
from pryv_tui.operations.steps.bringing_back.put_back_root import refuse_absent


class ReleaseAside(Step, frozen=True, kw_only=True, tag="release-aside"):
    """Remove one folder of former content, which the operator has named and confirmed.

    The folder is renamed before, so that a half-removed folder does not look like content that can
    be put back.
    """

    root: str
    folder: str
    on_disks: tuple[str, ...] = ()
    """The folders with a part of the content on disks that are mounted below the root."""

    destructive = True
    for_good = True

    @property
    def title(self) -> str:
        return f"Remove {self.folder} on {self.host} for good"

    @property
    def command(self) -> tuple[str, ...]:
        gone = f"{self.folder}{RELEASING}"
        return (
            quote("mv", self.folder, gone),
            quote("rm", "-r", "--one-file-system", *self.on_disks, gone),
        )

    @property
    def leaves(self) -> str:
        return f"the files that are not removed yet, in {self.folder}{RELEASING}"

    @property
    def undone(self) -> str:
        return "it can't be undone: the content is gone"

    def perform(self, ctx: RunContext) -> None:
        root, folder = Path(self.root), Path(self.folder)
        _ours(root, folder)
        refuse_absent(root, folder)
        gone = Path(f"{folder}{RELEASING}")
        tops = [top_of(root, disk, folder) for disk in disks_of_aside(folder)]
        refuse_mounts(folder, gone, *tops)
        refuse_held_inside(folder, gone, *tops)
        ctx.check_cancelled()
        owed = Owed(kind="release", host=self.host, what=self.root, where=self.folder)
        ctx.owe(owed)
        try:
            begun = begin_release(folder)
            for place in [*tops, begun] if begun is not None else []:
                if place.is_dir():
                    remove_tree(place)
            end_release(root, folder)
        except OSError as error:
            word = shlex.quote(ctx.deployment.domain)
            if still_aside(folder) and not gone.is_dir():
                # The folder was not renamed yet: nothing has changed.
                ctx.settle(owed)
                raise PryvTuiError(
                    "step-failed",
                    f"nothing of {folder} was removed: it could not be renamed: {error}",
                    "It can still be put back. To remove it, fix what prevents that, then"
                    f" release it again: pryv-tui release {folder.name} --confirm {word}",
                ) from error
            left = [str(place) for place in (gone, *tops) if place.is_dir()]
            raise PryvTuiError(
                "step-failed",
                f"{folder} could not be removed completely: {error}; the remaining files are in"
                f" {', '.join(left)}",
                "The remaining files can't be put back any more. Fix what prevents their removal,"
                f" then release it again: pryv-tui release {folder.name} --confirm {word}",
            ) from error
        ctx.settle(owed)
        ctx.checked(f"{self.host}: {folder} is removed")


def _ours(root: Path, folder: Path) -> None:
    """Refuse a folder that is not in one of this program's own folders in the root, or is reached
    through a symbolic link."""
    own = own_folder.of(root)
    good = (
        folder.parent in {own / name for name in own_folder.KEPT}
        and folder.name not in ("", ".", "..")
        and not any(path.is_symlink() for path in (own, folder.parent, folder))
    )
    if not good:
        raise PryvTuiError(
            "refused",
            f"{folder} was not made in {root} by a run of pryv-tui",
            f"Nothing of it was removed. See what it is: {quote('ls', '-la', folder.parent)}",
        )
