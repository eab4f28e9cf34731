"""What the user of this process may not read is no word about a set, however it is read."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.sets import verify as checking
from pryv_tui.operations.steps.sets.verify_set import VerifySet
from pryv_tui.reading import GONE
from pryv_tui.vault.files.pieces import FOLDER_KIND, Kind, Left, Piece
from pryv_tui.vault.native.library import NativeFolders
from pryv_tui.vault.set_files import CHECKS, VERIFIED
from pryv_tui.vault.vault import Vault
from tests.operations.guards.based import Platform
from tests.operations.overview.test_verify_set import HOST, Kept, kept, pristine
from tests.vault.conftest import built, by_python, together
from tests.vault.engine import given

__all__ = ["built", "by_python", "kept", "pristine", "together"]

verify_set = given(checking.verify_set)

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user: needs root")
SOMEBODY = 4711
WAYS = {"alone": (), "library": ("built", "together"), "python": ("together", "by_python")}
"""Who reads: the process itself, helpers with the library, helpers without; and their fixtures."""
CLOSED = {
    "file": f"{HOST}/files/pryv/core/data/file2",
    "dump": f"{HOST}/files/pryv/mongodb/backup/events.bson",
    "folder": f"{HOST}/files/pryv/core/data",
    "root": f"{HOST}/files",
    "part": HOST,
    "sums": f"{HOST}/SHA256SUMS",
    "tree": f"{HOST}/TREE",
    "index": f"{HOST}/INDEX",
    "seal": "set.sha256",
    "guide": "RESTORE.md",
    "set.json": "set.json",
    "set": "",
}
"""What is closed, in a vault of its own."""


class Told(NamedTuple):
    """What somebody who is not root was told."""

    state: str
    outcome: str
    what: str
    remedy: str = ""


def _told(vault: Path, parts: int) -> Told:
    (backup,) = Vault(vault).sets()
    try:
        found = verify_set(Vault(vault), backup, parts=parts)
    except PryvTuiError as error:
        return Told(backup.state, error.name, error.what, error.remedy)
    return Told(backup.state, found.outcome, "; ".join(found.problems))


class Vaults(NamedTuple):
    """Vaults with a set each, of which something is closed."""

    folder: Path

    def checked(self, parts: int = 1) -> dict[str, Told]:
        """What a process of somebody else's is told of each."""
        _told(self.folder / "open", parts)  # whatever it needs of ours is read now
        there, here = os.pipe()
        child = os.fork()
        if not child:
            with suppress(BaseException):
                os.setgroups([])
                os.setresgid(SOMEBODY, SOMEBODY, SOMEBODY)
                os.setresuid(SOMEBODY, SOMEBODY, SOMEBODY)
                told = {vault.name: _told(vault, parts) for vault in self.all}
                os.write(here, json.dumps(told).encode())
                os._exit(0)
            os._exit(1)
        os.close(here)
        with os.fdopen(there, "rb") as file:
            words = file.read()
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        return {name: Told(*told) for name, told in json.loads(words).items()}

    @property
    def all(self) -> list[Path]:
        return sorted(self.folder.iterdir())

    def words(self) -> dict[Path, bytes]:
        """What is kept of the checks of each."""
        return {
            path: path.read_bytes()
            for vault in self.all
            for name in (VERIFIED, CHECKS)
            for path in vault.glob(f"*/{name}")
        }


