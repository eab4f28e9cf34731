"""Copy single files out of a set into a new folder; existing files are never overwritten."""

from __future__ import annotations

import os
from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.durable import rename_durably
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.guards.place import free_bytes, size, with_holes
from pryv_tui.operations.own_disk import ended_in_time, left_free
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.root.leftovers import clear
from pryv_tui.operations.steps.bringing_back.copy_back import tell_rights, tell_unlike
from pryv_tui.ownership import close, make_private
from pryv_tui.phrases import counted
from pryv_tui.vault.copying.count import count_room
from pryv_tui.vault.copying.tree import copy_tree
from pryv_tui.vault.files.types import Selection, TreeCount
from pryv_tui.vault.lists.index import check_list, names_with_others
from pryv_tui.vault.matching import match
from pryv_tui.vault.set_files import FILES_NAME, INDEX_NAME, SUMS_NAME
from pryv_tui.vault.set_names import PARTIAL


class BringFiles(Step, frozen=True, kw_only=True, tag="bring-files"):
    """Copy the files of a set that match patterns; compare the hash of each while it is written."""

    source: str
    """The folder of one host's part of the set."""
    target: str
    """A folder that does not exist yet."""
    patterns: tuple[str, ...]
    files: int
    bytes: int
    sums: str = ""
    """The SHA-256 of the part's list of hashes; empty in older sets."""
    index: str = ""
    rests: tuple[str, ...] = ()
    """Partial copies beside the target from earlier, unfinished runs. They are removed first."""

    @property
    def title(self) -> str:
        files = f"{counted(self.files, 'file')} ({size(self.bytes)})"
        return f"Bring {files} of {self.host} to {self.target}"

    @property
    def command(self) -> tuple[str, ...]:
        chosen = " -o ".join(
            f"-path {quote(f'./{pattern}')} -o -path {quote(f'./{pattern}/*')}"
            for pattern in self.patterns
        )
        # `%P` prints no `./` before the names: with it, rsync would give the target the mode of the
        # set's root.
        return (
            *(quote("rm", "-r", "--one-file-system", rest) for rest in self.rests),
            quote("mkdir", "-p", "-m", "700", self.target),
            f"cd {quote(f'{self.source}/{FILES_NAME}')} && find . -type f '(' {chosen} ')'"
            f" -printf '%P\\0' | rsync -aHAXS --numeric-ids --from0 --files-from=- ./"
            f" {quote(self.target + '/')}",
        )

    @property
    def leaves(self) -> str:
        return (
            f"some of the files, in {self.target}{PARTIAL}; the next restore of files removes"
            " that folder, if it is below a root"
        )

    @property
    def undone(self) -> str:
        if self.rests:
            return f"remove {self.target}; {self.touched}"
        return f"remove {self.target}: nothing else was touched"

    @property
    def touched(self) -> str:
        """Describe what the finished step has changed among files that existed before it."""
        if self.rests:
            return "of the existing files, only remains of earlier runs were removed"
        return "no existing file was touched"

    def perform(self, ctx: RunContext) -> None:
        source, target = Path(self.source), Path(self.target)
        partial = target.with_name(target.name + PARTIAL)
        for path in (target, partial):
            if path.is_symlink() or path.exists():
                raise PryvTuiError(
                    "refused",
                    f"{path} already exists: the folder for the files has to be a new one",
                    "Name another folder with --to.",
                )
        for rest in self.rests:
            if Path(rest).parent != target.parent or not rest.endswith(PARTIAL):
                raise PryvTuiError(
                    "internal",
                    f"{rest} is not removed: it is not a {PARTIAL} folder beside {target}",
                )
        clear(ctx, [Path(rest) for rest in self.rests if os.path.lexists(rest)])
        for name, digest in ((SUMS_NAME, self.sums), (INDEX_NAME, self.index)):
            if digest:
                check_list(source / name, digest)
        found = match(source, self.patterns)
        if not found.paths:
            raise PryvTuiError(
                "refused",
                f"no file of {self.host} in the set matches",
                f"Paths are relative to the root, like those after {FILES_NAME}/ in the set's"
                f" {SUMS_NAME}; `*` stands for anything, also for `/`.",
            )
        free, needed, words = free_bytes(target), found.bytes, ""
        keep = left_free(ctx, target)
        if free < needed + keep:
            # Count holes in sparse files only if it matters, because that takes time.
            length, data = count_room(source / FILES_NAME, Selection(only=found.paths))
            needed, words = with_holes(length, data, target, "")
        if free < needed + keep:
            raise PryvTuiError(
                "disk-full",
                f"{size(needed)}{words} are to be written to {target}; {size(free)} are free"
                f" there, of which {size(keep)} have to stay free",
                "Name a folder on another disk with --to.",
            )
        ctx.facts.changed = True
        ctx.facts.unfinished.append(str(partial))
        # The copy gets the root's mode, so it is in a private folder (0700) until it is complete.
        growing = partial / FILES_NAME
        try:
            make_private(target.parent)
            partial.mkdir(mode=0o700)
        except OSError as error:
            raise PryvTuiError(
                "step-failed", f"{target.parent} can't be made: {error.strerror}"
            ) from error
        names = names_with_others(source, FILES_NAME.encode() + b"/") if self.index else None
        with ended_in_time(ctx, target.parent, f"the copy into {target.parent}") as cancel:
            result = copy_tree(
                source / FILES_NAME,
                growing,
                selection=Selection(only=found.paths),
                expected=source / SUMS_NAME,
                names=names,
                total=TreeCount(files=len(found.paths), bytes=found.bytes, folders=0),
                progress=ctx.on_progress(),
                cancel=cancel,
                engine=ctx.site.copy_engine,
            )
        if result.files != len(found.paths):
            raise PryvTuiError(
                "check-failed",
                f"{counted(result.files, 'file was', 'files were')} brought back, but"
                f" {len(found.paths)} were chosen",
            )
        tell_rights(ctx, self.host, result, self.target)
        odd = tell_unlike(ctx, self.host, result)
        close(growing)
        rename_durably(growing, target)
        partial.rmdir()
        ctx.facts.unfinished.remove(str(partial))
        ctx.checked(
            f"{self.host}: {counted(result.files, 'file')}, {counted(result.bytes, 'byte')}"
            f" brought back to {target}, each hash as in the set{odd};"
            f" {self.touched}"
        )
