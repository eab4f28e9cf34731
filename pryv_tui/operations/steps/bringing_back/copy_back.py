"""Copy one host's part of a set back into its empty root, and compare hashes while copying."""

from __future__ import annotations

from pathlib import Path

import msgspec

from pryv_tui import own_folder
from pryv_tui.clock import timestamp
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.root.recreated import recreate
from pryv_tui.operations.sets.strangers import SHOWN, told, unpacked
from pryv_tui.operations.steps.odd import in_words, tell_odd
from pryv_tui.phrases import counted, first
from pryv_tui.platform.roles import ALWAYS_LEFT_OUT
from pryv_tui.vault.checks import Verification
from pryv_tui.vault.copying.tree import copy_tree
from pryv_tui.vault.files.types import CopyResult, Selection, TreeCount
from pryv_tui.vault.lists.index import check_list, names_with_others
from pryv_tui.vault.manifest import RecreatedFolder
from pryv_tui.vault.set_files import FILES_NAME, INDEX_NAME, SUMS_NAME, TREE_NAME


class CopyBack(Step, frozen=True, kw_only=True, tag="copy-back"):
    """Copy the files back, then make the folders that the backup left out; these stay empty."""

    source: str
    root: str
    files: int
    bytes: int
    folders: int
    recreated: tuple[RecreatedFolder, ...]
    links: int | None = None
    """Number of symbolic links in the set; None if the set has no list of folders and links."""
    index: str = ""
    """The SHA-256 of the part's index, which tells hard links. Empty: a file's link count does."""
    disks: tuple[str, ...] = ()
    """Disks that were mounted below the root when this was planned, relative to the root."""
    tree: str = ""
    """The SHA-256 of the list of folders and links; empty in older sets."""
    set_id: str = ""
    """The set that the files are copied from; empty in older plans."""

    destructive = True

    @property
    def title(self) -> str:
        return f"Copy the files back to {self.root} on {self.host}"

    @property
    def command(self) -> tuple[str, ...]:
        lines = [quote("cp", "-a", f"{self.source}/{FILES_NAME}/.", f"{self.root}/")]
        for folder in self.recreated:
            lines.append(
                quote(
                    "install",
                    "-d",
                    "-m",
                    f"{folder.mode:o}",
                    "-o",
                    folder.uid,
                    "-g",
                    folder.gid,
                    f"{self.root}/{folder.path}",
                )
            )
        return tuple(lines)

    @property
    def leaves(self) -> str:
        return "a part of the files in the root; a marker says that the restore is not done"

    @property
    def undone(self) -> str:
        return "undo of this run puts the former content back"

    def perform(self, ctx: RunContext) -> None:
        source, root = Path(self.source), Path(self.root)
        try:
            result = copy_tree(
                source / FILES_NAME,
                root,
                # A set must not contain files for this program's own folder in the root.
                selection=Selection(
                    leave_out=(
                        *ALWAYS_LEFT_OUT,
                        *(f"{disk}/{own_folder.NAME}" for disk in self.disks),
                        *self._strangers(ctx),
                    )
                ),
                expected=source / SUMS_NAME,
                only_listed=True,
                listed=(source / TREE_NAME, self.tree) if self.tree else None,
                names=_names(source, self.index),
                total=TreeCount(files=self.files, bytes=self.bytes, folders=self.folders),
                hooks=ctx.site.copy_hooks,
                engine=ctx.site.copy_engine,
                progress=ctx.on_progress(),
                cancel=ctx.cancel,
            )
            for folder in self.recreated:
                recreate(root, folder)
        except OSError as error:
            raise PryvTuiError("step-failed", f"the copy back to {root} failed: {error}") from error
        except PryvTuiError as error:
            if error.name == "set-damaged":
                self._note_damage(ctx, error.what)
            raise
        for line in first(told(self.host, result.strangers), SHOWN):
            ctx.warn(f"{line} is in none of the set's lists, and was not put into the root")
        tell_rights(ctx, self.host, result, self.root)
        odd = tell_unlike(ctx, self.host, result)
        if result.files != self.files:
            raise PryvTuiError(
                "check-failed",
                f"{counted(result.files, 'file was', 'files were')} copied back to {root}, the"
                " set holds"
                f" {self.files}",
            )
        if self.links is not None and (result.folders, result.links) != (self.folders, self.links):
            raise PryvTuiError(
                "check-failed",
                f"{counted(result.folders, 'folder')} and {counted(result.links, 'link')} were"
                f" copied back to {root},"
                f" the set holds {self.folders} and {self.links}",
            )
        ctx.checked(
            f"{self.host}: {counted(result.files, 'file')}, {counted(result.bytes, 'byte')}"
            f" copied back, each hash as in the set{odd}"
        )

    def _note_damage(self, ctx: RunContext, what: str) -> None:
        """Record that the set is damaged, even if an earlier check found it good.

        After that, no command calls the set good or advises to restore from it.
        """
        for backup in ctx.site.vault.sets() if self.set_id else ():
            if backup.id == self.set_id and self.source.startswith(f"{backup.path}/"):
                found = Verification(
                    time=timestamp(to="seconds"),
                    outcome="bad",
                    files=0,
                    bytes=0,
                    problems=(f"{Path(self.source).name}: {what}, found while it was copied back",),
                    part=0,
                    parts=2,
                    by=ctx.by,
                )
                ctx.site.vault.record_verification(
                    msgspec.structs.replace(backup, snapshot=""), found
                )

    def _strangers(self, ctx: RunContext) -> tuple[str, ...]:
        """Return the entries in the set's folder that are in none of its lists. The earlier check
        of the set found them."""
        return unpacked(ctx.facts.strangers.get(self.source, ()))


def tell_rights(ctx: RunContext, host: str, copied: CopyResult, folder: str) -> None:
    """Warn of restored files with special rights, which somebody may have added to the set.

    Args:
        folder: the folder into which the files are restored.
    """
    for note in copied.rights[:SHOWN]:
        ctx.warn(
            f"{host}: {note.path} {note.what}, and was restored like that. No file of Pryv.io"
            f" needs that. See who owns the file: {quote('ls', '-l', f'{folder}/{note.path}')}"
        )
    if copied.rights_count > SHOWN:
        many = counted(copied.rights_count, "file")
        ctx.warn(f"{host}: {many} in all were restored with special rights")


def tell_unlike(ctx: RunContext, host: str, copied: CopyResult) -> str:
    """Warn of entries that could not be restored exactly as they are in the set.

    Returns:
        words with their number, for the line about the comparison; empty if there is none.
    """
    for line in first(in_words(note for note in copied.notes if note.torn), SHOWN):
        ctx.warn(f"{host}: {line}")
    tell_odd(ctx, host, copied.notes)
    if not copied.notes:
        return ""
    named = {note.path for note in copied.notes if not note.rest}
    least = "at least " if copied.notes[-1].rest else ""
    many = counted(len(named), "entry", "entries")
    return f"; other differences from the set in {least}{many}: see the notes of this run"


def _names(source: Path, index: str) -> frozenset[bytes] | None:
    """Return the files that have several names within this set; None if the set has no index.

    The link count of a file does not show it, because sets share unchanged files by hard links.
    """
    if not index:
        return None
    check_list(source / INDEX_NAME, index)
    return names_with_others(source, FILES_NAME.encode() + b"/")
