"""Copy a root into the set, except the folders that are left out, and hash it while copying."""

from __future__ import annotations

import shlex
from pathlib import Path

import msgspec

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.filesystem.holes import HOLLOW
from pryv_tui.filesystem.priority import lowered_priority
from pryv_tui.filesystem.same_file import MOVED
from pryv_tui.formats.sqlite.names import COMPANIONS
from pryv_tui.operations.containers.ending import AnyOf, RoomWatch
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.facts import HostFacts
from pryv_tui.operations.guards.place import same_disk
from pryv_tui.operations.holding import begin_moment, record_moment
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.root.devices import device_words, looked_up
from pryv_tui.operations.steps.odd import tell_odd
from pryv_tui.ownership import make_private
from pryv_tui.phrases import counted
from pryv_tui.platform.disks import SNAPSHOTS
from pryv_tui.platform.layout import Layout
from pryv_tui.platform.roles import ACCOUNTS_FILES, ACCOUNTS_FOLDER, SQLITE_GLOBS
from pryv_tui.vault.copying.parent import Parent
from pryv_tui.vault.copying.tree import copy_tree
from pryv_tui.vault.files.linking import Proof
from pryv_tui.vault.files.types import CopyNote, CopyResult, Selection
from pryv_tui.vault.lists.index import check_list, digest_of_list
from pryv_tui.vault.lists.tree import FIND_TREE, write_tree
from pryv_tui.vault.manifest import RecreatedFolder
from pryv_tui.vault.set_files import FILES_NAME, INDEX_NAME, SET_JSON, SUMS_NAME, TREE_NAME
from pryv_tui.vault.set_names import PARTIAL
from pryv_tui.vault.sets import begun

TORN_NAMED = 20
"""The largest number of files that get their own warning because they changed during each copy. Any
others are only counted."""


class CopyRoot(Step, frozen=True, kw_only=True, tag="copy-root"):
    """Copy the root with owners, modes, times, links and extended attributes."""

    root: str
    destination: str
    layout: Layout
    roles: tuple[str, ...]
    ahead: tuple[str, ...] = ()
    """The stores that `CopyAhead` has already copied, and that are left out here."""
    parent: Parent | None = None
    """The earlier set that unchanged files are hard-linked to."""
    proof: Proof = Proof.TIMES
    """The proof that a file is unchanged, which is needed to link it."""
    nice: bool = False
    """Run at low disk and processor priority."""

    @property
    def title(self) -> str:
        rest = "the rest of " if self.ahead else ""
        return f"Copy {rest}{self.root} of {self.host} ({', '.join(self.roles)})"

    @property
    def command(self) -> tuple[str, ...]:
        left = [f"/{path}/" for path in self.layout.all_left_out]
        left += [f"{name}/" for name in SNAPSHOTS]
        if "redis" in self.ahead:
            left.append(f"/{self.layout.stores['redis'].data}/")
        if "accounts" in self.ahead:
            left += [f"/{ACCOUNTS_FOLDER}/{glob}*" for glob in SQLITE_GLOBS]
        excludes = " ".join(f"--exclude={shlex.quote(path)}" for path in left)
        target = quote(f"{self.destination}/{FILES_NAME}/")
        return (
            f"mkdir -p {target}",
            f"{'ionice -c 2 -n 7 nice -n 10 ' if self.nice else ''}"
            f"rsync -aHAXS --numeric-ids {link_dest_words(self.parent, self.proof)}{excludes}"
            f" {quote(self.root + '/')} {target}",
            f"cd {quote(self.destination)} && find {FILES_NAME} -type f -print0"
            f" | xargs -0 sha256sum > {SUMS_NAME}",
            f"cd {quote(self.destination)} && {FIND_TREE} > {TREE_NAME}",
        )

    @property
    def leaves(self) -> str:
        return f"a part of a copy in a folder named {PARTIAL}, which is never used as a set"

    def perform(self, ctx: RunContext) -> None:
        root = Path(self.root)
        facts = ctx.facts.of(self.host)
        facts.recreated = [
            found for path in self.layout.recreated if (found := _recreated(root, path))
        ]
        started = begin_moment(ctx, "files", self.roles, self.host)
        target = Path(self.destination)
        left = [*self.layout.all_left_out, *facts.ahead]
        if "accounts" in self.ahead:
            # A file made since then would have accounts that are not in register's copy.
            left += [path for path in accounts_files(root) if path not in left]
        with lowered_priority(self.nice):
            result = copy_part(
                ctx,
                self.host,
                root,
                target,
                self.layout,
                tuple(left),
                parent=self.parent,
                proof=self.proof,
                # This copy leaves out the files copied ahead, so its list would not be complete.
                tree=not (target / SUMS_NAME).exists(),
            )
            facts.tree = result.tree or write_tree(target)
            facts.index = digest_of_list(target / INDEX_NAME)
            facts.sums = digest_of_list(target / SUMS_NAME)
        if result.files == 0:
            raise PryvTuiError("check-failed", f"the root {root} holds no file: no backup of it")
        record_moment(ctx, "files", self.roles, self.host, started)
        ctx.checked(f"{self.host}: {_what_came(facts)}")


