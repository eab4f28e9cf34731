"""Release: what a restore or an undo moved aside is removed for good."""

from __future__ import annotations

import shutil
from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.aside import RELEASING, begin_release
from pryv_tui.operations.context import Owed, RunContext, own_folder
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.removal import refuse_mounts


class ReleaseAside(Step, frozen=True, kw_only=True, tag="release-aside"):
    """The one step that removes what an operator had: only ever asked for by name and word.

    The folder gets another name first, so that a removal that was stopped half-way can't be
    mistaken for content that could be put back.
    """

    root: str
    folder: str

    destructive = True

    @property
    def title(self) -> str:
        return f"Remove {self.folder} on {self.host} for good"

    @property
    def command(self) -> tuple[str, ...]:
        gone = f"{self.folder}{RELEASING}"
        return (quote("mv", self.folder, gone), quote("rm", "-r", "--one-file-system", gone))

    @property
    def leaves(self) -> str:
        return f"what is not removed yet, in {self.folder}{RELEASING}"

    @property
    def undone(self) -> str:
        return "it can't be undone: the content is gone"

    def perform(self, ctx: RunContext) -> None:
        folder = Path(self.folder)
        _ours(Path(self.root), folder)
        refuse_mounts(folder, Path(f"{folder}{RELEASING}"))
        ctx.check_cancelled()
        owed = Owed(kind="release", host=self.host, what=self.root, where=self.folder)
        ctx.owe(owed)
        try:
            gone = begin_release(folder)
            if gone is not None:
                # Follows no link and can't be led elsewhere meanwhile: it works on descriptors.
                shutil.rmtree(gone)
        except OSError as error:
            raise PryvTuiError(
                "step-failed",
                f"{folder} could not be removed whole: {error}",
                "What is left of it can't be put back any more; release it again.",
            ) from error
        ctx.settle(owed)
        ctx.checked(f"{self.host}: {folder} is removed")


def _ours(root: Path, folder: Path) -> None:
    """Refuse whatever is not a plain folder of ours directly below a root's own folder."""
    own = own_folder(root)
    good = (
        folder.parent in (own / "aside", own / "undone")
        and folder.name not in ("", ".", "..")
        and not any(path.is_symlink() for path in (own, folder.parent, folder))
    )
    if not good:
        raise PryvTuiError(
            "refused",
            f"{folder} is not a folder that a run of this program made in {root}",
            "Nothing was removed; look at it by hand.",
        )
