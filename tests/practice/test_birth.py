"""What a practice platform begins with is written at once, and is what life makes one by one."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.practice.life import COLLECTIONS, DATABASE, Life
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.practice.settings import PracticeForm
from pryv_tui.practice.state import EngineStore
from pryv_tui.practice.stores.mongo import MongoStore


def mongo_of(folder: Path, host: str = "single") -> MongoStore:
    return MongoStore(folder / "hosts" / host / "root/pryv/mongodb/data")


def documents_of(store: MongoStore) -> dict[str, list[bytes]]:
    return {name: list(store.documents(DATABASE, name)) for name in COLLECTIONS}


@pytest.mark.parametrize("form", ["single-node", "cluster"])
def test_each_database_is_opened_once_to_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: PracticeForm
) -> None:
    opened: Counter[str] = Counter()
    changed: Counter[Path] = Counter()
    connect, change = sqlite3.connect, EngineStore.change

    def counted(database: Any, **more: Any) -> Any:
        if "mode=ro" not in str(database):
            opened[str(database)] += 1
        return connect(database, **more)

    def counted_change(store: EngineStore) -> Any:
        changed[store.path] += 1
        return change(store)

    monkeypatch.setattr(sqlite3, "connect", counted)
    monkeypatch.setattr(EngineStore, "change", counted_change)
    PracticePlatform.create(tmp_path / "p", form=form, users=3, attachments=6)
    # Register's, the index, the documents, and of each account its own and its audit.
    assert len(opened) == 3 + 2 * 3 and set(opened.values()) == {1}, opened
    assert set(changed.values()) == {2}, "what boots first, and what asks for it"


def test_it_is_what_is_made_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = PracticePlatform.create(tmp_path / "at once", users=3, attachments=4)
    monkeypatch.setattr(Life, "at_once", lambda _life: nullcontext())
    one_by_one = PracticePlatform.create(tmp_path / "one by one", users=3, attachments=4)
    assert at_once.contents() == one_by_one.contents()
    made = documents_of(mongo_of(at_once.folder))
    assert made == documents_of(mongo_of(one_by_one.folder)) and len(made["events"]) > 3 * 12
    assert [
        [(index["name"], index["key"]) for index in mongo_of(folder).indexes(DATABASE, "events")]
        for folder in (at_once.folder, one_by_one.folder)
    ] == [[("_id_", {"_id": 1}), *((one["name"], one["key"]) for one in COLLECTIONS["events"])]] * 2


def test_what_fails_leaves_no_database_with_a_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr(Life, "attach", fail)
    with pytest.raises(OSError, match="no room"):
        PracticePlatform.create(tmp_path / "p", users=2, attachments=1)
    assert mongo_of(tmp_path / "p").counts(DATABASE) == {}
    users = tmp_path / "p/hosts/single/root/pryv/core/data/users"
    assert list(users.glob("*/*/*/*")), "an account's folder is there"
    assert not [*users.rglob("*.sqlite*"), *users.rglob("*.db*")]


def test_what_was_kept_open_is_let_go(tmp_path: Path) -> None:
    store = MongoStore(tmp_path)
    with store.at_once("one"):
        store.create("one", "things", "0" * 32)
        store.create("another", "things", "1" * 32)
    assert MongoStore(tmp_path).collections("another") == ["things"]
    with pytest.raises(ZeroDivisionError), store.at_once("one"):
        store.create("one", "more", "2" * 32)
        raise ZeroDivisionError
    assert store.collections("one") == ["things"]
    store.create("one", "later", "3" * 32)
    assert store.collections("one") == ["later", "things"]