def link_dest_words(parent: Parent | None, proof: Proof) -> str:
    """The rsync options that link unchanged files to the parent, with a blank at the end; empty if
    there is no parent."""
    if parent is None:
        return ""
    words = quote(f"--link-dest={parent.folder}/{FILES_NAME}/")
    read = max(proof, parent.proof) is not Proof.TIMES
    return f"--checksum {words} " if read else f"{words} "


def _what_came(facts: HostFacts) -> str:
    if not facts.linked_files:
        return f"{counted(facts.files, 'file')}, {counted(facts.bytes, 'byte')} copied and hashed"
    files, size = facts.files - facts.linked_files, facts.bytes - facts.linked_bytes
    return (
        f"{counted(files, 'file')}, {counted(size, 'byte')} copied and hashed;"
        f" {counted(facts.linked_files, 'file')},"
        f" {counted(facts.linked_bytes, 'byte')} unchanged and linked to the set"
        f" {facts.linked_from}"
    )


def _usable(ctx: RunContext, host: str, parent: Parent | None) -> Parent | None:
    """Return the set to which unchanged files can be linked, or None if there is none.

    It is the parent. If the parent's lists are damaged, a warning is given, and it is the
    unfinished set that belongs to the parent (`Parent.partial`).
    """
    if parent is None:
        return None
    folder = Path(parent.folder)
    if parent.unfinished:
        return parent if begun(folder) else None
    try:
        check_list(folder / INDEX_NAME, parent.index)
        check_list(folder / SUMS_NAME, parent.sums)
    except PryvTuiError as error:
        instead = parent.partial and _usable(ctx, host, parent.partial)
        rest = (
            f"unchanged files are linked to {instead.set_id} instead"
            if instead is not None
            else "every file is copied"
        )
        ctx.warn(
            f"{host}: {error.what}: no file is linked to the set {parent.set_id}; {rest}."
            f" Verify it: pryv-tui verify {parent.set_id}"
        )
        return instead
    if parent.partial is not None and not begun(Path(parent.partial.folder)):
        return msgspec.structs.replace(parent, partial=None)
    return parent


