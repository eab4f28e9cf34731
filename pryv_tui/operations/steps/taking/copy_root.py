"""Copy a root into the set, hashed in the same pass, minus the folders that are left out."""

from __future__ import annotations

import shlex
from pathlib import Path

import msgspec

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.filesystem.holes import HOLLOW
from pryv_tui.filesystem.priority import giving_way
from pryv_tui.filesystem.same_file import MOVED
from pryv_tui.formats.sqlite.names import COMPANIONS
from pryv_tui.operations.context import HostFacts, RunContext
from pryv_tui.operations.ending import AnyOf, RoomWatch
from pryv_tui.operations.guards.place import same_disk
from pryv_tui.operations.holding import begin_moment, record_moment
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.root.devices import device_words, looked_up
from pryv_tui.ownership import make_private
from pryv_tui.platform.disks import SNAPSHOTS
from pryv_tui.platform.layout import Layout
from pryv_tui.platform.roles import ACCOUNTS_FILES, ACCOUNTS_FOLDER, SQLITE_GLOBS
from pryv_tui.vault.copying.parent import Base
from pryv_tui.vault.copying.tree import copy_tree
from pryv_tui.vault.files.types import CopyNote, CopyResult, Selection
from pryv_tui.vault.lists.index import INDEX_NAME, check_list, digest_of_list
from pryv_tui.vault.lists.tree import FIND_TREE, TREE_NAME, write_tree
from pryv_tui.vault.manifest import RecreatedFolder
from pryv_tui.vault.sets import FILES, SUMS, begun

NOTES_KEPT = 200
NOTES_TOLD = 20
TORN_NAMED = 20
"""Files that changed all the while, named in warnings of their own; more are counted."""


class CopyRoot(Step, frozen=True, kw_only=True, tag="copy-root"):
    """The root as it is, with owners, modes, times, links and extended attributes."""

    root: str
    destination: str
    layout: Layout
    roles: tuple[str, ...]
    ahead: tuple[str, ...] = ()
    """What of it is in the set already, see `CopyAhead`: it is not taken a second time."""
    base: Base | None = None
    """The former set that unchanged files are linked to."""
    paranoid: bool = False
    """Believe no file's times: compare the bytes before linking."""
    nice: bool = False
    """Give way to others at the disk and the processor."""

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
        target = quote(f"{self.destination}/{FILES}/")
        return (
            f"mkdir -p {target}",
            f"{'ionice -c 2 -n 7 nice -n 10 ' if self.nice else ''}"
            f"rsync -aHAXS --numeric-ids {linked(self.base, self.paranoid)}{excludes}"
            f" {quote(self.root + '/')} {target}",
            f"cd {quote(self.destination)} && find {FILES} -type f -print0"
            f" | xargs -0 sha256sum > {SUMS}",
            f"cd {quote(self.destination)} && {FIND_TREE} > {TREE_NAME}",
        )

    @property
    def leaves(self) -> str:
        return "a part of a copy in a folder called .partial, never taken for a set"

    def perform(self, ctx: RunContext) -> None:
        root = Path(self.root)
        facts = ctx.facts.of(self.host)
        facts.recreated = [
            found for path in self.layout.recreated if (found := _recreated(root, path))
        ]
        started = begin_moment(ctx, "files", "+".join(self.roles), self.host)
        target = Path(self.destination)
        left = [*self.layout.all_left_out, *facts.ahead]
        if "accounts" in self.ahead:
            # Made since it was taken ahead: it would tell of accounts that register's copy lacks.
            left += [path for path in accounts_files(root) if path not in left]
        base, paranoid = self.base, self.paranoid
        with giving_way(self.nice):
            result = take(
                ctx,
                self.host,
                root,
                target,
                self.layout,
                tuple(left),
                base=base,
                paranoid=paranoid,
                # What was taken ahead is in no walk of the rest.
                tree=not (target / SUMS).exists(),
            )
            facts.tree = result.tree or write_tree(target)
            facts.index = digest_of_list(target / INDEX_NAME)
            facts.sums = digest_of_list(target / SUMS)
        if result.files == 0:
            raise PryvTuiError("check-failed", f"the root {root} holds no file: no backup of it")
        record_moment(ctx, "files", "+".join(self.roles), self.host, started)
        ctx.checked(f"{self.host}: {_what_came(facts)}")


def linked(base: Base | None, paranoid: bool) -> str:
    """The words of rsync that link to a former set, and a blank."""
    if base is None:
        return ""
    words = quote(f"--link-dest={base.folder}/{FILES}/")
    return f"--checksum {words} " if paranoid or base.unsure or not base.verified else f"{words} "


def _what_came(facts: HostFacts) -> str:
    if not facts.linked_files:
        return f"{facts.files} files, {facts.bytes} bytes copied and hashed"
    files, size = facts.files - facts.linked_files, facts.bytes - facts.linked_bytes
    return (
        f"{files} files, {size} bytes copied and hashed; {facts.linked_files} files,"
        f" {facts.linked_bytes} bytes unchanged and linked to the set {facts.linked_from}"
    )


