"""Collections that MongoDB's own tools make hard: they are in the set, and come back."""

from __future__ import annotations

import json
from pathlib import Path

import bson

from pryv_tui.practice.stores.mongo import MongoStore
from tests.journeys.program import Practice

NAMES = ("my notes", "a$b", "50%/x+y;z", "ü\nline", "n" * 200)


def add(practice: Practice, *names: str) -> None:
    store = MongoStore(practice.folder / "hosts/single/root/pryv/mongodb/data")
    for number, name in enumerate(names):
        store.create("pryv-node", name, "0" * 32)
        documents = [bson.encode({"_id": each}) for each in range(number + 1)]
        store.insert("pryv-node", name, documents)


def test_odd_names_are_in_the_set_and_come_back(tmp_path: Path) -> None:
    practice = Practice.create(tmp_path / "platform")
    add(practice, *NAMES)
    store = MongoStore(practice.folder / "hosts/single/root/pryv/mongodb/data")
    store.create_view("pryv-node", "the newest", '{"viewOn":"events","pipeline":[]}')
    before = practice.contents()
    backup = practice.run("backup", "--json")
    assert backup.exit == 0, backup.out
    (found,) = practice.sets()
    made = json.loads((tmp_path / "platform-vault" / found["id"] / "set.json").read_text())
    counts = made["hosts"][0]["stores"]["mongodb"]["collections"]
    assert [counts[name] for name in NAMES] == [1, 2, 3, 4, 5]
    assert made["hosts"][0]["stores"]["mongodb"]["views"] == ["the newest"]
    assert "the newest" not in counts
    practice.wipe("all")
    restore = practice.restore()
    assert restore.exit == 0, restore.out
    assert practice.contents() == before
    assert list(store.views("pryv-node")) == ["the newest"]


def test_a_database_of_views_and_odd_names_alone_is_no_empty_one(tmp_path: Path) -> None:
    practice = Practice.create(tmp_path / "platform")
    store = MongoStore(practice.folder / "hosts/single/root/pryv/mongodb/data")
    for name in store.collections("pryv-node"):
        store.drop("pryv-node", name)
    add(practice, "my notes")
    backup = practice.run("backup", "--json")
    assert backup.exit == 0, backup.out