def copy_part(
    ctx: RunContext,
    host: str,
    root: Path,
    target: Path,
    layout: Layout,
    leave_out: tuple[str, ...],
    only: tuple[str, ...] = (),
    *,
    parent: Parent | None = None,
    proof: Proof = Proof.TIMES,
    tree: bool = False,
) -> CopyResult:
    """Copy a root, or a part of it, into a host's part of the set; add the numbers of files, bytes,
    folders and links to the run's facts."""
    selection = Selection(
        leave_out=leave_out,
        only=only,
        sqlite=layout.sqlite,
        may_change=layout.may_change,
        never_link=tuple(store.dump for store in layout.stores.values() if store.dump),
        no_snapshots=True,
        pass_hollow=True,
    )
    parent = _usable(ctx, host, parent)
    if parent is not None:
        partial = looked_up(parent.partial, root) if parent.partial is not None else None
        parent = msgspec.structs.replace(looked_up(parent, root), partial=partial)
        if not only and (words := device_words(parent, str(root))):
            ctx.report.note(f"{host}: {words}")
    every = ctx.site.patience.room_every
    watch = RoomWatch(root, every) if same_disk(root, target) else None
    try:
        make_private(target)
        result = copy_tree(
            root,
            target / FILES_NAME,
            selection=selection,
            sums=target / SUMS_NAME,
            append_sums=(target / SUMS_NAME).exists(),
            index=target / INDEX_NAME,
            tree=target / TREE_NAME if tree else None,
            parent=parent,
            proof=proof,
            count=True,
            hooks=ctx.site.copy_hooks,
            engine=ctx.site.copy_engine,
            progress=ctx.on_progress(),
            cancel=AnyOf(ctx.cancel, watch),
        )
    except Cancelled:
        if watch is None or watch.found is None or ctx.cancel.is_set():
            raise
        raise watch.error(f"the copy into {target.parent}") from None
    except OSError as error:
        raise PryvTuiError("step-failed", f"the copy of {root} failed: {error}") from error
    facts = ctx.facts.of(host)
    facts.files, facts.bytes = facts.files + result.files, facts.bytes + result.bytes
    # The parent folders of a part are counted when the rest is copied.
    way = {parent for path in only for parent in Path(path).parents if parent != Path()}
    facts.folders += max(0, result.folders - len(way))
    facts.links += result.links
    if parent is not None and result.linked_files:
        facts.linked_from = parent.set_id
        facts.linked_files += result.linked_files
        facts.linked_bytes += result.linked_bytes
    _warn_of_torn(ctx, host, root, [note for note in result.notes if note.torn])
    tell_odd(ctx, host, result.notes, SET_JSON)
    return result


def accounts_files(root: Path) -> list[str]:
    """Return the paths, relative to the root, of files in which core may keep its list of accounts.

    They are the SQLite files that exist now, those that core may still make, and the companion
    files of both.
    """
    names = set(ACCOUNTS_FILES)
    try:
        found = [entry.name for entry in (root / ACCOUNTS_FOLDER).iterdir() if entry.is_file()]
    except OSError:
        found = []
    endings = tuple(glob.removeprefix("*") for glob in SQLITE_GLOBS)
    names |= {name for name in found if name.endswith(endings)}
    companions = [ending.decode() for ending in COMPANIONS]
    return [
        f"{ACCOUNTS_FOLDER}/{name}{ending}"
        for name in sorted(names)
        for ending in ("", *companions)
    ]


def _warn_of_torn(ctx: RunContext, host: str, root: Path, torn: list[CopyNote]) -> None:
    """Warn of files that changed while they were copied, so that their copies may be useless."""
    for note in torn[:TORN_NAMED]:
        if note.what == MOVED:
            ctx.warn(f"{host}: {note.path} {MOVED}. Take another backup: pryv-tui backup")
            continue
        if note.what == HOLLOW:
            ctx.warn(
                f"{host}: {note.path} {HOLLOW}. No file of Pryv.io is like that. Find out what"
                " made it; shorten it (truncate --size), or move it away, then take another"
                " backup: pryv-tui backup"
            )
            continue
        what = quote("fuser", "-v", f"{root}/{note.path}")
        ctx.warn(
            f"{host}: {note.path} changed each time it was copied: its copy in the set may mix"
            f" several states. See what writes to it: {what}; when that is done or stopped, take"
            " another backup: pryv-tui backup"
        )
    if len(torn) > TORN_NAMED:
        ctx.warn(
            f"{host}: and {len(torn) - TORN_NAMED} more that changed like that, see {SET_JSON}"
        )


def _recreated(root: Path, path: str) -> RecreatedFolder | None:
    """Return the owner and mode of a folder that is left out; None if it does not exist."""
    try:
        found = (root / path).lstat()
    except OSError:
        return None
    return RecreatedFolder(path, found.st_uid, found.st_gid, found.st_mode & 0o7777)
