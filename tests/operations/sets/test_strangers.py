"""What file servers and strangers put into a set is named and never restored; the lists decide."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.sets import verify as checking
from pryv_tui.operations.sets.strangers import without
from pryv_tui.operations.sets.verify import _check_store
from pryv_tui.operations.steps.bringing_back.copy_back import CopyBack
from pryv_tui.operations.steps.sets.verify_set import VerifySet
from pryv_tui.platform.layout import resolve_layout
from pryv_tui.vault.guide.page import NAME_STRANGERS
from pryv_tui.vault.sets import BackupSet
from pryv_tui.vault.strangers import is_known, topmost
from tests.operations.guards.based import Platform
from tests.operations.kit import Heard
from tests.vault.conftest import together
from tests.vault.engine import given

__all__ = ["together"]

verify_set = given(checking.verify_set)

HOST = "single-node"
KNOWN = [
    "@eaDir/file0@SynoEAStream", ".DS_Store", "._file0", "Thumbs.db",
    ".nfs000000000a1b2c3d00000001",
    "file0:Zone.Identifier", "lost+found/", ".snapshot/hourly.0/file0", "#recycle/x", ".@__thumb/",
    "desktop.ini", "System Volume Information/IndexerVolumeGuid", ".fuse_hidden0000000100000002",
    ".Trash-1000/files/x", "file0:AFP_AfpInfo:$DATA",
]  # fmt: skip
HOSTILE = [
    "planted", "planted.db", "etc/cron.d/job", ".hidden", "new\nline", "\udcff\udcfe", "@eadir",
]  # fmt: skip


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    made = Platform(tmp_path)
    (made.root / "pryv/core/data/below/deep").mkdir(parents=True)
    (made.root / "pryv/core/data/below/deep/letter").write_text("a letter")
    (made.root / "link").symlink_to("pryv")
    (made.root / "config-leader/database").mkdir(parents=True)
    with closing(sqlite3.connect(made.root / "config-leader/database/own.db")) as database:
        database.execute("CREATE TABLE t (a)")
    made.backup()
    return made


def newest(platform: Platform) -> BackupSet:
    return platform.vault.resolve(platform.vault.sets()[-1].id)


def files_of(platform: Platform) -> Path:
    return newest(platform).folder / HOST / "files"


def put(folder: Path, name: str) -> None:
    """Something that is there, whatever it is; a folder where the name ends so."""
    path = folder / name
    if name.endswith("/"):
        path.mkdir(parents=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("not the set's")


def restored(
    platform: Platform, tmp_path: Path, meanwhile: Callable[[], None] = lambda: None
) -> tuple[Path, Heard]:
    """Check the set and copy it back, as a restore does."""
    ctx, heard = platform.context()
    backup = newest(platform)
    assert backup.manifest is not None
    (part,) = backup.manifest.hosts
    VerifySet(folder=backup.path, set_id=backup.id, hosts=(HOST,)).perform(ctx)
    meanwhile()
    root = tmp_path / "back"
    root.mkdir()
    CopyBack(
        host=HOST,
        source=f"{backup.path}/{HOST}",
        root=str(root),
        files=part.files,
        bytes=part.bytes,
        folders=part.folders,
        recreated=(),
        links=part.links,
        index=part.index,
        tree=part.tree,
    ).perform(ctx)
    return root, heard


def names(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*")}


@pytest.fixture(params=["alone", "together"])
def engine(request: pytest.FixtureRequest) -> None:
    """One process copies and checks, or several."""
    if request.param == "together":
        request.getfixturevalue("together")


@pytest.mark.parametrize("where", ["", "pryv/core/data", "pryv/core/data/below/deep"])
def test_what_file_servers_leave_changes_nothing(
    platform: Platform, tmp_path: Path, engine: None, where: str
) -> None:
    for name in KNOWN:
        put(files_of(platform) / where, name)
    found = verify_set(platform.vault, newest(platform))
    assert (found.outcome, found.problems, found.unexpected) == ("good", (), 0)
    assert found.strangers_count == len(KNOWN)
    assert all("left by a file server" in line for line in found.strangers)
    root, heard = restored(platform, tmp_path)
    assert names(root) == names(platform.root)
    assert not [text for level, text in heard.notes if level == "warning"]
    assert sum("it is not restored" in text for _, text in heard.notes) == len(KNOWN)


@pytest.mark.parametrize("name", [*HOSTILE, "pryv/core/data/file9", "pryv/core/data/below/deep/x"])
def test_what_nobody_expects_there_is_named_and_not_restored(
    platform: Platform, tmp_path: Path, engine: None, name: str
) -> None:
    put(files_of(platform), name)
    found = verify_set(platform.vault, newest(platform))
    assert (found.outcome, found.unexpected, found.strangers_count) == ("good", 1, 1)
    root, heard = restored(platform, tmp_path)
    assert names(root) == names(platform.root)
    assert [text for level, text in heard.notes if level == "warning" and "lists" in text]


@pytest.mark.parametrize(
    "plant",
    [
        lambda files: (files / "planted").symlink_to("/etc"),
        lambda files: (files / "pryv/core/data/planted").symlink_to("/etc/passwd"),
        lambda files: os.mkfifo(files / "planted"),
        lambda files: os.link(files / "pryv/core/data/file0", files / "planted"),
    ],
)
def test_so_it_is_with_links_and_fifos(
    platform: Platform, tmp_path: Path, engine: None, plant: Callable[[Path], None]
) -> None:
    plant(files_of(platform))
    found = verify_set(platform.vault, newest(platform))
    assert (found.outcome, found.unexpected) == ("good", 1)
    root, _ = restored(platform, tmp_path)
    assert names(root) == names(platform.root)


@pytest.mark.parametrize(
    "name", ["planted", "pryv/core/data/below/deep/.DS_Store", "pryv/@eaDir/x", "late/", "a/b/c"]
)
def test_what_comes_after_the_check_is_not_restored_either(
    platform: Platform, tmp_path: Path, engine: None, name: str
) -> None:
    """Listing a folder is enough to have a desktop leave something there."""
    root, heard = restored(platform, tmp_path, lambda: put(files_of(platform), name))
    assert names(root) == names(platform.root)
    (told,) = [text for level, text in heard.notes if level == "warning"]
    assert "is in none of the set's lists, and was not put into the root" in told
    where = root / "pryv/core/data/below/deep"
    assert (
        where.stat().st_mtime_ns
        == (files_of(platform) / where.relative_to(root)).stat().st_mtime_ns
    )


def test_a_restore_tells_of_what_comes_back_with_rights_of_its_own(
    platform: Platform, tmp_path: Path, engine: None
) -> None:
    """Whoever has the set in hand may have given them: no list holds a file's mode."""
    data = files_of(platform) / "pryv/core/data"
    put(data, "planted")
    for name in ("file2", "planted"):
        (data / name).chmod(0o4755)
    root, heard = restored(platform, tmp_path)
    told = [
        text
        for level, text in heard.notes
        if level == "warning" and "was restored like that" in text
    ]
    (line,) = told
    assert "pryv/core/data/file2 runs as the user" in line
    look = line.partition("See who owns the file: ")[2]
    shown = subprocess.run(look, shell=True, capture_output=True, text=True, check=True).stdout
    assert shown.startswith("-rws") and shown.endswith(f"{root}/pryv/core/data/file2\n")


