"""The miniature MongoDB, and the dump files around it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import bson
import pytest

from pryv_tui.practice.stores.mongo import MongoStore
from pryv_tui.practice.tools import mongo_dumpfiles as formats


def test_documents_come_back_byte_for_byte(tmp_path: Path) -> None:
    store = MongoStore(tmp_path)
    documents = [
        bson.encode({"_id": key, "é": [1, None]}) for key in ("b", "a", 3, bson.ObjectId())
    ]

    assert store.insert("db", "things", documents) == (4, 0)
    assert list(store.documents("db", "things")) == documents
    assert store.count("db", "things") == 4
    assert store.databases() == ["db"]


def test_an_id_is_there_once_in_a_collection(tmp_path: Path) -> None:
    store = MongoStore(tmp_path)
    document = bson.encode({"_id": "a"})

    assert store.insert("db", "one", [document, document]) == (1, 1)
    assert store.insert("db", "other", [document]) == (1, 0)


def test_what_is_told_of_all_collections_is_what_each_tells(tmp_path: Path) -> None:
    store = MongoStore(tmp_path)
    for name in ("some", "none"):
        store.create("db", name, "uuid")
    store.insert("db", "in no list", [bson.encode({"_id": 1})])
    store.insert("db", "some", [bson.encode({"_id": key, "é": "ü" * key}) for key in range(3)])
    assert store.counts("db") == {"none": 0, "some": 3}
    assert store.bytes_of("db") == sum(map(len, store.documents("db", "some")))
    store.clear("db", "some")
    assert (store.counts("db"), store.bytes_of("db")) == ({"none": 0, "some": 0}, 0)


def test_a_database_that_does_not_exist_has_no_collections(tmp_path: Path) -> None:
    assert MongoStore(tmp_path).collections("db") == []
    assert (MongoStore(tmp_path).counts("db"), MongoStore(tmp_path).bytes_of("db")) == ({}, 0)
    assert list(tmp_path.iterdir()) == []


def test_indexes_begin_with_that_of_the_id(tmp_path: Path) -> None:
    store = MongoStore(tmp_path)
    index = {"v": 2, "key": {"userId": 1, "time": -1}, "name": "x"}
    store.create("db", "things", "ab", [index])

    found = store.indexes("db", "things")

    assert [each["name"] for each in found] == ["_id_", "x"]
    assert list(found[1]["key"].items()) == [("userId", 1), ("time", -1)]
    text = formats.metadata("things", "ab", found)
    assert json.loads(text)["indexes"][1]["key"]["time"] == {"$numberInt": "-1"}
    assert formats.read_metadata(text.encode()) == ("ab", found)


@pytest.mark.parametrize("cut", [1, 2, 3, 4, 10])
def test_a_cut_file_is_an_unexpected_end(cut: int) -> None:
    data = bson.encode({"_id": 1}) * 3
    documents = formats.read_documents(io.BytesIO(data[:-cut]))

    assert next(documents)
    assert next(documents)
    with pytest.raises(formats.Damaged, match="unexpected EOF"):
        next(documents)


def test_a_length_that_can_not_be(tmp_path: Path) -> None:
    with pytest.raises(formats.Damaged, match="invalid BSONSize: 4 bytes is less than 5 bytes"):
        list(formats.read_documents(io.BytesIO(b"\x04\x00\x00\x00")))
