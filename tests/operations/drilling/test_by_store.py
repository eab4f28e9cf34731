"""What is wrong with a set's files, told apart by store."""

from __future__ import annotations

import pytest

from pryv_tui.operations.drilling.by_store import LISTS, OTHER, ByStore, kept_apart, store_of
from pryv_tui.platform.layout import TEMPLATE_STORES, Layout

LAYOUT = Layout(stores=TEMPLATE_STORES)
KEPT = kept_apart([{"mongodb": {}, "influxdb": {}, "sqlite": {}}, {"redis": {}, "sqlite": {}}])


def test_each_store_stands_once_and_what_no_store_has_stands_beside_them() -> None:
    assert KEPT == ("mongodb", "influxdb", "sqlite", "redis", "attachments", OTHER, LISTS)
    assert kept_apart([{"redis": {}}]) == ("redis", OTHER, LISTS), "register has no attachments"
    assert kept_apart([{}]) == (OTHER, LISTS)


@pytest.mark.parametrize(
    ("path", "about"),
    [
        (b"pryv/mongodb/backup/pryv-node/events.bson", "mongodb"),
        (b"pryv/mongodb/conf/mongodb.yml", OTHER),
        (b"pryv/influxdb/backup/20250101T000000Z.s1.tar.gz", "influxdb"),
        (b"pryv/redis/data/appendonly.aof", "redis"),
        (b"pryv/redis/database/x", OTHER),
        (b"pryv/core/data/attachments/user/event/file", "attachments"),
        (b"pryv/core/data/users/c/b/a/user/attachments/event/file.db", "attachments"),
        (b"pryv/core/data/users/c/b/a/user/audit.sqlite", "sqlite"),
        (b"pryv/core/data/users/user-index.db", "sqlite"),
        (b"config-leader/database/x.db", "sqlite"),
        (b"pryv/core/conf/core.json", OTHER),
        (b"pryv/core/data/users/\xff\n/attachments", OTHER),
        (b"pryv/influxdb/backup/", "influxdb"),
        (b"pryv/influxdb/", "influxdb"),
        (b"pryv/core/data/users/c/b/a/user/attachments/event/", "attachments"),
        (b"pryv/", OTHER),
    ],
)
def test_a_file_is_of_the_store_whose_folder_it_lies_in(path: bytes, about: str) -> None:
    assert store_of(path, LAYOUT) == about


def test_what_a_set_has_no_store_for_is_not_lost() -> None:
    found = ByStore(kept_apart([{"redis": {}}]))
    found.wrong("sqlite", "x.db differs from its hash")
    assert "x.db" in found.why_wrong(OTHER) and not found.why_wrong("redis")


def test_what_is_not_named_any_more_is_counted() -> None:
    found = ByStore(KEPT)
    for number in range(8):
        found.wrong("redis", f"file {number}")
    assert found.why_wrong("redis").endswith("file 4; and 3 more of these")
    assert found.why_unread == ""
    found.unread("the lists of co1 differ from what was written")
    found.unread("the part of reg could not be read")
    assert found.why_unread.count(";") == 1
