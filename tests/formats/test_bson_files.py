"""BSON dumps: counted without a server, and never believed when they are cut off."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pryv_tui.formats.bson_files import (
    count_documents,
    dump_counts,
    file_stem,
    iterate_documents,
    read_dump,
)
from pryv_tui.formats.errors import FormatError
from tests.helpers.examples import tries

DOCUMENTS: list[dict[str, Any]] = [
    {"_id": "a", "text": "ü" * 100},
    {"_id": "b", "attachments": [{"id": "x", "size": 3}], "time": datetime(2020, 1, 1, tzinfo=UTC)},
    {},
]


def write(path: Path, documents: list[dict[str, Any]]) -> bytes:
    content = b"".join(bson.encode(document) for document in documents)
    path.write_bytes(content)
    return content


def write_collection(folder: Path, name: str, documents: list[dict[str, Any]]) -> None:
    write(folder / f"{name}.bson", documents)
    metadata = {"indexes": [], "uuid": "", "collectionName": name}
    (folder / f"{name}.metadata.json").write_text(json.dumps(metadata))


def test_counts_what_was_written(tmp_path: Path) -> None:
    write(tmp_path / "events.bson", DOCUMENTS)
    assert count_documents(tmp_path / "events.bson") == 3


def test_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    write(tmp_path / "events.bson", [])
    assert count_documents(tmp_path / "events.bson") == 0
    assert list(iterate_documents(tmp_path / "events.bson")) == []


def test_documents_come_back_one_by_one(tmp_path: Path) -> None:
    write(tmp_path / "events.bson", DOCUMENTS)
    back = list(iterate_documents(tmp_path / "events.bson"))
    assert [document.get("_id") for document in back] == ["a", "b", None]
    assert back[1]["attachments"] == [{"id": "x", "size": 3}]


def test_a_date_beyond_python_is_no_damage(tmp_path: Path) -> None:
    far = bson.datetime_ms.DatetimeMS(2**60)
    write(tmp_path / "events.bson", [{"far": far}])
    assert next(iterate_documents(tmp_path / "events.bson"))["far"] == far


def test_every_truncation_is_found(tmp_path: Path) -> None:
    content = write(tmp_path / "events.bson", DOCUMENTS)
    ends = {len(b"".join(bson.encode(d) for d in DOCUMENTS[:n])) for n in range(4)}
    for length in range(len(content)):
        path = tmp_path / "cut.bson"
        path.write_bytes(content[:length])
        if length in ends:
            continue  # whole documents: the count tells
        with pytest.raises(FormatError) as caught:
            count_documents(path)
        assert caught.value.path == path
        assert isinstance(caught.value.where, int)
        assert caught.value.where in ends
        with pytest.raises(FormatError):
            list(iterate_documents(path))


@given(st.binary(max_size=200))
@settings(max_examples=tries(200))
def test_any_bytes_are_counted_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("bson") / "any.bson"
    path.write_bytes(content)
    for read in (count_documents, lambda path: list(iterate_documents(path))):
        try:
            read(path)
        except FormatError as error:
            assert str(path) in str(error) or path.name in str(error)


def test_a_document_without_its_end_is_found(tmp_path: Path) -> None:
    content = bytearray(write(tmp_path / "events.bson", DOCUMENTS))
    content[len(bson.encode(DOCUMENTS[0])) - 1] = 1
    (tmp_path / "events.bson").write_bytes(content)
    with pytest.raises(FormatError, match="document 1"):
        count_documents(tmp_path / "events.bson")


@pytest.mark.parametrize("length", [0, 4, -1, 2**31 - 1])
def test_an_impossible_length_is_found(tmp_path: Path, length: int) -> None:
    path = tmp_path / "events.bson"
    path.write_bytes(length.to_bytes(4, "little", signed=True) + bytes(10))
    with pytest.raises(FormatError, match="can't be"):
        count_documents(path)


def test_a_dump_counts_empty_collections_too(tmp_path: Path) -> None:
    write_collection(tmp_path, "events", DOCUMENTS)
    write_collection(tmp_path, "webhooks", [])
    (tmp_path / "prelude.json").write_text("{}")
    assert dump_counts(tmp_path) == {"events": 3, "webhooks": 0}


def test_collections_get_their_own_names_back(tmp_path: Path) -> None:
    write_collection(tmp_path, "a%2Fb", DOCUMENTS[:1])
    metadata = tmp_path / "a%2Fb.metadata.json"
    metadata.write_text('{"indexes": []}')
    assert dump_counts(tmp_path) == {"a/b": 1}
    metadata.write_text('{"indexes": [], "collectionName": "long/name"}')
    assert dump_counts(tmp_path) == {"long/name": 1}


def test_a_view_has_no_documents(tmp_path: Path) -> None:
    (tmp_path / "view.metadata.json").write_text('{"options": {"viewOn": "events"}}')
    assert dump_counts(tmp_path) == {}


@pytest.mark.parametrize("content", [None, "", "{", "[]"])
def test_metadata_must_be_there_and_json(tmp_path: Path, content: str | None) -> None:
    write(tmp_path / "events.bson", DOCUMENTS)
    if content is not None:
        (tmp_path / "events.metadata.json").write_text(content)
    with pytest.raises(FormatError, match=r"events\.metadata\.json"):
        dump_counts(tmp_path)


def test_documents_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "events.metadata.json").write_text('{"options": {}, "indexes": []}')
    with pytest.raises(FormatError, match=r"events\.bson is missing"):
        dump_counts(tmp_path)


def test_compressed_dumps_are_told(tmp_path: Path) -> None:
    (tmp_path / "events.bson.gz").write_bytes(b"")
    with pytest.raises(FormatError, match="compressed"):
        dump_counts(tmp_path)


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="No such file"):
        dump_counts(tmp_path / "pryv-node")


def metadata(folder: Path, stem: str, **fields: Any) -> None:
    (folder / f"{stem}.metadata.json").write_text(json.dumps({"indexes": [], **fields}))


def test_a_time_series_lies_in_a_file_of_another_name(tmp_path: Path) -> None:
    # The files as mongodump 100.7 writes them.
    options = {"timeseries": {"timeField": "t"}}
    metadata(tmp_path, "ts", options=options, collectionName="ts", type="timeseries")
    with pytest.raises(FormatError, match=r"system\.buckets\.ts\.bson is missing"):
        read_dump(tmp_path)
    write(tmp_path / "system.buckets.ts.bson", DOCUMENTS)
    assert read_dump(tmp_path).counts == {"system.buckets.ts": 3}


def test_a_time_series_whose_name_is_too_long_for_a_file(tmp_path: Path) -> None:
    name = "long " * 60
    metadata(tmp_path, file_stem(name), type="timeseries", collectionName=name)
    write(tmp_path / f"{file_stem('system.buckets.' + name)}.bson", DOCUMENTS[:1])
    assert read_dump(tmp_path).counts == {f"system.buckets.{name}": 1}


def test_views_are_told_apart(tmp_path: Path) -> None:
    metadata(tmp_path, "old", options={"viewOn": "events", "pipeline": []})
    metadata(tmp_path, "new", type="view", collectionName="new")
    assert read_dump(tmp_path).views == ("new", "old")


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("my notes", "my%20notes"),
        ("a/b", "a%2Fb"),
        ("50%", "50%25"),
        ("a+b", "a+b"),
        ("a$b", "a$b"),
        ("a\nb", "a%0Ab"),
        ("é;,?!*'()", "%C3%A9%3B%2C%3F%21%2A%27%28%29"),
    ],
)
def test_names_are_escaped_as_the_tools_do(tmp_path: Path, name: str, stem: str) -> None:
    assert file_stem(name) == stem
    write(tmp_path / f"{stem}.bson", DOCUMENTS)
    metadata(tmp_path, stem)
    assert read_dump(tmp_path).counts == {name: 3}


def test_a_long_name_is_cut_and_hashed(tmp_path: Path) -> None:
    stem = file_stem("x" * 300)
    assert len(stem) == 238
    assert stem.startswith("x" * 208 + "%24")
    write(tmp_path / f"{stem}.bson", DOCUMENTS)
    metadata(tmp_path, stem, collectionName="x" * 300)
    assert read_dump(tmp_path).counts == {"x" * 300: 3}


def test_old_tools_tell_the_name_by_their_indexes(tmp_path: Path) -> None:
    folder = tmp_path / "pryv-node"
    folder.mkdir()
    write(folder / "a%20b.bson", DOCUMENTS)
    index = {"v": 2, "key": {"_id": 1}, "name": "_id_", "ns": "pryv-node.a%20b"}
    (folder / "a%20b.metadata.json").write_text(json.dumps({"indexes": [index]}))
    assert read_dump(folder).counts == {"a%20b": 3}


def test_users_of_a_database_are_no_collection(tmp_path: Path) -> None:
    write_collection(tmp_path, "events", DOCUMENTS)
    write(tmp_path / "$admin.system.users.bson", DOCUMENTS)
    assert read_dump(tmp_path).counts == {"events": 3}