@pytest.fixture(scope="module")
def vaults() -> Iterator[Vaults]:
    # Not one of pytest's folders: those are closed to everybody else.
    folder = Path(tempfile.mkdtemp(prefix="pryv-tui-rights-"))
    folder.chmod(0o755)
    (folder / "made").mkdir()
    umask = os.umask(0o022)
    try:
        platform = Platform(folder / "made")
        platform.backup()
        assert platform.verify() == "good"
        for name in ("open", *CLOSED):
            vault = folder / "vaults" / name
            shutil.copytree(folder / "made/vault", vault, symlinks=True)
            (made,) = (entry for entry in vault.iterdir() if entry.is_dir())
            vault.chmod(0o777)
            # Whatever would be written into it could be.
            made.chmod(0o777)
            (made / HOST).chmod(0o755)
            for path in (*made.iterdir(), *(made / HOST).iterdir()):
                if path.is_file():
                    path.chmod(0o644)
            if name in CLOSED:
                closed = made / CLOSED[name]
                closed.chmod(0o700 if closed.is_dir() else 0o600)
        yield Vaults(folder / "vaults")
    finally:
        os.umask(umask)
        shutil.rmtree(folder)


@AS_ROOT
@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_said_of_a_set_by_who_may_not_read_it(
    vaults: Vaults, way: str, request: pytest.FixtureRequest
) -> None:
    for fixture in WAYS[way]:
        request.getfixturevalue(fixture)
    before = vaults.words()
    told = vaults.checked()
    assert told.pop("open")[:2] == ("complete", "good")
    assert {name: one.outcome for name, one in told.items()} == dict.fromkeys(CLOSED, "rights")
    for name, one in told.items():
        assert "can't be read by the user 4711" in one.what or one.state == "closed", name
    assert {one.remedy.partition(". ")[0] for one in told.values()} == {
        "Run the same command as root (sudo)"
    }
    assert told["file"].what.startswith("pryv/core/data/file2 "), "the very file is named"
    assert {one.state for name, one in told.items() if name in ("set.json", "set")} == {"closed"}
    kept = vaults.words()
    assert {path: kept[path] for path in before if path.parents[1].name != "open"} == {
        path: words for path, words in before.items() if path.parents[1].name != "open"
    }


@AS_ROOT
def test_nor_of_a_part_of_it(vaults: Vaults) -> None:
    """Names and folders are compared in each part, a file's content in one of them."""
    told = [vaults.checked(parts=2) for _ in range(2)]
    assert {one.outcome for names in told for one in names.values()} == {"good", "rights"}
    assert "rights" in {names["file"].outcome for names in told}


@AS_ROOT
def test_root_reads_all_of_it(vaults: Vaults) -> None:
    for vault in vaults.all:
        (backup,) = Vault(vault).sets()
        # A mode of the tree's own is a part of the set, and was changed.
        odd = vault.name in ("folder", "root")
        found = verify_set(Vault(vault), backup)
        assert (vault.name, found.outcome) == (vault.name, "bad" if odd else "good")


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM])
@pytest.mark.parametrize("after", range(0, 30, 5))
def test_whatever_was_opened_when_rights_ended(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, number: int, after: int
) -> None:
    """As where a file server keeps root out."""
    before = {name: (kept.folder / name).read_bytes() for name in (VERIFIED, CHECKS)}
    backup, really, count = kept.backup, os.open, [0]

    def barred(*words: object, **more: object) -> int:
        count[0] += 1
        if after < count[0]:
            raise OSError(number, os.strerror(number))
        return really(*words, **more)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", barred)
        try:
            assert verify_set(kept.vault, backup).outcome == "good"
        except PryvTuiError as error:
            assert error.name == "rights", error.what
            assert "nothing was found out about the set, and nothing is kept" in error.kind.meaning
            kept_now = {name: (kept.folder / name).read_bytes() for name in before}
            assert kept_now == before
    assert kept.backup.state == "complete"


class _Reads:
    """Reading ends with an error of the system after so many pieces, although all was opened; for
    good, or once."""

    def __init__(
        self, patch: pytest.MonkeyPatch, number: int, after: int, *, once: bool = False
    ) -> None:
        self.left = after
        really = os.readv

        def look() -> None:
            self.left -= 1
            if self.left == -1 or (self.left < 0 and not once):
                raise OSError(number, os.strerror(number))

        class Barred(io.FileIO):
            def readinto(self, buffer: Any) -> int | None:
                look()
                return super().readinto(buffer)

            def readall(self) -> bytes:
                look()
                return super().readall()

        def readv(*words: Any) -> int:
            look()
            return really(*words)

        patch.setattr(io, "FileIO", Barred)
        patch.setattr(os, "readv", readv)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM])