def _usable(ctx: RunContext, host: str, base: Base | None) -> Base | None:
    """The former set, unless its lists are damaged: then all is copied, and that is said."""
    if base is None:
        return None
    folder = Path(base.folder)
    if base.unfinished:
        return base if begun(folder) else None
    try:
        check_list(folder / INDEX_NAME, base.index)
        check_list(folder / SUMS, base.sums)
    except PryvTuiError as error:
        ctx.warn(
            f"{host}: {error.what}: nothing was linked to the set {base.set_id}, everything was"
            f" copied. Verify it: pryv-tui verify {base.set_id}"
        )
        return base.newer and _usable(ctx, host, base.newer)
    if base.newer is not None and not begun(Path(base.newer.folder)):
        return msgspec.structs.replace(base, newer=None)
    return base


def take(
    ctx: RunContext,
    host: str,
    root: Path,
    target: Path,
    layout: Layout,
    leave_out: tuple[str, ...],
    only: tuple[str, ...] = (),
    *,
    base: Base | None = None,
    paranoid: bool = False,
    tree: bool = False,
) -> CopyResult:
    """Copy a root, or a part of it, into a host's part of the set and add up what came of it."""
    selection = Selection(
        leave_out=leave_out,
        only=only,
        sqlite=layout.sqlite,
        may_change=layout.may_change,
        never_link=tuple(store.dump for store in layout.stores.values() if store.dump),
        no_snapshots=True,
        pass_hollow=True,
    )
    base = _usable(ctx, host, base)
    if base is not None:
        newer = looked_up(base.newer, root) if base.newer is not None else None
        base = msgspec.structs.replace(looked_up(base, root), newer=newer)
        if not only and (words := device_words(base, str(root))):
            ctx.report.note(f"{host}: {words}")
    watch = RoomWatch(root) if same_disk(root, target) else None
    try:
        make_private(target)
        result = copy_tree(
            root,
            target / FILES,
            selection=selection,
            sums=target / SUMS,
            append_sums=(target / SUMS).exists(),
            index=target / INDEX_NAME,
            tree=target / TREE_NAME if tree else None,
            previous=base,
            paranoid=paranoid,
            count=True,
            hooks=ctx.site.copy_hooks,
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
    # The folders on the way to a part are met again with the rest, and counted there.
    way = {parent for path in only for parent in Path(path).parents if parent != Path()}
    facts.folders += max(0, result.folders - len(way))
    facts.links += result.links
    if base is not None and result.linked_files:
        facts.linked_from = base.set_id
        facts.linked_files += result.linked_files
        facts.linked_bytes += result.linked_bytes
    room = max(0, NOTES_KEPT - len(facts.notes))
    facts.notes += [f"{note.path}: {note.what}" for note in result.notes[:room]]
    _warn_of_torn(ctx, host, root, [note for note in result.notes if note.torn])
    quiet = [f"{note.path}: {note.what}" for note in result.notes if not note.torn]
    for line in quiet[:NOTES_TOLD]:
        ctx.report.note(line)
    if len(quiet) > NOTES_TOLD:
        ctx.report.note(f"and {len(quiet) - NOTES_TOLD} more such notes, kept in set.json")
    return result


def accounts_files(root: Path) -> list[str]:
    """Every name, relative to the root, under which core may keep which accounts there are: the
    SQLite files that lie there now with their companions, and those that may yet be made."""
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
    """A log may change while it is copied; any other file's copy may be good for nothing."""
    for note in torn[:TORN_NAMED]:
        if note.what == MOVED:
            ctx.warn(f"{host}: {note.path} {MOVED}. Take another: pryv-tui backup")
            continue
        if note.what == HOLLOW:
            ctx.warn(
                f"{host}: {note.path} {HOLLOW}. No file of Pryv.io is so. Find out what made it;"
                " shorten it (truncate --size), or move it away, then take another: pryv-tui"
                " backup"
            )
            continue
        what = quote("fuser", "-v", f"{root}/{note.path}")
        ctx.warn(
            f"{host}: {note.path} changed each time it was copied: its copy in the set may mix"
            f" several states. See what writes to it: {what}; when that is done or stopped, take"
            " another: pryv-tui backup"
        )
    if len(torn) > TORN_NAMED:
        ctx.warn(f"{host}: and {len(torn) - TORN_NAMED} more such entries, see set.json")


def _recreated(root: Path, path: str) -> RecreatedFolder | None:
    """The owner and mode of a folder that is left out, or None where there is none."""
    try:
        found = (root / path).lstat()
    except OSError:
        return None
    return RecreatedFolder(path, found.st_uid, found.st_gid, found.st_mode & 0o7777)