def test_a_folder_that_comes_after_the_check_and_is_a_listed_one_changed_is_damage(
    platform: Platform, tmp_path: Path, engine: None
) -> None:
    with pytest.raises(PryvTuiError, match="not as it was copied"):
        restored(platform, tmp_path, lambda: (files_of(platform) / "pryv/core/data").chmod(0o701))


def test_what_the_lists_say_is_part_of_the_set_whatever_it_is_called(
    platform: Platform, tmp_path: Path, engine: None
) -> None:
    """A root on a file server has such things too: they were copied, and come back. Only what a
    file system keeps of former states is never copied."""
    for name in KNOWN:
        put(platform.root / "pryv/core/data", name)
    platform.backup()
    found = verify_set(platform.vault, newest(platform))
    assert (found.outcome, found.strangers) == ("good", ())
    root, _ = restored(platform, tmp_path)
    kept = {name for name in names(platform.root) if "/.snapshot" not in name}
    assert names(root) == kept
    assert len(kept) < len(names(platform.root))


def test_what_is_listed_has_to_be_there_and_whole_whatever_lies_beside_it(
    platform: Platform, tmp_path: Path, engine: None
) -> None:
    files = files_of(platform)
    put(files / "pryv/core/data", ".DS_Store")
    (files / "pryv/core/data/file1").rename(files / "pryv/core/data/._file1")
    found = verify_set(platform.vault, newest(platform))
    assert found.outcome == "bad"
    assert f"{HOST}: pryv/core/data/file1 is missing" in found.problems
    with pytest.raises(PryvTuiError, match="file1 is missing"):
        restored(platform, tmp_path)


def test_a_set_is_good_again_when_its_damage_is_gone(platform: Platform, tmp_path: Path) -> None:
    files = files_of(platform)
    kept = files.with_name("kept")
    (files / "pryv/core/data/file1").rename(kept)
    assert verify_set(platform.vault, newest(platform)).outcome == "bad"
    assert newest(platform).state == "damaged"
    kept.rename(files / "pryv/core/data/file1")
    put(files, "@eaDir/x")
    assert verify_set(platform.vault, newest(platform)).outcome == "good"
    assert newest(platform).state == "complete"
    assert newest(platform).problem == ""
    restored(platform, tmp_path)