@pytest.mark.parametrize("once", [True, False])
@pytest.mark.parametrize("after", range(0, 40, 3))
def test_nor_where_a_file_server_asks_for_rights_when_it_is_read(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, number: int, after: int, once: bool
) -> None:
    """What was opened may be barred all the same: the server knows who asks only now."""
    before = {name: (kept.folder / name).read_bytes() for name in (VERIFIED, CHECKS)}
    backup = kept.backup
    with monkeypatch.context() as patch:
        reads = _Reads(patch, number, after, once=once)
        try:
            assert verify_set(kept.vault, backup).outcome == "good"
        except PryvTuiError as error:
            assert error.name == "rights", error.what
            assert {name: (kept.folder / name).read_bytes() for name in before} == before
        # Nor is it one where sets are looked through, or a restore begins.
        reads.left = 0
        assert {one.state for one in kept.vault.sets()} == {"closed"}
        reads.left = after
        ctx, _ = kept.platform.context()
        try:
            VerifySet(folder=str(kept.folder), set_id=kept.id, hosts=(HOST,)).perform(ctx)
        except PryvTuiError as error:
            assert error.name in ("rights", "set-unknown", "unreadable"), error.what
    assert kept.backup.state == "complete"


@pytest.mark.parametrize("once", [True, False])
@pytest.mark.parametrize("after", range(0, 40, 4))
def test_nor_where_the_file_server_goes_away_meanwhile(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, after: int, once: bool
) -> None:
    folder, backup = kept.folder, kept.backup
    before = {name: (folder / name).read_bytes() for name in (VERIFIED, CHECKS)}
    number = GONE[after % len(GONE)]
    with monkeypatch.context() as patch:
        reads = _Reads(patch, number, after, once=once)
        try:
            assert verify_set(kept.vault, backup).outcome == "good"
        except PryvTuiError as error:
            assert error.name == "server-gone", error.what
            said = "does not answer any more; nothing was found out about the set, and nothing is"
            assert said in error.kind.meaning
            assert "mount it again" in error.remedy
            assert {name: (folder / name).read_bytes() for name in before} == before
        # No set is called damaged by who looks them through.
        reads.left = 0
        with pytest.raises(PryvTuiError, match="does not answer"):
            kept.vault.sets()
    assert kept.backup.state == "complete"


@pytest.mark.usefixtures("built", "together")
def test_what_the_library_could_not_read_is_looked_for_once_more(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It leaves what it may not open, and says nothing of it; by then it may be well."""
    asked: list[bytes] = []

    def barred(
        _: NativeFolders, _ends: object, _of: object, names: list[bytes], lead: bytes, *_at: Any,
        **_more: Any,
    ) -> Piece:  # fmt: skip
        paths = [(lead + name[1:]).removeprefix(b"files/") for name in names]
        asked.extend(paths)
        kinds = [Kind.FOLDER if name[:1] == FOLDER_KIND else Kind.FILE for name in names]
        left = [Left(kind, path, b"", (0, 0)) for kind, path in zip(kinds, paths, strict=True)]
        return Piece(len(names), [*left])

    with monkeypatch.context() as patch:
        patch.setattr(NativeFolders, "do", barred)
        assert verify_set(kept.vault, kept.backup).outcome == "good"
    assert b"pryv/core/data/file2" in asked
    assert kept.backup.state == "complete"


def test_a_file_that_the_disk_can_not_read_is_damage(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = os.open

    def bad(name: object, *words: object, **more: object) -> int:
        if name == b"file2":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return really(name, *words, **more)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", bad)
        assert verify_set(kept.vault, kept.backup).outcome == "bad"
    assert kept.backup.state == "damaged"
