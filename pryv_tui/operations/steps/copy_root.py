"""Copy a root into the set, hashed in the same pass, minus the folders that are left out."""

from __future__ import annotations

import shlex
from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.steps.dump_store import now, record_moment
from pryv_tui.platform.layout import Layout
from pryv_tui.vault.copy import Selection, copy_tree, count_tree
from pryv_tui.vault.manifest import RecreatedFolder
from pryv_tui.vault.sets import FILES, SUMS
from pryv_tui.vault.tree_list import FIND_TREE, TREE_NAME

NOTES_KEPT = 200
TORN_NAMED = 20
"""Files that changed all the while, named in warnings of their own; more are counted."""


class CopyRoot(Step, frozen=True, kw_only=True, tag="copy-root"):
    """The root as it is, with owners, modes, times, links and extended attributes."""

    root: str
    destination: str
    layout: Layout
    roles: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"Copy {self.root} of {self.host} ({', '.join(self.roles)})"

    @property
    def command(self) -> tuple[str, ...]:
        excludes = " ".join(shlex.quote(f"--exclude=/{path}/") for path in self.layout.all_left_out)
        target = quote(f"{self.destination}/{FILES}/")
        return (
            f"mkdir -p {target}",
            f"rsync -aHAXS --numeric-ids {excludes} {quote(self.root + '/')} {target}",
            f"cd {quote(self.destination)} && find {FILES} -type f -print0"
            f" | xargs -0 sha256sum > {SUMS}",
            f"cd {quote(self.destination)} && {FIND_TREE} > {TREE_NAME}",
        )

    @property
    def leaves(self) -> str:
        return "a part of a copy in a folder called .partial, never listed as a set"

    def perform(self, ctx: RunContext) -> None:
        root, target = Path(self.root), Path(self.destination)
        selection = Selection(
            leave_out=self.layout.all_left_out,
            sqlite=self.layout.sqlite,
            may_change=self.layout.may_change,
        )
        facts = ctx.facts.of(self.host)
        facts.recreated = [
            found for path in self.layout.recreated if (found := _recreated(root, path))
        ]
        started = now()
        try:
            target.mkdir(mode=0o700, parents=True, exist_ok=True)
            total = count_tree(root, selection, cancel=ctx.cancel)
            result = copy_tree(
                root,
                target / FILES,
                selection=selection,
                sums=target / SUMS,
                tree=target / TREE_NAME,
                total=total,
                hooks=ctx.site.copy_hooks,
                progress=ctx.on_progress(),
                cancel=ctx.cancel,
            )
        except OSError as error:
            raise PryvTuiError("step-failed", f"the copy of {root} failed: {error}") from error
        facts.files, facts.bytes = result.files, result.bytes
        facts.folders, facts.links = result.folders, result.links
        facts.tree = result.tree
        facts.notes = [f"{note.path}: {note.what}" for note in result.notes[:NOTES_KEPT]]
        self._warn_of_torn(ctx, [note.path for note in result.notes if note.torn])
        quiet = [f"{note.path}: {note.what}" for note in result.notes if not note.torn]
        for line in quiet[:20]:
            ctx.report.note(line)
        if len(quiet) > 20:
            ctx.report.note(f"and {len(quiet) - 20} more such notes, kept in set.json")
        if result.files == 0:
            raise PryvTuiError("check-failed", f"the root {root} holds no file: no backup of it")
        record_moment(ctx, "files", "+".join(self.roles), self.host, started)
        ctx.checked(f"{self.host}: {result.files} files, {result.bytes} bytes copied and hashed")

    def _warn_of_torn(self, ctx: RunContext, torn: list[str]) -> None:
        """A log may change while it is copied; any other file's copy may be good for nothing."""
        for path in torn[:TORN_NAMED]:
            ctx.warn(
                f"{self.host}: {path} changed each time it was copied: its copy in the set may mix"
                " several states. Find out what writes to it, and take another backup."
            )
        if len(torn) > TORN_NAMED:
            ctx.warn(f"{self.host}: and {len(torn) - TORN_NAMED} more such files, see set.json")


def _recreated(root: Path, path: str) -> RecreatedFolder | None:
    """The owner and mode of a folder that is left out, or None where there is none."""
    try:
        found = (root / path).lstat()
    except OSError:
        return None
    return RecreatedFolder(path, found.st_uid, found.st_gid, found.st_mode & 0o7777)
