"""Make a set from a backup that was made by hand: copy it, count its content, list its files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pryv_tui import __version__
from pryv_tui.clock import timestamp
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.paths import printable
from pryv_tui.operations.adopting.folder import Found, FoundDump, FoundPart, form
from pryv_tui.operations.adopting.lacks import lacks
from pryv_tui.operations.audit.from_set import Held, audit_files, with_held
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.guards import enforce
from pryv_tui.operations.guards.line import GuardLine, failed, ok
from pryv_tui.operations.guards.place import (
    free_for_a_set,
    privilege_guard,
    size,
    vault_guard,
    with_holes,
)
from pryv_tui.operations.own_disk import left_free
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.sets.known_vaults import remember
from pryv_tui.operations.steps.taking.adopt_copy import (
    PLATFORM_USER,
    UNPACKED,
    copy_part,
    count_links,
    has_strangers,
    owners_back,
    unpack,
)
from pryv_tui.operations.steps.taking.check_store import summary
from pryv_tui.operations.stores import STORES
from pryv_tui.operations.stores.influxdb import InfluxDB
from pryv_tui.operations.stores.mongo_words import DATABASE
from pryv_tui.operations.stores.mongodb import MongoDB
from pryv_tui.operations.stores.room import tree_bytes
from pryv_tui.operations.stores.sqlite import judged, look
from pryv_tui.ownership import make_private
from pryv_tui.phrases import counted, first
from pryv_tui.platform.casualties import in_brief as casualties_in_brief
from pryv_tui.platform.casualties import summary as casualties_summary
from pryv_tui.platform.roles import ROLES
from pryv_tui.vault.copying.count import count_room, count_tree
from pryv_tui.vault.files.types import Selection
from pryv_tui.vault.guide.page import restore_guide
from pryv_tui.vault.lists.index import digest_of_list
from pryv_tui.vault.lists.tree import write_tree
from pryv_tui.vault.manifest import Adopted, SetHost, SetManifest, gap_in_brief
from pryv_tui.vault.set_files import FILES_NAME, INDEX_NAME, SUMS_NAME
from pryv_tui.vault.set_names import PARTIAL
from pryv_tui.vault.strangers import is_known
from pryv_tui.ways import hold


class OpenAdopted(Step, frozen=True, kw_only=True, tag="open-adopted"):
    """Check every precondition, then make the folder `<id>.partial`, with mode 0700."""

    vault: str
    set_id: str
    found: Found

    @property
    def title(self) -> str:
        return f"Check {self.found.folder} again, open the set"

    @property
    def command(self) -> tuple[str, ...]:
        return (quote("mkdir", "-p", "-m", "700", f"{self.vault}/{self.set_id}{PARTIAL}"),)

    @property
    def leaves(self) -> str:
        return f"an empty folder {self.set_id}{PARTIAL} in the vault"

    def perform(self, ctx: RunContext) -> None:
        roots = [Path(part.copy) for part in self.found.parts]
        lines = [privilege_guard(ctx.site), vault_guard(ctx.site, roots), self._space(ctx)]
        enforce(ctx, lines)
        # Remember the vault, however this run ends.
        remember(ctx.site)
        ctx.facts.set_folder = str(ctx.site.vault.begin(self.set_id))

    def _space(self, ctx: RunContext) -> GuardLine:
        length = data = 0
        for part in self.found.parts:
            found = count_room(Path(part.copy), Selection(leave_out=_left_out(part)))
            length, data = length + found[0], data + found[1]
        needed, words = with_holes(length, data, ctx.site.vault.folder, "")
        for part in self.found.parts:
            for dump in part.dumps.values():
                # gzip makes BSON five times smaller at best; the unpacked dump is on disk twice.
                needed += tree_bytes(Path(dump.folder)) * (10 if dump.compressed else 1)
        free, told = free_for_a_set(ctx.site)
        text = f"about {size(needed)} needed{words}, {told}"
        if free < needed + left_free(ctx, ctx.site.vault.folder):
            return failed("space", text, "Free space there, or name another vault with --vault.")
        return ok("space", text)


def _left_out(part: FoundPart) -> tuple[str, ...]:
    dumps = tuple(store.dump for store in part.layout.stores.values() if store.dump)
    return (*part.layout.all_left_out, *dumps)


class CopyAdopted(Step, frozen=True, kw_only=True, tag="copy-adopted"):
    """Copy a root and its dumps, each to its place in a set, and compute the files' hashes."""

    part: FoundPart
    destination: str

    @property
    def title(self) -> str:
        return f"Copy {self.part.copy} ({', '.join(self.part.roles)}) into the set"

    @property
    def command(self) -> tuple[str, ...]:
        target = f"{self.destination}/{FILES_NAME}/"
        lines = [quote("mkdir", "-p", target)]
        excludes = [f"--exclude=/{path}/" for path in _left_out(self.part)]
        rsync = ("rsync", "-aHAXS", "--numeric-ids")
        lines.append(quote(*rsync, *excludes, self.part.copy + "/", target))
        for store, dump in self.part.dumps.items():
            inside = f"{target}{self.part.layout.stores[store].dump}/"
            lines.append(quote("mkdir", "-p", inside))
            lines.append(quote(*rsync, *(f"{dump.folder}/{name}" for name in dump.only), inside))
            if dump.compressed:
                lines.append(f"gunzip {quote(inside + DATABASE)}/*.gz")
        lines.append(
            f"cd {quote(self.destination)} && find {FILES_NAME} -type f -print0"
            f" | xargs -0 sha256sum > {SUMS_NAME}"
        )
        return tuple(lines)

    @property
    def leaves(self) -> str:
        return f"a part of a copy in a folder named {PARTIAL}, which is never used as a set"

    def perform(self, ctx: RunContext) -> None:
        target = Path(self.destination)
        files = target / FILES_NAME
        facts = ctx.facts.of(self.part.name)
        try:
            make_private(target)
            copy_part(
                ctx, self.part.name, Path(self.part.copy), target, files, _left_out(self.part)
            )
            for store, dump in sorted(self.part.dumps.items()):
                self._dump(ctx, target, files / self.part.layout.stores[store].dump, dump)
            facts.tree = write_tree(target)
            held = count_tree(files, Selection())
            facts.files, facts.bytes = held.files, held.bytes
            facts.folders, facts.links = held.folders, count_links(files)
        except OSError as error:
            raise PryvTuiError(
                "step-failed", f"the copy of {self.part.copy} failed: {error}"
            ) from error
        facts.index = digest_of_list(target / INDEX_NAME)
        facts.sums = digest_of_list(target / SUMS_NAME)
        facts.notes += self.part.notes
        for note in self.part.notes:
            ctx.report.note(note)
        if not ctx.site.practice and has_strangers(files):
            ctx.warn(
                f"{self.part.copy}: nothing copied from it belongs to the platform's user"
                f" ({PLATFORM_USER}): the owners were lost when it was copied. Set them again"
                f" there, and adopt it again: {owners_back(Path(self.part.copy))}"
            )
        for words in lacks(self.part):
            ctx.warn(f"{words}. Add that to the copy, and adopt it again.")
        ctx.checked(
            f"{self.part.name}: {counted(facts.files, 'file')}, {counted(facts.bytes, 'byte')}"
            " copied and hashed"
        )

    def _dump(self, ctx: RunContext, target: Path, inside: Path, dump: FoundDump) -> None:
        # Other people made the copied folder, and a link in it could lead anywhere: follow none.
        with hold(inside, base=target, make=0o777):
            pass
        source = Path(dump.folder)
        unpacked = target / UNPACKED
        if dump.compressed:
            try:
                unpack(ctx, source / DATABASE, unpacked / DATABASE)
            except BaseException:
                # Remove the unpacked dump, which is useless now, because the disk may be full.
                shutil.rmtree(unpacked, ignore_errors=True)
                raise
            source = unpacked
        copy_part(
            ctx, self.part.name, source, target, inside, self._foreign(ctx, source), dump.only
        )
        if dump.compressed:
            shutil.rmtree(unpacked)

    def _foreign(self, ctx: RunContext, source: Path) -> tuple[str, ...]:
        """Return the files that file servers and desktops left in a dump's folder, and report them.
        They are not copied.

        Some of their names end like a dump's files, but no collection's name begins like them.
        """
        try:
            names = sorted(path.name for path in (source / DATABASE).iterdir())
        except OSError:
            return ()
        found = tuple(f"{DATABASE}/{name}" for name in names if is_known(os.fsencode(name)))
        if found:
            ctx.report.note(
                f"{self.part.name}: left out of the dump, since a file server, a disk or a"
                " desktop put it there:"
                f" {', '.join(printable(os.fsencode(each)) for each in found[:5])}"
                + (f" and {len(found) - 5} more" if len(found) > 5 else "")
            )
        return found


