"""Continue a restore that was stopped after its files were copied back: keep these files."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from pryv_tui import own_folder
from pryv_tui.clock import timestamp
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.mounts import disks_of
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.root.aside import add_disks, is_aside
from pryv_tui.operations.root.marker import Marker, read_marker, write_marker
from pryv_tui.operations.root.moving import move_beside, stays_at_top, top_of
from pryv_tui.operations.root.recreated import recreate
from pryv_tui.operations.root.stopped import must_be_stopped
from pryv_tui.ownership import make_private
from pryv_tui.phrases import counted
from pryv_tui.platform.disks import below, holder_of
from pryv_tui.vault.manifest import RecreatedFolder


class KeepCopied(Step, frozen=True, kw_only=True, tag="keep-copied"):
    """Replace `MoveAside` and `CopyBack`, which an earlier run has completed.

    If a database was not completely restored by that run, its data is moved aside, so that it can
    be restored from the beginning.
    """

    root: str
    aside: str
    set_id: str
    recreated: tuple[RecreatedFolder, ...]
    run: str = "RUN"
    """The id of this restore: half-restored data is moved to a folder of that name."""

    destructive = True

    @property
    def title(self) -> str:
        return f"Keep the files that were already copied back to {self.root} on {self.host}"

    @property
    def command(self) -> tuple[str, ...]:
        lines = []
        for folder in self.recreated:
            kept = own_folder.undone(Path(self.root), self.run) / folder.path
            lines.append(quote("mkdir", "-p", kept))
            lines.append(
                f"find {quote(f'{self.root}/{folder.path}')} -mindepth 1 -maxdepth 1"
                f" -exec mv -t {quote(kept)} {{}} +"
            )
        return tuple(lines)

    @property
    def leaves(self) -> str:
        return f"the files in {self.root}, the former content in {self.aside}"

    @property
    def undone(self) -> str:
        return "undo of this run puts the former content back"

    def perform(self, ctx: RunContext) -> None:
        root, aside = Path(self.root), Path(self.aside)
        marker = read_marker(root)
        if marker is None or marker.aside != self.aside or not is_aside(aside):
            raise PryvTuiError(
                "refused",
                f"{root} has changed since the stopped restore left it",
                f"Restore the set from its beginning: pryv-tui restore {self.set_id} --confirm"
                f" {shlex.quote(ctx.deployment.domain)}",
            )
        must_be_stopped(ctx, self.host)
        try:
            ctx.owe(Owed(kind="aside", host=self.host, what=self.root, where=self.aside))
            write_marker(
                root,
                Marker(run=ctx.run_id, set_id=self.set_id, started=timestamp(), aside=self.aside),
            )
            for folder in self.recreated:
                set_aside(ctx, root, folder)
        except OSError as error:
            raise PryvTuiError(
                "step-failed", f"{error.filename or root}: {error.strerror or error}"
            ) from error
        ctx.checked(
            f"{self.host}: the files were copied back and compared by an earlier run; this one did"
            " not compare them again"
        )


def set_aside(ctx: RunContext, root: Path, folder: RecreatedFolder) -> None:
    """Move the content of a half-restored folder into this program's own folder in the root; then
    make the folder again, empty.

    Raises:
        OSError: an entry can't be moved.
    """
    place = root / folder.path
    if place.is_dir() and not place.is_symlink():
        disks = below(disks_of(root).disks)
        own = holder_of(folder.path, disks)
        on_it = [disk for disk in disks if disk.startswith(f"{folder.path}/")]
        moved = sum(_emptied(ctx, root, folder.path, disk, disks) for disk in (own, *on_it))
        if moved:
            kept = own_folder.undone(root, ctx.run_id)
            ctx.report.note(
                f"{counted(moved, 'entry', 'entries')} of {place} moved to {kept}, each disk's"
                " own on it"
            )
    recreate(root, folder)


def _emptied(ctx: RunContext, root: Path, path: str, disk: str, disks: Sequence[str]) -> int:
    """Move away those entries of a folder that are on one disk; return their number.

    Args:
        path: the folder, relative to the root.
        disk: the mount point of the disk, relative to the root. It is the disk that the folder is
            on, or one that is mounted inside the folder.
        disks: the mount points of all disks below the root.
    """
    place = root / (disk if disk.startswith(f"{path}/") else path)
    stays = stays_at_top(place) if place == root / disk else frozenset[str]()
    if set(os.listdir(place)) <= stays:  # noqa: PTH208
        return 0
    whole = own_folder.undone(root, ctx.run_id)
    make_private(whole)
    if disk:
        add_disks(root, whole, [disk])
        whole = top_of(root, disk, whole)
    kept = whole / place.relative_to(root / disk)
    make_private(kept)
    inner = [
        PurePosixPath(one).relative_to(place.relative_to(root)).as_posix()
        for one in disks
        if root / one != place and place in (root / one).parents
    ]
    return move_beside(place, kept, stays, inner)
