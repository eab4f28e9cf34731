"""InfluxDB put in place offline: when it is planned, what follows, and what is compared."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.formats.influx_offline import LARGE
from pryv_tui.hosts.discovery import discover
from pryv_tui.operations.guards import containers as guards
from pryv_tui.operations.guards import place
from pryv_tui.operations.plan import Plan, tag_of
from pryv_tui.operations.plans.restore import restore_plan
from pryv_tui.operations.steps.bringing_back.restore_offline import RestoreOffline
from pryv_tui.operations.steps.bringing_back.restore_store import RestoreStore
from pryv_tui.operations.stores.influxdb import SHOW_DATABASES, SHOW_SHARDS, InfluxDB
from pryv_tui.platform.layout import resolve_layout
from pryv_tui.vault.guide.page import restore_guide
from pryv_tui.vault.manifest import decode, encode
from tests.hosts.machines import StillHost, machine
from tests.operations.kit import DOMAIN, context, manifest_of, part, set_of, telling

REAL = Path(__file__).parents[2] / "formats/data/influxdb-1.6.7/two-users"
SMALL = {"file": "20261123T014531Z.meta", "offset": 3, "bytes": 400}
MANY = {**SMALL, "bytes": LARGE + 1}
TSI1 = {"INFLUXDB_DATA_INDEX_VERSION": "tsi1"}


def held(metadata: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    return {"databases": ["user.a"], "shards": 1, "lasting": {}, "metadata": metadata, **more}


def planned(holds: dict[str, Any], environment: dict[str, str] | None = None) -> Plan:
    containers = [
        msgspec.structs.replace(one, environment=environment or {})
        for one in machine("core", root="/var/pryv/core")
    ]
    host = StillHost("core", containers, root=Path("/var/pryv/core"))
    one = part("core", "core")
    one = msgspec.structs.replace(one, stores={**one.stores, "influxdb": holds})
    return restore_plan(discover([host], domain=DOMAIN), set_of(manifest_of(one)), run_id="RUN")


@pytest.mark.parametrize(
    ("holds", "environment", "offline"),
    [
        (held(SMALL), {}, True),
        (held(MANY), {}, True),
        ({"databases": ["user.a"], "shards": 1}, {}, True),  # a set made before this was known
        (held(None), {}, True),
        (held(SMALL, databases=[]), {}, False),
        (held(SMALL), TSI1, False),
        (held(MANY), TSI1, True),
    ],
)
def test_when_it_is_planned(
    holds: dict[str, Any], environment: dict[str, str], offline: bool
) -> None:
    plan = planned(holds, environment)
    tags = [tag_of(step) for step in plan.steps]
    assert ("restore-offline" in tags) is offline
    (restore,) = (s for s in plan.steps if isinstance(s, RestoreStore) and s.store == "influxdb")
    assert restore.offline is offline
    shown = " ".join(restore.command)
    assert ("influxd restore" in shown) is not offline, "a runbook never restores it twice"
    if offline:
        at = tags.index("restore-offline")
        assert tags.index("copy-back") < at < tags.index("start")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(REAL, tmp_path / "root/pryv/influxdb/backup")
    (tmp_path / "root/pryv/influxdb/data").mkdir()
    return tmp_path / "root"


CSV = "name,name\ndatabases,_internal\ndatabases,user.alice\ndatabases,user.bob\n"
HEADING = "name,id,database,retention_policy,shard_group,start_time,end_time,expiry_time,owners\n"
SHARDS = (
    HEADING
    + "user.alice,1,user.alice,autogen,1,2026-11-23T00:00:00Z,2026-11-30T00:00:00Z,,\n"
    + HEADING
)
HOLDS = {
    "databases": ["user.alice", "user.bob"],
    "shards": 2,
    "with_points": 1,
    "lasting": {"user.alice": 1},
    "metadata": SMALL,
}


def performed(
    tmp_path: Path, root: Path, *, running: bool = False, environment: dict[str, str] | None = None
) -> tuple[list[Sequence[str]], list[tuple[str, str]], list[str]]:
    """Both steps, one after the other; what was run in the container, notes and warnings."""

    def answer(argv: Sequence[str]) -> tuple[int, str, str]:
        return 0, {"SHOW DATABASES": CSV, "SHOW SHARDS": SHARDS}.get(argv[2], ""), ""

    host = telling("core", "core", answer, root=root)
    engine: Any = host.engine
    for name, known in engine._containers.items():
        state = "running" if running else "exited"
        engine._containers[name] = msgspec.structs.replace(
            known, state=state, environment=environment or {}
        )
    ctx, heard = context(tmp_path, host)
    layout = resolve_layout(["core"], str(root), {})
    one: dict[str, Any] = {"host": "core", "store": "influxdb", "root": str(root)}
    RestoreOffline(**one, layout=layout, holds=HOLDS).perform(ctx)
    if not ctx.facts.of("core").offline:
        assert not (root / "pryv/influxdb/data/meta").exists()
    RestoreStore(**one, layout=layout, holds=HOLDS, offline=True).perform(ctx)
    return [argv for _, argv in engine.asked], heard.notes, ctx.facts.warnings


def test_put_in_place_the_server_is_only_asked(tmp_path: Path, root: Path) -> None:
    asked, notes, warnings = performed(tmp_path, root)
    assert asked == [SHOW_DATABASES, SHOW_SHARDS]
    assert warnings == []
    assert any("every shard: 1; expected 1" in text for _, text in notes)
    assert (root / "pryv/influxdb/data/meta/meta.db").is_file()


def unexpected_backup(root: Path) -> None:
    (path,) = (root / "pryv/influxdb/backup").glob("*.manifest")
    path.write_text(json.dumps({**json.loads(path.read_text()), "limited": True}))


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("the backup is not as expected", "of one database, policy or shard only"),
        ("no data folder", "No such file"),
        ("the server runs", "pryvio_influxdb runs"),
        ("files elsewhere", "INFLUXDB_DATA_DIR is /elsewhere"),
    ],
)
def test_otherwise_the_documented_command_follows(
    tmp_path: Path, root: Path, what: str, why: str
) -> None:
    if what == "the backup is not as expected":
        unexpected_backup(root)
    if what == "no data folder":
        (root / "pryv/influxdb/data").rmdir()
    asked, notes, _warnings = performed(
        tmp_path,
        root,
        running=what == "the server runs",
        environment={"INFLUXDB_DATA_DIR": "/elsewhere"} if what == "files elsewhere" else None,
    )
    assert asked[0] == ["/usr/bin/influxd", "restore", "-portable", "/pryv/backup/"]
    assert any(why in text and "documented" in text for _, text in notes), notes


def compared(tmp_path: Path, shards: str, lasting: dict[str, int], data: Path | None) -> list[str]:
    def answer(argv: Sequence[str]) -> tuple[int, str, str]:
        return 0, CSV if argv == SHOW_DATABASES else shards, ""

    ctx, _heard = context(tmp_path, telling("core", "core", answer))
    InfluxDB().compare(ctx, "core", {**HOLDS, "lasting": lasting}, data)
    return ctx.facts.checks


def test_a_database_whose_shard_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(PryvTuiError, match=r"1 of 2 .* lack shards.*user\.alice \(1 of 2\)"):
        compared(tmp_path, SHARDS, {"user.alice": 2, "user.bob": 0}, None)


def test_a_shard_that_the_server_knows_but_has_no_files_of_is_missing(tmp_path: Path) -> None:
    shard = tmp_path / "data/user.alice/autogen/1"
    shard.mkdir(parents=True)
    with pytest.raises(PryvTuiError, match=r"user\.alice \(0 of 1\)"):
        compared(tmp_path, SHARDS, {"user.alice": 1}, tmp_path)
    (shard / "000000001-000000001.tsm").write_bytes(b"x")
    assert "its data folder hold" in compared(tmp_path, SHARDS, {"user.alice": 1}, tmp_path)[-1]
    (shard / "000000002-000000001.tsm.bad").write_bytes(b"x")
    with pytest.raises(PryvTuiError, match=r"put them aside: user.alice/autogen/1/000000002"):
        compared(tmp_path, SHARDS, {"user.alice": 1}, tmp_path)


def test_a_name_with_a_comma_is_one_name(tmp_path: Path) -> None:
    shards = HEADING + '"a,""b",7,"a,""b",autogen,1,x,y,z,\n'
    assert compared(tmp_path, shards, {'a,"b': 1}, None)
    with pytest.raises(PryvTuiError, match="lack shards"):
        compared(tmp_path, shards, {"a": 1}, None)


def test_where_the_files_are_elsewhere_the_server_alone_is_believed(tmp_path: Path) -> None:
    assert "the server knows" in compared(tmp_path, SHARDS, {"user.alice": 1}, tmp_path)[-1]


@pytest.mark.parametrize("metadata", [SMALL, MANY])
def test_the_guide_of_a_large_set_goes_offline(metadata: dict[str, Any]) -> None:
    one = part("core", "core")
    one = msgspec.structs.replace(one, stores={**one.stores, "influxdb": held(metadata)})
    guide = restore_guide(manifest_of(one))
    words = ["cp -a", "tail -c +4 ", "chown -R --reference", "up -d --no-deps", "mongorestore"]
    if metadata == MANY:
        places = [guide.index(word) for word in words]
        assert places == sorted(places)
        assert "influxd restore -portable" not in guide
        assert "SHOW DATABASES" in guide
    else:
        assert "tail -c" not in guide
        assert "influxd restore -portable" in guide


@pytest.mark.parametrize(
    "metadata",
    [
        {**SMALL, "file": "x.meta; touch INJECTED"},
        {**SMALL, "file": "../20261123T014531Z.meta"},
        {**SMALL, "offset": "3"},
        {**SMALL, "bytes": None},
        {"file": "20261123T014531Z.meta"},
        "20261123T014531Z.meta",
    ],
)
def test_metadata_that_would_become_another_command_is_refused(metadata: Any) -> None:
    one = part("core", "core")
    one = msgspec.structs.replace(one, stores={**one.stores, "influxdb": held(metadata)})
    with pytest.raises(ValueError, match="influxdb"):
        decode(encode(manifest_of(one)))


def test_good_metadata_is_read_back() -> None:
    one = part("core", "core")
    one = msgspec.structs.replace(one, stores={**one.stores, "influxdb": held(SMALL)})
    assert decode(encode(manifest_of(one))).hosts[0].stores["influxdb"]["metadata"] == SMALL


def test_holes_need_no_room(tmp_path: Path) -> None:
    """A server's series files are 32 MiB a database, of which next to nothing is written."""
    root = tmp_path / "root"
    series = root / "pryv/influxdb/data/data/user.a/_series/00/0000"
    series.parent.mkdir(parents=True)
    series.write_bytes(b"x")
    os.truncate(series, 1 << 40)
    host = telling("core", "core", lambda _argv: (0, "", ""), root=root)
    state = discover([host], domain=DOMAIN).hosts[0]
    assert place.data_bytes(state, "influxdb") < 1 << 20


def test_doctor_tells_how_many_databases_there_are(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "pryv/influxdb/data/meta").mkdir(parents=True)
    host = telling("core", "core", lambda _argv: (0, "", ""), root=root)
    state = discover([host], domain=DOMAIN).hosts[0]
    assert guards.influxdb_line(state) is None
    meta = root / "pryv/influxdb/data/meta/meta.db"
    meta.write_bytes(b"\x2a\x08\x0a\x06user.a")
    line = guards.influxdb_line(state)
    assert line is not None
    assert line.text.startswith("1 database")
    assert line.outcome == "ok"
    meta.write_bytes(b"\x2a\x08\x0a\x06user.a" * (LARGE // 10 + 1))
    line = guards.influxdb_line(state)
    assert line is not None
    assert "too much for `influxd restore`" in line.text