def test_a_part_of_a_check_names_them_too(platform: Platform) -> None:
    put(files_of(platform), "planted")
    found = verify_set(platform.vault, newest(platform), parts=50)
    assert (found.outcome, found.unexpected) == ("good", 1)


def test_a_planted_database_is_not_counted_as_the_sets(platform: Platform) -> None:
    own = files_of(platform) / "config-leader/database/own.db"
    shutil.copy(own, own.with_name("planted.db"))
    found = verify_set(platform.vault, newest(platform))
    assert (found.outcome, found.unexpected) == ("good", 1)


def test_a_store_sees_its_dump_without_them(tmp_path: Path) -> None:
    """A name that begins with `._` and ends as a dump's file would be read as one."""
    dump = tmp_path / "pryv/mongodb/backup/pryv-node"
    dump.mkdir(parents=True)
    for name in ("events.bson", "._events.bson", "planted.bson"):
        (dump / name).write_text(name)
    put(dump, "@eaDir/events.bson")
    lead = b"pryv/mongodb/backup/pryv-node/"
    strange = [lead + name for name in (b"._events.bson", b"planted.bson", b"@eaDir")]
    with without(tmp_path, strange, ("pryv/mongodb/backup", "")) as seen:
        found = names(seen / "pryv/mongodb/backup")
        assert (seen / "pryv/mongodb/backup/pryv-node/events.bson").read_text() == "events.bson"
    assert found == {"pryv-node", "pryv-node/events.bson"}
    with without(tmp_path, [b"elsewhere"], ("pryv/mongodb/backup",)) as seen:
        assert seen == tmp_path


@pytest.mark.parametrize("name", KNOWN)
def test_known_ones(name: str) -> None:
    assert is_known(name.rstrip("/").encode())


@pytest.mark.parametrize("name", [*HOSTILE, "a.DS_Store", "nfs0001", "snapshot", "x/eaDir", "._"])
def test_not_known_ones(name: str) -> None:
    assert not is_known(os.fsencode(name))


def test_what_a_folder_holds_goes_with_it_and_the_unexpected_comes_first() -> None:
    found = topmost([b"@eaDir", b"@eaDir/x", b"z", b"a/b", b"a-b", b"a", b"@eaDir!"])
    assert found == [b"@eaDir!", b"a", b"a-b", b"z", b"@eaDir"]


def test_a_damaged_set_is_refused_with_what_clears_it(platform: Platform) -> None:
    (files_of(platform) / "pryv/core/data/file1").unlink()
    assert verify_set(platform.vault, newest(platform)).outcome == "bad"
    backup = newest(platform)
    why = backup.why_not("restore")
    assert why is not None and f"check it again: pryv-tui verify {backup.id}" in why.remedy
    why = msgspec.structs.replace(backup, manifest=None).why_not("restore")
    assert why is not None and "verify" not in why.remedy


def test_by_hand_a_file_that_is_in_no_list_is_named(platform: Platform) -> None:
    """So says RESTORE.md; a planted one comes first to mind, a server's is the likely one."""
    folder = newest(platform).folder
    put(files_of(platform), "planted")
    put(files_of(platform) / "pryv/core/data", ".DS_Store")
    assert NAME_STRANGERS in (folder / "RESTORE.md").read_text()
    done = subprocess.run(
        ["sh", "-c", NAME_STRANGERS], cwd=folder / HOST, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["files/planted", "files/pryv/core/data/.DS_Store"]


@pytest.mark.parametrize("name", ["._events.bson", "._events.metadata.json", "planted.bson"])
def test_a_check_counts_a_dump_without_them(platform: Platform, name: str) -> None:
    """A check of the whole set, not of the list alone, sees what a store would."""
    files = files_of(platform)
    dump = files / "pryv/mongodb/backup/pryv-node"
    dump.mkdir(parents=True)
    (dump / "events.bson").write_bytes(b"\5\0\0\0\0")
    (dump / "events.metadata.json").write_text("{}")
    (dump / name).write_bytes(b"\0\5\x16\7 of a Mac")
    layout, holds = resolve_layout(("core",), "/var/pryv", {}), {"collections": {"events": 1}}
    strange = (b"pryv/mongodb/backup/pryv-node/" + name.encode(),)
    _check_store("mongodb", files, layout, holds, strange)
    with pytest.raises(PryvTuiError, match="damaged"):
        _check_store("mongodb", files, layout, holds, ())
