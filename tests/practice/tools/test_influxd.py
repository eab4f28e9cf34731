"""influxd backup and restore: the portable format, its lines, and its two meanings of one error."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import stat
import subprocess
import tarfile
from pathlib import Path

from pryv_tui.practice.stores import influx_meta, tsm
from pryv_tui.practice.stores.influx import InfluxStore
from tests.practice.kit import INFLUX_BACKUP, INFLUX_RESTORE, Tools

EXISTS = "DB metadata not changed. database may already exist"


def backup_folder(tools: Tools) -> Path:
    return tools.root / "pryv/influxdb/backup"


def test_backup_prints_what_the_real_one_prints(tools: Tools) -> None:
    printed = tools.influxdb(*INFLUX_BACKUP)

    assert printed.code == 0
    assert printed.err == ""
    assert printed.influx_lines[:5] == [
        "backing up metastore to /pryv/backup/meta.00",
        "No database, retention policy or shard ID given. Full meta store backed up.",
        "Backing up all databases in portable format",
        "backing up db=",
        "backing up db=user.anna rp=autogen shard=1 to /pryv/backup/user.anna.autogen.00001.00"
        " since 0001-01-01T00:00:00Z",
    ]
    assert printed.influx_lines[8:] == [
        "backup complete:",
        "\t/pryv/backup/SET.meta",
        *[f"\t/pryv/backup/SET.s{number}.tar.gz" for number in (1, 2, 3, 4)],
        "\t/pryv/backup/SET.manifest",
    ]


def test_backup_writes_the_portable_format(tools: Tools) -> None:
    tools.influxdb(*INFLUX_BACKUP)

    (path,) = backup_folder(tools).glob("*.manifest")
    manifest = json.loads(path.read_text())
    meta = (path.parent / manifest["meta"]["fileName"]).read_bytes()
    content = influx_meta.unpack(meta)
    live = (tools.root / "pryv/influxdb/data/meta/meta.db").read_bytes()
    assert meta[:1] == b"\x0a"
    assert content == live
    assert manifest["meta"]["size"] == len(content)
    assert manifest["limited"] is False
    entry = manifest["files"][0]
    assert (entry["database"], entry["policy"], entry["shardID"]) == ("user.anna", "autogen", 1)
    shard = path.parent / entry["fileName"]
    plain = gzip.decompress(shard.read_bytes())
    assert entry["size"] == len(plain)
    with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
        (member,) = archive.getmembers()
        file = archive.extractfile(member)
        assert file is not None
        assert member.name == "user.anna/autogen/1/000000001-000000001.tsm"
        (points,) = tsm.decode(file.read()).values()
    assert len(points) == 120
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(shard.stat().st_mode) == 0o600
    assert not list(path.parent.glob("*.pending"))


def test_backup_never_removes_an_older_set(tools: Tools) -> None:
    older = backup_folder(tools) / "20200101T000000Z.manifest"
    older.write_text('{"meta": {"fileName": "x", "size": 1}, "limited": false, "files": null}')

    tools.influxdb(*INFLUX_BACKUP)

    assert older.exists()
    assert len(list(backup_folder(tools).glob("*.manifest"))) == 2


def test_backup_tries_again_and_again_when_no_server_answers(tools: Tools) -> None:
    arguments = (*INFLUX_BACKUP[:3], "-host", "127.0.0.1:8999", INFLUX_BACKUP[3])

    printed = tools.influxdb(*arguments)

    assert printed.code == 1
    assert printed.influx_lines == ["backing up metastore to /pryv/backup/meta.00"]
    assert printed.influx_errors[0] == (
        "Download shard 0 failed dial tcp 127.0.0.1:8999: connect: connection refused."
        "  Waiting 2s and retrying (0)..."
    )
    assert "Waiting 2m45.216s and retrying (9)..." in printed.influx_errors[9]
    assert printed.influx_errors[10] == (
        "backup: dial tcp 127.0.0.1:8999: connect: connection refused"
    )


def test_backup_fails_on_demand_and_leaves_no_manifest(tools: Tools) -> None:
    tools.platform.faults.set("influxd-backup-fails")

    assert tools.influxdb(*INFLUX_BACKUP).code == 1
    assert not list(backup_folder(tools).glob("*.manifest"))


def test_backup_fails_when_its_folder_was_replaced(tools: Tools) -> None:
    shutil.rmtree(backup_folder(tools))
    backup_folder(tools).mkdir()

    printed = tools.influxdb(*INFLUX_BACKUP)

    assert printed.code == 1
    assert printed.err == "backup: mkdir /pryv/backup: no such file or directory\n"


def test_round_trip_gives_equal_points(tools: Tools) -> None:
    tools.platform.grow(points=2500)
    before = tools.platform.contents()
    tools.influxdb(*INFLUX_BACKUP)
    tools.empty("influxdb")
    assert tools.platform.contents()["influxdb"] == {}

    printed = tools.influxdb(*INFLUX_RESTORE)

    assert printed.code == 0
    assert printed.err == ""
    assert printed.influx_lines[0] == "Restoring shard 1 live from backup SET.s1.tar.gz"
    assert tools.platform.contents() == before


def test_restore_offline_works_too(tools: Tools) -> None:
    before = tools.platform.contents()
    tools.influxdb(*INFLUX_BACKUP)
    engine, data = tools.host.engine, tools.root / "pryv/influxdb/data"
    engine.stop("pryvio_influxdb")
    shutil.rmtree(data)
    (data / "meta").mkdir(parents=True)
    (meta,) = backup_folder(tools).glob("*.meta")
    (data / "meta/meta.db").write_bytes(influx_meta.unpack(meta.read_bytes()))
    (data / "data").mkdir()
    for shard in backup_folder(tools).glob("*.tar.gz"):
        subprocess.run(["tar", "-xzf", shard, "-C", data / "data"], check=True)

    engine.start("pryvio_influxdb")

    assert tools.platform.contents() == before
    names = tools.influxdb("/usr/bin/influx", "-execute", "SHOW DATABASES", "-format", "csv").out
    assert names.splitlines()[1] == "databases,user.anna"


def test_restore_over_an_existing_database(tools: Tools) -> None:
    tools.influxdb(*INFLUX_BACKUP)
    tools.empty("influxdb")
    InfluxStore(tools.root / "pryv/influxdb/data").create("user.dario")

    printed = tools.influxdb(*INFLUX_RESTORE)

    assert printed.code == 1
    assert printed.out == ""
    assert printed.influx_errors == [f"error updating meta: {EXISTS}", f"restore: {EXISTS}"]
    assert list(tools.platform.contents()["influxdb"]) == ["user.dario"]


def test_restore_of_a_set_without_a_user_database_says_the_same(tools: Tools) -> None:
    tools.empty("influxdb")
    assert tools.influxdb(*INFLUX_BACKUP).code == 0
    (path,) = backup_folder(tools).glob("*.manifest")
    assert json.loads(path.read_text())["files"] is None

    printed = tools.influxdb(*INFLUX_RESTORE)

    assert printed.code == 1
    assert printed.influx_errors == [f"error updating meta: {EXISTS}", f"restore: {EXISTS}"]


def test_a_database_exists_on_demand_until_it_is_dropped(tools: Tools) -> None:
    tools.influxdb(*INFLUX_BACKUP)
    tools.empty("influxdb")
    tools.platform.faults.set("influx-database-exists")
    assert tools.influxdb(*INFLUX_RESTORE).code == 1
    tools.platform.faults.clear()
    assert tools.influxdb(*INFLUX_RESTORE).code == 1

    tools.influxdb("/usr/bin/influx", "-execute", 'DROP DATABASE "user.anna"')

    assert tools.influxdb(*INFLUX_RESTORE).code == 0


def test_restore_from_an_empty_folder(tools: Tools) -> None:
    printed = tools.influxdb(*INFLUX_RESTORE)

    assert printed.code == 1
    assert printed.err == "restore: No manifest files found in: /pryv/backup/\n\n"


def test_restore_from_a_missing_folder(tools: Tools) -> None:
    printed = tools.influxdb(*INFLUX_RESTORE[:3], "/pryv/nope/")

    assert printed.code == 1
    assert printed.err == "restore: backup path should be a valid directory: /pryv/nope/\n"


def test_a_large_platforms_metadata_does_not_reach_the_server(tools: Tools) -> None:
    store = InfluxStore(tools.root / "pryv/influxdb/data")
    meta = store.meta()
    meta.databases += [influx_meta.Database(f"user.many{i}") for i in range(3000)]
    (store.data / "meta/meta.db").write_bytes(influx_meta.encode(meta))
    tools.influxdb(*INFLUX_BACKUP)
    tools.empty("influxdb")

    printed = tools.influxdb(*INFLUX_RESTORE)

    assert printed.code == 1
    assert printed.influx_errors[1].endswith("read: connection reset by peer, n=16")
    assert tools.platform.contents()["influxdb"] == {}


def test_a_damaged_shard_leaves_a_half_done_restore(tools: Tools) -> None:
    tools.influxdb(*INFLUX_BACKUP)
    tools.empty("influxdb")
    (shard,) = backup_folder(tools).glob("*.s2.tar.gz")
    shard.write_bytes(shard.read_bytes()[:40])

    printed = tools.influxdb(*INFLUX_RESTORE)

    assert printed.code == 1
    assert tools.platform.contents()["influxdb"]["user.anna"] == 120
    assert tools.platform.contents()["influxdb"]["user.dario"] == 0
