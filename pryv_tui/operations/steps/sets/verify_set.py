"""Verify a set in full before a restore changes anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.paths import unreadable
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.sets.known_good import known_good, refused
from pryv_tui.operations.sets.strangers import SHOWN, looks, packed
from pryv_tui.operations.sets.verify import verify_files
from pryv_tui.phrases import counted
from pryv_tui.vault.checks import Verification
from pryv_tui.vault.lists.index import check_list
from pryv_tui.vault.manifest import SetHost
from pryv_tui.vault.seal import broken_seal
from pryv_tui.vault.set_files import FILES_NAME, INDEX_NAME, SEAL, SUMS_NAME, TREE_NAME
from pryv_tui.vault.sets import BackupSet


def _beside(folder: str) -> str:
    """Return the path to which a damaged copy is moved in the vault; `damaged-…` is never a set."""
    path = Path(folder)
    return str(path.with_name(f"damaged-{path.name}"))


class VerifySet(Step, frozen=True, kw_only=True, tag="verify-set"):
    """Compare the hash of each file, and the structure of each dump, with what the set records."""

    folder: str
    set_id: str
    hosts: tuple[str, ...]
    known: str = ""
    """The time at which the set was last verified in full. Then its files are not read here; their
    hashes are compared while they are copied back. Empty: the files are read here."""
    within: float = 0.0
    """For how many seconds an earlier full verification is enough."""

    @property
    def phase(self) -> str:
        # This check is quick, so its duration must not be taken as estimate for a full one.
        return "known" if self.known else ""

    @property
    def title(self) -> str:
        if self.known:
            return f"Compare the set {self.set_id} with its last full verification"
        return f"Verify the set {self.set_id}"

    @property
    def command(self) -> tuple[str, ...]:
        if self.known:
            return (f"cd {quote(self.folder)} && sha256sum -c --quiet {SEAL}",)
        return tuple(
            f"cd {quote(f'{self.folder}/{host}')} && sha256sum -c --quiet {SUMS_NAME}"
            for host in self.hosts
        )

    def perform(self, ctx: RunContext) -> None:
        backup = ctx.site.vault.resolve(self.set_id)
        if self.known:
            self._see_unchanged(ctx, backup)
            return
        strangers: dict[str, tuple[bytes, ...]] = {}
        # Verify the files on this machine, because the restore copies these, not the repository's.
        verification = verify_files(
            ctx.site.vault,
            msgspec.structs.replace(backup, snapshot=""),
            hosts=self.hosts,
            progress=ctx.on_progress(),
            cancel=ctx.cancel,
            strangers=strangers,
            engine=ctx.site.copy_engine,
            by_store=ctx.by_store,
            by=ctx.by,
        )
        if verification.outcome != "good":
            raise PryvTuiError(
                "set-damaged",
                f"the set {self.set_id} is not what it should be; nothing of the platform was"
                f" changed: {'; '.join(verification.problems[:5])}",
                "The repository may have an undamaged copy. Move this one out of the way:"
                f" {quote('mv', self.folder, _beside(self.folder))}; then restore again, which"
                " fetches it."
                if backup.snapshot
                else None,
            )
        for part, strange in strangers.items():
            ctx.facts.strangers[part] = packed(strange)
        tell_strangers(ctx, verification, self.set_id, self.folder, looks(strangers))
        hosts = backup.manifest.hosts if backup.manifest else ()
        for host in hosts:
            if host.name in self.hosts:
                _tell_damaged(ctx, host)
        held = sum(host.bytes for host in hosts if host.name in self.hosts)
        # Count a file with several names once, as the set and the later copy do.
        unread = [host.name for host in hosts if host.name not in self.hosts]
        ctx.checked(
            checked_words(self.set_id, self.hosts, unread, verification.files, held),
        )

    def _see_unchanged(self, ctx: RunContext, backup: BackupSet) -> None:
        """See that `set.json` and the lists of a set are the same as when it was verified in full.

        The files in the lists are not read.

        Raises:
            PryvTuiError: `refused`, that verification does not count any more; `set-damaged`, the
                set has changed since.
        """
        if why := known_good(backup, self.within).why_not:
            raise refused(self.set_id, why)
        manifest = backup.need("restore")
        problems = broken_seal(backup.folder, sealed=manifest.sealed)
        for host in manifest.hosts:
            if host.name not in self.hosts:
                continue
            part = backup.host_folder(host.name)
            lists = ((SUMS_NAME, host.sums), (INDEX_NAME, host.index), (TREE_NAME, host.tree))
            for name, digest in lists:
                check_list(part / name, digest)
            try:
                is_there = (part / FILES_NAME).is_dir()
            except OSError as error:
                what = f"{part / FILES_NAME} can't be looked at: {error.strerror}"
                raise unreadable(what, error) from error
            if not is_there:
                problems.append(f"{host.name}: {FILES_NAME} is missing")
            _tell_damaged(ctx, host)
        if problems:
            raise PryvTuiError(
                "set-damaged",
                f"the set {self.set_id} has changed since it was verified; nothing of the platform"
                f" was changed: {'; '.join(problems)}",
                f"See what is wrong with it: pryv-tui verify {self.set_id}",
            )
        ctx.checked(
            f"the set {self.set_id}: verified in full at {self.known}, and its seal and its lists"
            " have not changed since. Its files were not checked again before they were copied"
        )


def _tell_damaged(ctx: RunContext, host: SetHost) -> None:
    for path, why in host.stores.get("sqlite", {}).get("damaged", {}).items():
        ctx.warn(
            f"{host.name}: the SQLite file {path} was already damaged when the set was made, and"
            f" is restored like that: {why}"
        )


def checked_words(
    set_id: str, read: Sequence[str], unread: Sequence[str], files: int, held: int
) -> str:
    """Describe what was verified; if it was only a part of the set, name that part.

    Args:
        read: the hosts of which the part was read.
        unread: the hosts of which the part was not read.
        files: the number of files that were read.
        held: the size of these files in bytes.
    """
    found = f"{counted(files, 'file')}, {counted(held, 'byte')}, every hash and every dump"
    if not unread:
        return f"the set {set_id} is as it says: {found}"
    return (
        f"in the set {set_id} the part of {', '.join(read)} is as it says: {found};"
        f" not read: the part of {', '.join(unread)}"
    )


def tell_strangers(
    ctx: RunContext, found: Verification, set_id: str, folder: str, ways: Mapping[str, str]
) -> None:
    """Report the entries in a set's folder that are not restored, because they are in none of its
    lists. Those without a known harmless origin are a warning."""
    for line in found.strangers[: found.unexpected][:SHOWN]:
        ctx.warn(
            f"{line} is in none of the set's lists, so it is not restored. See what it is:"
            f" {ways.get(line) or quote('ls', '-la', folder)}; this warning goes away once it is"
            " moved elsewhere"
        )
    for line in found.strangers[found.unexpected :][:SHOWN]:
        ctx.report.note(f"{line} is in none of the set's lists, so it is not restored")
    if found.strangers_count > SHOWN:
        more = counted(found.strangers_count, "such entry", "such entries") + " in all"
        ctx.report.note(f"{more}; to see more names: pryv-tui verify {set_id}")
