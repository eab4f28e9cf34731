"""What steps that could not do all of it say of the rest: where it lies, and what was not done."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui import own_folder
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.steps.bringing_back.release_aside import ReleaseAside
from pryv_tui.operations.steps.sets.verify_set import VerifySet
from pryv_tui.operations.steps.taking import copy_root
from pryv_tui.operations.steps.taking.check_store import CheckStore
from pryv_tui.operations.steps.taking.copy_root import _usable
from pryv_tui.operations.steps.taking.prepare_dump import put_back_dump
from pryv_tui.operations.stores.sqlite import look
from pryv_tui.vault.copying.parent import Parent
from pryv_tui.vault.lists.index import digest_of_list
from pryv_tui.vault.set_files import FILES_NAME, INDEX_NAME, SUMS_NAME
from tests.hosts.machines import StillHost
from tests.operations.guards.guarded import core_on, root_in
from tests.operations.kit import context, platform_of, telling
from tests.operations.overview.test_verify_set import HOST, Kept, flip, kept, pristine

__all__ = ["kept", "pristine"]


def remedy(act: Any, *given: Any) -> str:
    """What somebody is told to do where it fails; empty where it does not."""
    try:
        act(*given)
    except PryvTuiError as error:
        return error.remedy
    return ""


def test_of_a_folder_that_is_none_of_ours_nothing_is_removed_whatever_was_before(
    tmp_path: Path,
) -> None:
    """A release is of several folders: what is removed by then is not said to be there."""
    ctx, _ = context(tmp_path, StillHost("core"))
    ours, strange = (own_folder.aside(tmp_path, name) for name in ("ONE", "TWO"))
    elsewhere = tmp_path / "elsewhere"
    for folder in (ours, elsewhere):
        folder.mkdir(parents=True)
        (folder / "file").touch()
    strange.symlink_to(elsewhere)
    steps = [ReleaseAside(host="core", root=str(tmp_path), folder=str(f)) for f in (ours, strange)]
    told = [remedy(step.perform, ctx) for step in steps]
    assert [one.startswith("Nothing of it was removed. See what it is: ") for one in told] == [
        False,
        True,
    ]
    assert "Nothing was removed" not in told[1]
    assert not ours.exists() and (elsewhere / "file").exists()


@pytest.mark.parametrize("in_repository", [True, False])
@pytest.mark.parametrize("spoilt", [True, False])
def test_the_repository_may_hold_it_whole_is_said_of_a_copy_of_what_is_there(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, in_repository: bool, spoilt: bool
) -> None:
    ctx, _ = kept.platform.context()
    backup = msgspec.structs.replace(kept.backup, snapshot="abcd" if in_repository else "")
    monkeypatch.setattr(type(ctx.site.vault), "resolve", lambda *_given: backup)
    if spoilt:
        flip(kept.folder / HOST / "files/pryv/core/data/file2", 9)
    step = VerifySet(folder=str(kept.folder), set_id=kept.id, hosts=(HOST,))
    told = remedy(step.perform, ctx)
    assert ("The repository may have an undamaged copy." in told) is (in_repository and spoilt)
    assert bool(told) is spoilt


def database(path: Path, *, damaged: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as made, made:
        made.execute("CREATE TABLE rows (row TEXT)")
        made.executemany("INSERT INTO rows VALUES (?)", [("x" * 900,)] * 40)
    if damaged:
        content = path.read_bytes()
        path.write_bytes(content[: 6 * 4096] + b"\xff" * 4096 + content[7 * 4096 :])


@pytest.mark.parametrize(
    ("source", "copied", "said"),
    [(False, False, False), (True, True, True), (False, True, False), (True, False, False)],
)
def test_the_set_holds_it_as_it_is_is_said_of_what_was_damaged_before_it_was_copied(
    tmp_path: Path, source: bool, copied: bool, said: bool
) -> None:
    root = root_in(tmp_path)
    state = core_on(root)
    place = "pryv/core/data/anna/audit.sqlite"
    database(root / place, damaged=source)
    database(tmp_path / "set" / FILES_NAME / place, damaged=copied)
    ctx, _ = context(tmp_path, StillHost("core"), deployment=platform_of(state))
    layout = msgspec.structs.replace(state.layout, sqlite=("pryv/core/data/*/audit.sqlite",))
    step = CheckStore(host="core", store="sqlite", layout=layout, destination=str(tmp_path / "set"))
    found = look(tmp_path / "set" / FILES_NAME, layout)
    assert list(found) == [place]
    step._damaged(ctx, found)
    told = "\n".join(ctx.facts.warnings)
    assert ("so its copy in the set is too. An older set may have it undamaged:" in told) is said


@pytest.mark.parametrize("damaged", [True, False])
@pytest.mark.parametrize("unfinished", ["none", "not begun", "begun"])
def test_everything_is_copied_is_said_where_nothing_else_is_linked_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damaged: bool, unfinished: str
) -> None:
    folder = tmp_path / "former/core"
    folder.mkdir(parents=True)
    for name in (INDEX_NAME, SUMS_NAME):
        (folder / name).write_text("a list\n")
    index, sums = (digest_of_list(folder / name) for name in (INDEX_NAME, SUMS_NAME))
    rest = Parent(set_id="REST", folder=str(tmp_path / "rest"), index="", sums="")
    partial = rest if unfinished != "none" else None
    parent = Parent(
        set_id="FORMER", folder=str(folder), index=index, sums=sums, verified=True, partial=partial
    )
    if damaged:
        (folder / INDEX_NAME).write_text("another list\n")
    monkeypatch.setattr(copy_root, "begun", lambda _folder: unfinished == "begun")
    ctx, _ = context(tmp_path, StillHost("core"))
    used = _usable(ctx, "core", parent)
    told = "\n".join(ctx.facts.warnings)
    assert ("no file is linked to the set FORMER; every file is copied. Verify it" in told) is (
        damaged and used is None
    )
    assert ("unchanged files are linked to REST instead. Verify it" in told) is (
        damaged and used is rest
    )
    assert bool(told) is damaged


class Full:
    """A disk that lets so many renames happen, and none after them."""

    def __init__(self, patch: pytest.MonkeyPatch, renames: int) -> None:
        self.left, real = renames, Path.rename

        def rename(path: Path, target: Path) -> Path:
            if not self.left:
                raise OSError(28, "No space left on device")
            self.left -= 1
            return real(path, target)

        patch.setattr(Path, "rename", rename)


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("renames", range(7))
def test_what_a_dump_folder_held_lies_whole_where_it_is_said_and_is_not_said_once_it_is_back(
    tmp_path: Path, own: bool, renames: int
) -> None:
    root = tmp_path / "root"
    run = "RUN" if own else "ANOTHER"
    folder, aside = root / "pryv/influxdb/backup", root / f".pryv-tui/dumps/{run}/influxdb"
    for place in (folder, aside):
        place.mkdir(parents=True)
    (folder / "meta.00").write_text("a dump")
    before = {"a": "first", "b": "second"}
    for name, text in before.items():
        (aside / name).write_text(text)
    ctx, _ = context(tmp_path, telling("core", "core", lambda _argv: (0, "", ""), root=root))
    owed = Owed(kind="dump", host="core", what=str(folder), where=str(aside))
    with pytest.MonkeyPatch.context() as patch:
        Full(patch, renames)
        told = remedy(put_back_dump, ctx, owed)
    said = (
        f"Its former content is complete, in {aside.parent} and {folder}; to put it back:"
        " pryv-tui recover"
    )
    done = renames >= 4
    assert (told == said) is not done and (told == "") is done
    there = [path for at in (aside.parent, folder) for path in at.rglob("*") if path.is_file()]
    assert {path.name: path.read_text() for path in there if path.name in before} == before
    put_back_dump(ctx, owed)
    assert {name: (folder / name).read_text() for name in before} == before
