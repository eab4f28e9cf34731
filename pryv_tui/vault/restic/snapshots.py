"""What is known on this machine of a repository's snapshots: their `set.json`, guide and checks.

A snapshot never changes, so what it says of itself is asked for once. Whoever gives one another tag
makes it another one, with the same tree: what was known of it is true of that one, too.
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
"""Where it lies, in the folder of working copies."""
ORIGIN = "origin.json"
"""Which very folder a snapshot was made of: a copy that was fetched has other files (inodes)."""
TREE = "tree"
"""What a snapshot holds, by restic's hash of it."""
STAMP = "changed"
"""Touched when this machine has changed the repository."""
TO_PRUNE = "to-prune"
"""There while the repository may hold data of sets that were forgotten here."""
AT_ONCE = 4
"""How many restics read at once."""
AGAIN_SECONDS = 120.0
"""How long a snapshot that could not be read is left alone."""
WORDS = (SET_JSON, GUIDE)


class SnapshotCache:
    """The words of the snapshots of one repository.

    Args:
        vault: the folder of working copies.
    """

    def __init__(self, vault: Path, restic: Restic) -> None:
        self.vault = vault
        self.unread: dict[str, tuple[float, str]] = {}
        """Snapshots that could not be read, with when that was and what was said."""
        self._restic = restic

    def folder(self, snapshot: str) -> Path:
        """Where a snapshot's words lie; made where it is not there.

        Raises:
            PryvTuiError: `disk-full`, `unreadable`.
        """
        folder = self.vault / KNOWN / snapshot
        with at_vault(self.vault):
            make_private(folder)
        return folder

    def learn(self, snapshots: Iterable[Snapshot]) -> None:
        """Read what new snapshots say of themselves; one that can't be read hides no other.

        Raises:
            PryvTuiError: `repository`, it does not answer any more; `disk-full`, `unreadable`.
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
            # Else it is the repository that is gone, and not what these snapshots hold.
            self._restic.snapshots()

    def _take_over(self, snapshots: Iterable[Snapshot]) -> None:
        """What came of the checks of a snapshot that had other tags, and what it was made of."""
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
        """Keep a file with what is known of a snapshot.

        Raises:
            PryvTuiError: `disk-full`, `unreadable`.
        """
        with at_vault(self.vault):
            write_durably(self.folder(snapshot) / name, content)

    def _read_words(self, snapshot: str) -> str:
        """What stood in the way, in words; empty where nothing did."""
        self.unread.pop(snapshot, None)
        for name in (GUIDE, SET_JSON):  # the one that is looked for comes last
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
        """A small file of a set.

        Raises:
            PryvTuiError: `repository`.
        """
        parts: list[bytes] = []
        self._restic.read(snapshot, f"/{name}", parts.append)
        return b"".join(parts)

    def of(self, snapshot: str) -> bytes | None:
        """Its `set.json`, where that is known."""
        try:
            return read_whole(self.folder(snapshot) / SET_JSON, follow=False)
        except OSError:
            return None

    def many(self) -> int:
        """How many sets are known to be there: read from there, or sent from here."""
        try:
            folders = [path for path in (self.vault / KNOWN).iterdir() if path.is_dir()]
            return sum(any(folder.iterdir()) for folder in folders)
        except OSError:
            return 0

    def same(self, snapshot: str, set_id: str) -> bool:
        """Whether a snapshot is the set of that name which is here."""
        words = self.of(snapshot)
        try:
            return words == read_whole(self.vault / set_id / SET_JSON, follow=False)
        except OSError:
            return False

    def keep_origin(self, snapshot: str, set_id: str) -> None:
        """Write down that a snapshot was made of the very folder that a set has here now.

        Raises:
            PryvTuiError: `disk-full`, `unreadable`.
        """
        with at_vault(self.vault):
            write_durably(self.folder(snapshot) / ORIGIN, _mark(self.vault / set_id))

    def is_origin(self, snapshot: str, set_id: str) -> bool:
        """Whether a set's folder here is the very one that a snapshot was made of."""
        try:
            return read_whole(self.folder(snapshot) / ORIGIN, follow=False) == _mark(
                self.vault / set_id
            )
        except OSError:
            return False

    @property
    def to_prune(self) -> bool:
        """Whether sets were forgotten here since their data was removed last."""
        return (self.vault / KNOWN / TO_PRUNE).exists()

    def forgetting(self) -> None:
        """Write down that data of a set is to be removed, before it is forgotten.

        Raises:
            PryvTuiError: `disk-full`, `unreadable`.
        """
        self.keep("", TO_PRUNE, b"")

    def pruned(self) -> None:
        """It is removed."""
        (self.vault / KNOWN / TO_PRUNE).unlink(missing_ok=True)

    def stamp(self) -> int:
        """Another number whenever this machine has changed the repository."""
        try:
            return (self.vault / KNOWN / STAMP).stat().st_mtime_ns
        except OSError:
            return 0

    def changed(self) -> None:
        """Have every process here ask the repository again.

        Raises:
            PryvTuiError: `disk-full`, `unreadable`.
        """
        with at_vault(self.vault):
            write_durably(self.folder("") / STAMP, b"")


def _mark(folder: Path) -> bytes:
    """What tells a set's folder from every other one, of the same name too."""
    found = (folder / SET_JSON).stat()
    return msgspec.json.encode([found.st_dev, found.st_ino, found.st_ctime_ns])
