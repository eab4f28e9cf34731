"""What this machine stores about a repository's snapshots: their `set.json`, guide and checks.

A snapshot never changes, so its `set.json` and guide are read only once. Changing a snapshot's tags
makes a new snapshot with the same tree: what is known about the old one is true for the new one
too.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.durable import write_durably
from pryv_tui.ownership import make_private
from pryv_tui.reading import read_whole
from pryv_tui.vault.restic.program import Restic
from pryv_tui.vault.restic.protocol import Snapshot
from pryv_tui.vault.set_files import CHECKS, GUIDE, PINS, SET_JSON, VERIFIED
from pryv_tui.vault.vault import at_vault

KNOWN = ".repository"
"""Folder for these files, in the folder of working copies."""
ORIGIN = "origin.json"
"""Records from which very folder a snapshot was made. A fetched copy has other inodes."""
TREE = "tree"
"""Records restic's hash of a snapshot's content."""
STAMP = "changed"
"""Written when this machine changes the repository."""
TO_PRUNE = "to-prune"
"""Name of a file that exists while the repository may contain data of sets forgotten here."""
AT_ONCE = 4
"""Number of restic processes that read at the same time."""
AGAIN_SECONDS = 120.0
"""Pause before a snapshot that could not be read is tried again."""
WORDS = (SET_JSON, GUIDE)


class SnapshotCache:
    """The stored files about one repository's snapshots.

    Args:
        vault: the folder of working copies.
    """

    def __init__(self, vault: Path, restic: Restic) -> None:
        self.vault = vault
        self.unread: dict[str, tuple[float, str]] = {}
        """Snapshots that could not be read: when (monotonic seconds), and the error."""
        self._restic = restic

    def folder(self, snapshot: str) -> Path:
        """Return the folder for a snapshot's files; it is created if it is missing.

        Raises:
            PryvTuiError: `disk-full`, `unreadable`.
        """
        folder = self.vault / KNOWN / snapshot
        with at_vault(self.vault):
            make_private(folder)
        return folder

    def learn(self, snapshots: Iterable[Snapshot]) -> None:
        """Read `set.json` and guide of new snapshots; one that can't be read is added to `unread`.

        Raises:
            PryvTuiError: `repository`: the repository no longer answers; `disk-full`, `unreadable`.
        """
        now = time.monotonic()
        asked = list(snapshots)
        unknown = [s for s in asked if not (self.folder(s.id) / SET_JSON).exists()]
        if any(s.tree for s in unknown):
            self._take_over(unknown)
        for snapshot in asked:
            self._keep_tree(snapshot)
        new = [
            s.id
            for s in unknown
            if now - self.unread.get(s.id, (-AGAIN_SECONDS, ""))[0] >= AGAIN_SECONDS
        ]
        if not new:
            return
        with ThreadPoolExecutor(AT_ONCE) as pool:
            failed = [problem for problem in pool.map(self._read_words, new) if problem]
        if failed:
            # Raises if the repository itself is gone; otherwise only these snapshots are bad.
            self._restic.snapshots()

    def _take_over(self, snapshots: Iterable[Snapshot]) -> None:
        """Copy checks, pins and origin to these snapshots from earlier ones with the same tree and
        other tags."""
        known: dict[str, tuple[int, Path]] = {}
        for folder in (self.vault / KNOWN).iterdir():
            try:
                checked = (folder / CHECKS).stat().st_mtime_ns if (folder / CHECKS).exists() else 0
                tree = read_whole(folder / TREE, follow=False).decode("utf-8", "replace")
            except OSError:
                continue
            known[tree] = max(known.get(tree, (-1, folder)), (checked, folder))
        for snapshot in snapshots:
            if snapshot.tree not in known:
                continue
            _checked, former = known[snapshot.tree]
            for name in (CHECKS, VERIFIED, PINS, ORIGIN):
                try:
                    content = read_whole(former / name, follow=False)
                except OSError:
                    continue
                self.keep(snapshot.id, name, content)

    def _keep_tree(self, snapshot: Snapshot) -> None:
        if snapshot.tree and not (self.folder(snapshot.id) / TREE).exists():
            self.keep(snapshot.id, TREE, snapshot.tree.encode())

    def keep(self, snapshot: str, name: str, content: bytes) -> None:
        """Store a file about a snapshot.

        Raises:
            PryvTuiError: `disk-full`, `unreadable`.
        """
        with at_vault(self.vault):
            write_durably(self.folder(snapshot) / name, content)

    def _read_words(self, snapshot: str) -> str:
        """Read and store a snapshot's guide and `set.json`. Return the error; empty if there is
        none."""
        self.unread.pop(snapshot, None)
        for name in (GUIDE, SET_JSON):  # SET_JSON last: its presence means that both were stored
            try:
                content = self.read(snapshot, name)
            except PryvTuiError as error:
                if error.name == "cancelled":
                    raise
                self.unread[snapshot] = (time.monotonic(), f"{name}: {error.what}")
                return error.what
            self.keep(snapshot, name, content)
        return ""

    def read(self, snapshot: str, name: str) -> bytes:
        """Read a small file of a set from its snapshot.

        Raises:
            PryvTuiError: `repository`.
        """
        parts: list[bytes] = []
        self._restic.read(snapshot, f"/{name}", parts.append)
        return b"".join(parts)

    def of(self, snapshot: str) -> bytes | None:
        """Return a snapshot's `set.json`; None if it is not stored here."""
        try:
            return read_whole(self.folder(snapshot) / SET_JSON, follow=False)
        except OSError:
            return None

    def many(self) -> int:
        """Return the number of snapshots with files stored here."""
        try:
            folders = [path for path in (self.vault / KNOWN).iterdir() if path.is_dir()]
            return sum(any(folder.iterdir()) for folder in folders)
        except OSError:
            return 0

    def same(self, snapshot: str, set_id: str) -> bool:
        """Whether a snapshot is the very set that is in the folder here under this name."""
        words = self.of(snapshot)
        try:
            return words == read_whole(self.vault / set_id / SET_JSON, follow=False)
        except OSError:
            return False

    def keep_origin(self, snapshot: str, set_id: str) -> None:
        """Record that a snapshot was made from the set's present folder here.

        Raises:
            PryvTuiError: `disk-full`, `unreadable`.
        """
        with at_vault(self.vault):
            write_durably(self.folder(snapshot) / ORIGIN, _mark(self.vault / set_id))

    def is_origin(self, snapshot: str, set_id: str) -> bool:
        """Whether a set's folder here is the very folder from which a snapshot was made."""
        try:
            return read_whole(self.folder(snapshot) / ORIGIN, follow=False) == _mark(
                self.vault / set_id
            )
        except OSError:
            return False

    @property
    def to_prune(self) -> bool:
        """Whether sets were forgotten here since the last prune."""
        return (self.vault / KNOWN / TO_PRUNE).exists()

    def forgetting(self) -> None:
        """Record, before a set is forgotten, that its data has to be pruned.

        Raises:
            PryvTuiError: `disk-full`, `unreadable`.
        """
        self.keep("", TO_PRUNE, b"")

    def pruned(self) -> None:
        """Record that the repository was pruned."""
        (self.vault / KNOWN / TO_PRUNE).unlink(missing_ok=True)

    def stamp(self) -> int:
        """Return a number that changes when this machine changes the repository."""
        try:
            return (self.vault / KNOWN / STAMP).stat().st_mtime_ns
        except OSError:
            return 0

    def changed(self) -> None:
        """Make all processes on this machine list the repository again.

        Raises:
            PryvTuiError: `disk-full`, `unreadable`.
        """
        with at_vault(self.vault):
            write_durably(self.folder("") / STAMP, b"")


def _mark(folder: Path) -> bytes:
    """Return bytes that identify a set's folder among all others, also those with the same name."""
    found = (folder / SET_JSON).stat()
    return msgspec.json.encode([found.st_dev, found.st_ino, found.st_ctime_ns])