class CountAdopted(Step, frozen=True, kw_only=True, tag="count-adopted"):
    """Read the copied stores and count their content: documents, databases, users, SQLite files."""

    part: FoundPart
    destination: str

    @property
    def title(self) -> str:
        return f"Count the content of {self.part.name} in the set"

    def perform(self, ctx: RunContext) -> None:
        files = Path(self.destination) / FILES_NAME
        counted: dict[str, Callable[[], dict[str, Any]]] = {
            "mongodb": lambda: MongoDB().count(files, self.part.layout),
            "influxdb": lambda: InfluxDB().count(files, self.part.layout),
            "redis": lambda: STORES["redis"].check(files, self.part.layout, {"users": 0}),
        }
        stores = ctx.facts.of(self.part.name).stores
        for store, count in counted.items():
            if store in self.part.dumps or (store == "redis" and store in self.part.layout.stores):
                found = count()
                if found.pop("torn", False):
                    ctx.report.note("Redis' append-only file ends in a torn command")
                if store in self.part.dumps:
                    inside = files / self.part.layout.stores[store].dump
                    found = {**found, "bytes": tree_bytes(inside)}
                stores[store] = found
                ctx.checked(f"{STORES[store].title} of {self.part.name}: {summary(found)}")
        if any("sqlite" in ROLES[role].stores for role in self.part.roles):
            self._sqlite(ctx, files)

    def _sqlite(self, ctx: RunContext, files: Path) -> None:
        looked = look(files, self.part.layout)
        # The files were copied unchanged, so damage in the copy is damage in the source folder.
        damaged = {
            printable(os.fsencode(path)): found.damage
            for path, found in looked.items()
            if found.damage
        }
        for path, why in damaged.items():
            # The damage can't be repaired here, and a set with all other files is still useful.
            ctx.warn(
                f"{self.part.copy}: the SQLite file {path} is damaged ({why}): it was copied"
                " while it was being written, or was already damaged before; the set holds it as"
                " it is"
            )
        found = judged(looked, {"damaged": damaged} if damaged else {})
        for path, why in found.get("unchecked", {}).items():
            ctx.report.note(f"{self.part.name}: {path} could not be checked in full: {why}")
        ctx.facts.of(self.part.name).stores["sqlite"] = found
        ctx.checked(f"SQLite of {self.part.name}: {summary(found)}")


