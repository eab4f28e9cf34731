"""A vault that is a restic repository: each set is a snapshot there, made and restored here.

A set is made in a folder on this machine, which is a plain vault by itself, and then sent to the
repository. The set's folder (its working copy) stays until a later set is in the repository, so
that the next backup copies only what changed. A set without a working copy is fetched before it is
restored.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.deep_trees import remove_tree
from pryv_tui.filesystem.durable import rename_durably, sync_filesystem
from pryv_tui.filesystem.paths import unreadable
from pryv_tui.ownership import make_private
from pryv_tui.phrases import counted
from pryv_tui.programs import Output
from pryv_tui.reading import read_whole
from pryv_tui.vault.beside.pins import read_first
from pryv_tui.vault.checks import Verification, keep_check, read_checks
from pryv_tui.vault.files.types import CancelToken
from pryv_tui.vault.restic.compare import differences
from pryv_tui.vault.restic.leftovers import FETCHING
from pryv_tui.vault.restic.program import Restic
from pryv_tui.vault.restic.protocol import Absent, Snapshot, Summary, typed
from pryv_tui.vault.restic.snapshots import WORDS, SnapshotCache
from pryv_tui.vault.seal import broken_seal
from pryv_tui.vault.set_files import CHECKS, GUIDE, PINS, SET_JSON, SUMS_NAME, VERIFIED
from pryv_tui.vault.sets import BackupSet
from pryv_tui.vault.vault import Vault, at_vault, vault_error

LIST_SECONDS = 120.0
"""Seconds for which a list of the repository's snapshots is used again. Others may send to the
repository, and each listing costs restic half a second of processor time, on purpose (it derives
the key)."""
FAILED_SECONDS = 5.0
"""Seconds before the next listing after a failed one: a remote repository may take a minute to
fail."""


class RepositoryVault(Vault):
    """The sets of a repository, and their working copies.

    Args:
        folder: the folder of the working copies, on this machine.
    """

    def __init__(self, folder: Path, restic: Restic) -> None:
        super().__init__(folder)
        self.restic = restic
        self.cache = SnapshotCache(folder, restic)
        self.repository = restic.name
        self._listed: tuple[float, int, list[Snapshot]] | None = None
        self._failed: tuple[float, PryvTuiError] | None = None

    # Listing.

    def sets(self) -> list[BackupSet]:
        """Return all sets: in the repository, here and not sent yet, and partial ones.

        Raises:
            PryvTuiError: `repository`, `program-missing`, `unreadable`.
        """
        local = super().sets()
        whole = {backup.id: backup for backup in local if backup.state != "partial"}
        try:
            snapshots = [snapshot for snapshot in self._list() if snapshot.set_id]
            self.cache.learn(snapshots)
        except PryvTuiError as error:
            raise self._with_a_way(error, whole) from error
        found = [backup for backup in local if backup.state == "partial"]
        for snapshot, twins in self._distinct(snapshots):
            name = snapshot.set_id
            copy = whole.get(name)
            if copy is not None and self.cache.same(snapshot.id, name):
                del whole[name]
            else:
                copy = None  # a set of another machine, with the same name
            found.append(self._sent(snapshot, twins, copy))
        found += whole.values()
        return sorted(
            (msgspec.structs.replace(backup, repository=self.repository) for backup in found),
            key=lambda backup: (backup.id, backup.state == "partial"),
        )

    def _with_a_way(self, error: PryvTuiError, whole: dict[str, BackupSet]) -> PryvTuiError:
        """Add to an error which sets can be used without the repository."""
        usable = [backup.id for backup in whole.values() if backup.usable]
        if not usable or error.name == "cancelled":
            return error
        return PryvTuiError(
            error.name,
            error.what,
            (f"{error.remedy.rstrip('.')}. " if error.remedy else "")
            + "Without the repository, sets on this machine can be used"
            f" ({', '.join(usable[-3:])}): --vault {shlex.quote(str(self.folder))}",
        )

    def _distinct(self, snapshots: Iterable[Snapshot]) -> list[tuple[Snapshot, tuple[str, ...]]]:
        """Return each set's newest snapshot, and the ids of its others: sets may be sent twice.

        Different sets with the same name are listed separately, so that none hides another.
        """
        found: dict[tuple[str, bytes | str], tuple[Snapshot, tuple[str, ...]]] = {}
        for snapshot in snapshots:  # oldest first
            key = snapshot.set_id, self.cache.of(snapshot.id) or snapshot.id
            before = found.get(key)
            twins = (*before[1], before[0].id) if before else ()
            found[key] = snapshot, twins
        return list(found.values())

    def _sent(
        self, snapshot: Snapshot, twins: tuple[str, ...], copy: BackupSet | None
    ) -> BackupSet:
        name = snapshot.set_id
        told = self.described(name, self.cache.folder(snapshot.id))
        if snapshot.id in self.cache.unread:
            problem = f"it can't be read in the repository: {self.cache.unread[snapshot.id][1]}"
            told = msgspec.structs.replace(told, problem=problem)
        pins = read_first(self.pin_folders(name if copy is not None else "", (snapshot.id, *twins)))
        return msgspec.structs.replace(
            told,
            pins=pins,
            snapshot=snapshot.id,
            twins=twins,
            here=copy is not None,
            working=read_checks(self.folder / name).last if copy is not None else None,
        )

    def _list(self) -> list[Snapshot]:
        """Return our snapshots, from the last listing or a new one."""
        now, stamp = time.monotonic(), self.cache.stamp()
        if self._listed is None or self._listed[1] != stamp or now - self._listed[0] > LIST_SECONDS:
            if self._failed is not None and now - self._failed[0] < FAILED_SECONDS:
                raise self._failed[1]
            try:
                self._listed = (now, stamp, self.restic.snapshots())
            except PryvTuiError as error:
                told = self._missed(error)
                self._failed = (time.monotonic(), told)
                raise told from error
        return self._listed[2]

    def _missed(self, error: PryvTuiError) -> PryvTuiError:
        """Change the error for a missing repository that existed before: it should be brought back.

        Its disk may not be mounted, and then `init` would create a new repository in the empty
        folder below.
        """
        many = self.cache.many() if isinstance(error, Absent) else 0
        if not many:
            return error
        sets = counted(many, "set")
        return PryvTuiError(
            error.name,
            f"{error.what} now; when it was last read, it had {sets}",
            "Bring it back: mount its disk, or name the place where it is now with --vault. Only"
            f" if it is gone for good, make a new one: {typed(self.restic.location)} init",
        )

    def look_anew(self) -> list[Snapshot]:
        """Return our snapshots, listed now.

        Raises:
            PryvTuiError: `repository`.
        """
        self._listed = None
        return self._list()

    def changed(self) -> None:
        """Make all processes on this machine list the repository again."""
        self._listed = None
        self.cache.changed()

    def names(self) -> set[str]:
        """Return the names of the sets here and in the repository."""
        return super().names() | {s.set_id for s in self._list() if s.set_id}

    def guide(self, backup: BackupSet) -> str:
        """Return the set's own instructions, after the command that fetches the set."""
        if not backup.snapshot:
            return super().guide(backup)
        path = self.cache.folder(backup.snapshot) / GUIDE
        try:
            text = read_whole(path, follow=False).decode("utf-8", "backslashreplace")
        except OSError as error:
            raise unreadable(f"{path} can't be read: {error.strerror}", error) from error
        fetch = self.restic.command("restore", backup.snapshot, "--target", f"./{backup.id}")
        return (
            f"# First fetch the set from {self.repository}\n\n"
            f"    {fetch}\n\nThen, in that folder:\n\n{text}"
        )

    # Checks.

    def record_verification(self, backup: BackupSet, verification: Verification) -> None:
        """Store the result of a check of the repository's data on this machine."""
        if backup.snapshot:
            keep_check(self.cache.folder(backup.snapshot), verification)
        else:
            super().record_verification(backup, verification)

    def pin_folders(self, set_id: str, snapshots: Sequence[str] = ()) -> list[Path]:
        """Return the folders with the pins of a set: first those of its snapshots, then its working
        copy, if there is one."""
        told = [self.cache.folder(snapshot) for snapshot in snapshots if snapshot]
        own = not told or any(self.cache.same(one.name, set_id) for one in told)
        return [*told, *([self.folder / set_id] if set_id and own else [])]

    # Sending, fetching, forgetting.

    def send(
        self,
        set_id: str,
        *,
        parent: str = "",
        on_output: Output,
        on_progress: Callable[[int, int], None],
        cancel: CancelToken | None = None,
    ) -> Summary:
        """Send a complete set, and check that the data that arrived is what was sent.

        Args:
            parent: the snapshot of the set that shares files with this one. If the folder from
                which that snapshot was made is still here, files with an unchanged inode are not
                read again; otherwise all files are read.

        Raises:
            PryvTuiError: `repository`; `check-failed`: what arrived differs, so it is not tagged as
                a set.
        """
        backup = self.described(set_id, self.folder / set_id)
        if backup.manifest is None:
            raise PryvTuiError("set-damaged", f"{set_id} can't be sent: {backup.problem}")
        # Listed again: the last listing may be too old.
        self._listed = None
        self._refuse_namesakes(set_id, "")
        made = self.restic.backup(
            backup.folder,
            set_id=set_id,
            domain=backup.manifest.domain,
            parent=parent if self._may_lead(parent) else "",
            on_output=on_output,
            on_progress=on_progress,
            cancel=cancel,
        )
        names = [*WORDS, *(f"{host.name}/{SUMS_NAME}" for host in backup.manifest.hosts)]
        problems = differences(self.restic, made, backup.folder, names)
        if problems:
            with contextlib.suppress(PryvTuiError):  # even if it stays, it is not a set
                self.restic.forget([made.snapshot_id], on_output=on_output)
            raise PryvTuiError(
                "check-failed",
                f"the set {set_id} did not arrive unchanged in {self.repository}:"
                f" {'; '.join(problems)}. The snapshot {made.snapshot_id} is not a set",
            )
        # Only this makes it a set.
        self.restic.name_set(made.snapshot_id, set_id, on_output=on_output, cancel=cancel)
        self.changed()
        # restic's summary has the first digits of the id before the tags were changed.
        ours = [s for s in self._list() if s.original.startswith(made.snapshot_id)]
        snapshot = next((s for s in ours if s.set_id == set_id), None)
        if snapshot is None:
            raise PryvTuiError(
                "check-failed", f"{self.repository} does not list the set {set_id} that was sent"
            )
        try:
            self._refuse_namesakes(set_id, snapshot.id)
        except PryvTuiError:
            # It was sent while ours was. No set may hide another one.
            self.restic.forget([snapshot.id], on_output=on_output)
            self.changed()
            raise
        self.cache.keep_origin(snapshot.id, set_id)
        self._carry_pins(snapshot.id, set_id)
        self._clear(set_id, on_output)
        return msgspec.structs.replace(made, snapshot_id=snapshot.id)

    def _carry_pins(self, snapshot: str, set_id: str) -> None:
        """Copy a set's pins to those of its snapshot: pins have to stay when the working copy is
        removed."""
        try:
            content = read_whole(self.folder / set_id / PINS, follow=False)
        except FileNotFoundError:
            return
        except OSError as error:
            raise vault_error(self.folder, error) from error
        self.cache.keep(snapshot, PINS, content)

    def _refuse_namesakes(self, set_id: str, ours: str) -> None:
        """Check that no other set in the repository has this name.

        Platforms that share a repository may start a backup in the same second.

        Raises:
            PryvTuiError: `refused`.
        """
        named = [s for s in self._list() if s.set_id == set_id]
        others = [snapshot for snapshot in named if snapshot.id != ours]
        self.cache.learn(others)
        if not all(self.cache.same(other.id, set_id) for other in others):
            raise PryvTuiError(
                "refused",
                f"{self.repository} holds another set with the name {set_id}",
                "Both sets stay. Take a new backup, which gets another name: pryv-tui backup",
            )

    def _clear(self, set_id: str, on_output: Output) -> None:
        """Remove the snapshots that earlier, failed attempts to send this set left in the
        repository."""
        words = read_whole(self.folder / set_id / SET_JSON, follow=False)
        for left in [s for s in self._list() if s.sending == set_id]:
            with contextlib.suppress(PryvTuiError):  # even if it stays, it is not a set
                if self.cache.read(left.id, SET_JSON) == words:
                    self.restic.forget([left.id], on_output=on_output)

    def _may_lead(self, parent: str) -> bool:
        """Whether restic may skip files that are unchanged since the snapshot `parent`."""
        sets = [s.set_id for s in self._list() if s.set_id and s.id == parent]
        return bool(sets) and self.is_origin(sets[0], parent)

    def is_origin(self, set_id: str, snapshot: str) -> bool:
        """Whether a set's folder here is the very folder from which a snapshot was made."""
        return self.cache.is_origin(snapshot, set_id)

    def fetch(
        self, backup: BackupSet, *, on_output: Output, cancel: CancelToken | None = None
    ) -> Path:
        """Fetch a set to this machine, and return its folder. The folder gets the set's name last.

        Raises:
            PryvTuiError: `repository`, `disk-full`; `set-damaged`: what came is not the set.
        """
        final, scratch = backup.folder, self.folder / FETCHING / backup.id
        with at_vault(self.folder):
            make_private(scratch.parent)
            if scratch.exists():
                remove_tree(scratch)  # left by an interrupted fetch
            scratch.mkdir(mode=0o700)
        self.restic.restore(backup.snapshot, scratch, on_output=on_output, cancel=cancel)
        manifest = backup.manifest
        wrong = broken_seal(scratch, sealed=bool(manifest and manifest.sealed))
        found = self.described(backup.id, scratch)
        if wrong or found.manifest != manifest:
            raise PryvTuiError(
                "set-damaged",
                f"the set {backup.id} did not come back unchanged from {self.repository}:"
                f" {'; '.join(wrong) or f'its {SET_JSON} differs'}. The fetched files are in"
                f" {scratch}",
            )
        for name in (VERIFIED, CHECKS, PINS):
            # They are about the files that were sent; the fetched ones were not checked yet.
            (scratch / name).unlink(missing_ok=True)
        descriptor = os.open(scratch, os.O_RDONLY | os.O_DIRECTORY)
        try:
            sync_filesystem(descriptor, os.fsencode(scratch))
        finally:
            os.close(descriptor)
        with at_vault(self.folder):
            rename_durably(scratch, final)
        return final

    def prune(self, *, on_output: Output, cancel: CancelToken | None = None) -> None:
        """Remove data that no snapshot needs.

        Raises:
            PryvTuiError: `repository`.
        """
        self.restic.prune(on_output=on_output, cancel=cancel)
        self.cache.pruned()

    def lists(self, snapshot: str) -> bool:
        """Whether the repository has a snapshot now.

        Raises:
            PryvTuiError: `repository`.
        """
        self._listed = None
        return any(found.id == snapshot for found in self._list())

    def is_sent(self, set_id: str) -> bool:
        """Whether the repository has this machine's set; another set of that name doesn't count.

        Raises:
            PryvTuiError: `repository`.
        """
        self._listed = None
        named = [s for s in self._list() if s.set_id == set_id]
        self.cache.learn(named)
        return any(self.cache.same(snapshot.id, set_id) for snapshot in named)
