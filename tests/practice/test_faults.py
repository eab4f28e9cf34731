"""Faults: set, listed, limited, cleared; and what those do that concern no single tool."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.practice.faults import FAULTS
from pryv_tui.practice.platform import PracticePlatform
from tests.practice.kit import DUMP, RESTORE, Tools

PROMISED = {
    *("mongodump-fails", "mongodump-empty", "mongodump-short", "mongorestore-failures"),
    *("influxd-backup-fails", "influx-database-exists", "container-dies", "disk-full"),
    *("unreadable-file", "changing-log", "changing-file", "engine-gone", "redis-rewrite-fails"),
    *("container-will-not-stop", "container-will-not-start", "container-loops"),
}


def test_every_promised_fault_is_there_and_says_what_it_does() -> None:
    assert set(FAULTS) == PROMISED
    for name, kind in FAULTS.items():
        assert kind.name == name
        assert kind.what
        assert kind.where in ("backup", "restore", "both")


def test_a_fault_stays_until_it_is_cleared(platform: PracticePlatform) -> None:
    platform.faults.set("disk-full")
    platform.faults.set("changing-log")

    again = PracticePlatform.open(platform.folder)

    assert again.faults.list() == ("changing-log", "disk-full")
    again.faults.clear("disk-full")
    assert platform.faults.list() == ("changing-log",)
    platform.faults.clear()
    assert again.faults.list() == ()


def test_an_unknown_fault_is_refused(platform: PracticePlatform) -> None:
    with pytest.raises(PryvTuiError) as caught:
        platform.faults.set("earthquake")
    assert caught.value.name == "usage"
    assert "mongodump-fails" in caught.value.remedy


def test_of_a_container_that_is_removed_under_a_dump_neither_log_nor_start_is_advised(
    tools: Tools,
) -> None:
    engine = tools.host.engine

    def removed(_stream: object, _chunk: bytes) -> None:
        with engine._store.change() as record:
            record.containers.pop("pryvio_mongodb", None)

    with pytest.raises(PryvTuiError) as caught:
        engine.exec("pryvio_mongodb", DUMP, on_output=removed)
    assert caught.value.what == "container pryvio_mongodb was removed while mongodump ran in it"
    assert caught.value.name == "step-failed", "a part of it has run: it is not run once more"
    assert caught.value.remedy.startswith(
        "To see what is missing, and how to bring it back: pryv-tui doctor"
    )


def test_the_container_dies_under_a_dump(tools: Tools) -> None:
    tools.platform.faults.set("container-dies")

    with pytest.raises(PryvTuiError) as caught:
        tools.mongodb(*DUMP)

    assert caught.value.name == "step-failed"
    assert "pryvio_mongodb died while mongodump ran" in caught.value.what
    (container,) = [c for c in tools.host.engine.containers() if c.service == "mongodb"]
    assert (container.state, container.exit_code) == ("exited", 137)


def test_the_container_dies_under_a_restore_with_part_restored(tools: Tools) -> None:
    tools.mongodb(*DUMP)
    tools.empty("mongodb")
    tools.platform.faults.set("container-dies")

    with pytest.raises(PryvTuiError):
        tools.mongodb(*RESTORE)

    assert 0 < tools.platform.contents()["mongodb"]["events"] < 124


def test_the_engine_goes_when_the_first_store_tool_runs_and_comes_back(tools: Tools) -> None:
    tools.platform.faults.set("engine-gone")
    assert tools.host.engine.containers()
    assert tools.redis("redis-cli", "PING").code == 0

    with pytest.raises(PryvTuiError) as caught:
        tools.mongodb(*DUMP)

    assert caught.value.name == "engine-unreachable"
    for act in (tools.host.engine.info, tools.host.engine.containers):
        with pytest.raises(PryvTuiError) as caught:
            act()
        assert caught.value.name == "engine-unreachable"
    lines: list[bytes] = []
    code = tools.host.run(["run-pryv"], on_output=lambda _, chunk: lines.append(chunk))
    assert code == 1
    assert b"Cannot connect to the Docker daemon" in b"".join(lines)
    tools.platform.faults.clear()
    assert tools.host.engine.processes("pryvio_mongodb") == ["mongodb"]


def test_a_container_will_not_stop(tools: Tools) -> None:
    tools.platform.faults.set("container-will-not-stop")

    with pytest.raises(PryvTuiError) as caught:
        tools.host.engine.stop("pryvio_core")

    assert "did not receive an exit event" in caught.value.what
    assert "pryvio_core" in tools.platform.contents()["running"]


def test_a_container_will_not_start(tools: Tools) -> None:
    tools.host.engine.stop("pryvio_core")
    tools.platform.faults.set("container-will-not-start")

    with pytest.raises(PryvTuiError) as caught:
        tools.host.engine.start("pryvio_core")

    assert "port is already allocated" in caught.value.what


def test_a_containers_fault_can_be_limited_to_a_service(tools: Tools) -> None:
    tools.platform.faults.set("container-will-not-stop:nginx")

    tools.host.engine.stop("pryvio_core")
    with pytest.raises(PryvTuiError):
        tools.host.engine.stop("pryvio_nginx")
    assert tools.platform.faults.list() == ("container-will-not-stop:nginx",)


def test_no_copy_fault_no_hooks(platform: PracticePlatform) -> None:
    platform.faults.set("mongodump-fails")
    assert platform.copy_hooks() is None


def test_the_disk_is_full_after_some_bytes(platform: PracticePlatform) -> None:
    platform.faults.set("disk-full")
    hooks = platform.copy_hooks()
    assert hooks is not None

    hooks.before_write(b"/vault/first", 1000)
    with pytest.raises(OSError) as caught:
        hooks.before_write(b"/vault/second", 100_000)

    assert caught.value.errno == errno.ENOSPC


def test_one_attachment_is_unreadable_in_the_root_and_in_a_set(
    platform: PracticePlatform,
) -> None:
    platform.faults.set("unreadable-file")
    hooks = platform.copy_hooks()
    root = platform.hosts[0].root_hint
    assert hooks is not None
    assert root is not None

    refused = []
    for path in sorted((root / "pryv/core/data/users").rglob("*")):
        for place in (path, Path("/vault/set/single/files") / path.relative_to(root)):
            try:
                hooks.before_read(os.fsencode(place))
            except PermissionError:
                refused.append(path)

    assert len(refused) == 2
    assert len(set(refused)) == 1
    assert "/attachments/" in str(refused[0])


def test_a_log_grows_while_it_is_copied_and_nothing_outside_is_touched(
    platform: PracticePlatform, tmp_path: Path
) -> None:
    platform.faults.set("changing-log")
    hooks = platform.copy_hooks()
    root = platform.hosts[0].root_hint
    assert hooks is not None
    assert root is not None
    log = root / "pryv/nginx/log/access.log"
    outside = tmp_path / "log" / "other.log"
    outside.parent.mkdir()
    outside.write_text("mine")
    size = log.stat().st_size

    hooks.before_read(os.fsencode(log))
    hooks.before_read(os.fsencode(outside))

    assert log.stat().st_size > size
    assert outside.read_text() == "mine"