class CompleteAdopted(Step, frozen=True, kw_only=True, tag="complete-adopted"):
    """Write `set.json` and `RESTORE.md`, flush everything to disk, then rename the folder
    atomically."""

    vault: str
    set_id: str
    found: Found

    @property
    def title(self) -> str:
        return "Complete the set, marked as adopted"

    @property
    def command(self) -> tuple[str, ...]:
        final = f"{self.vault}/{self.set_id}"
        return ("sync", quote("mv", f"{final}{PARTIAL}", final))

    @property
    def leaves(self) -> str:
        return f"a folder named {PARTIAL}, which is never used as a set"

    def perform(self, ctx: RunContext) -> None:
        partial = Path(ctx.facts.set_folder)
        hosts = tuple(self._host(ctx, part) for part in self.found.parts)
        audit = audit_files(partial, hosts, ctx.check_cancelled)
        hosts = tuple(with_held(host, audit.held.get(host.name, Held())) for host in hosts)
        for item in audit.not_checked:
            ctx.report.note(f"not checked: {item.what}: {item.why}")
        for line in casualties_summary(audit.counts):
            ctx.report.note(f"{line}; to see their names: pryv-tui audit {self.set_id}")
        for line in self.found.unknown:
            ctx.report.note(f"not known: {line}")
        manifest = SetManifest(
            tool=__version__,
            id=self.set_id,
            label=ctx.label,
            created=self.found.taken,
            practice=ctx.site.practice,
            domain=self.found.domain,
            form=form(self.found),
            release=next((part.release for part in self.found.parts if part.release), None),
            roles=self.found.roles,
            hosts=hosts,
            casualties=audit.counts,
            warnings=tuple(ctx.facts.warnings),
            run=ctx.run_id,
            sealed=True,
            adopted=Adopted(folder=self.found.folder, when=timestamp(), unknown=self.found.unknown),
        )
        final = ctx.site.vault.complete(partial, manifest, restore_guide(manifest))
        ctx.facts.set_folder, ctx.manifest = str(final), manifest
        ctx.facts.gap = [
            gap_in_brief(manifest),
            casualties_in_brief(manifest.casualties, manifest.id),
        ]
        ctx.checked(f"the set {manifest.id} is complete: {final}")
        try:
            remember(ctx.site, manifest.id)
        except PryvTuiError as error:
            ctx.warn(error.told)

    def _host(self, ctx: RunContext, part: FoundPart) -> SetHost:
        facts = ctx.facts.of(part.name)
        return SetHost(
            name=part.name,
            root=part.root,
            roles=part.roles,
            release=part.release,
            images=part.images,
            files=facts.files,
            bytes=facts.bytes,
            folders=facts.folders,
            links=facts.links,
            tree=facts.tree,
            index=facts.index,
            sums=facts.sums,
            layout=part.layout,
            recreated=part.recreated,
            notes=first(facts.notes, 200),
            stores=facts.stores,
        )
