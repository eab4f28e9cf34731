"""Making, growing, looking at and losing a practice platform."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import bson
import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.discovery import discover
from pryv_tui.practice.home import Home
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.practice.stores.mongo import MongoStore
from tests.practice.kit import DUMP, INFLUX_BACKUP, INFLUX_RESTORE, RESTORE, run

CONTRACT = {"mongodb", "influxdb", "redis", "attachments", "conf", "running"}


def root_of(platform: PracticePlatform, host: str = "single") -> Path:
    root = platform.host(host).root_hint
    assert root is not None
    return root


def test_contents_have_the_shape_of_the_contract(platform: PracticePlatform) -> None:
    contents = platform.contents()

    assert set(contents) == CONTRACT
    assert contents["redis"] == {"users": 8}
    assert contents["attachments"]["files"] == 24
    assert set(contents["attachments"]) == {"files", "bytes", "digest"}
    assert "pryvio_mongodb" in contents["running"]
    assert len(contents["running"]) == 16


def test_the_same_seed_gives_the_same(tmp_path: Path) -> None:
    one = PracticePlatform.create(tmp_path / "one", seed=7).contents()
    two = PracticePlatform.create(tmp_path / "two", seed=7).contents()
    other = PracticePlatform.create(tmp_path / "other", seed=8).contents()

    assert one == two
    assert one["attachments"]["digest"] != other["attachments"]["digest"]


def test_looking_changes_nothing(platform: PracticePlatform) -> None:
    root = root_of(platform)

    def everything() -> list[tuple[str, int]]:
        return sorted(
            (str(path), path.lstat().st_mtime_ns)
            for path in root.rglob("*")
            if not path.name.endswith("-shm") and not path.is_dir()
        )

    before = everything()
    assert platform.contents() == platform.contents()
    assert everything() == before


def test_a_folder_that_is_none_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(PryvTuiError) as caught:
        PracticePlatform.open(tmp_path)
    assert caught.value.name == "usage"
    assert "pryv-tui practice create" in caught.value.remedy


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("dear")
    with pytest.raises(PryvTuiError) as caught:
        PracticePlatform.create(tmp_path)
    assert caught.value.name == "usage"
    assert [p.name for p in tmp_path.iterdir()] == ["letter"]


def test_an_interrupted_making_is_not_taken_for_a_platform(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(PracticePlatform, "_populate", stop)
    with pytest.raises(KeyboardInterrupt):
        PracticePlatform.create(tmp_path / "half")
    with pytest.raises(PryvTuiError) as caught:
        PracticePlatform.open(tmp_path / "half")
    assert "interrupted" in caught.value.what


def test_discovery_takes_it_for_what_it_is(
    platform: PracticePlatform, cluster: PracticePlatform
) -> None:
    one, three = discover(platform.hosts), discover(cluster.hosts)

    assert (one.form, one.domain, one.release) == ("single-node", platform.domain, "1.9.2")
    assert one.practice
    assert one.roles == ("core", "register", "static-web")
    assert (three.form, three.domain) == ("cluster", cluster.domain)
    assert {state.name: state.roles for state in three.hosts} == {
        "core": ("core",),
        "register": ("register",),
        "static-web": ("static-web",),
    }


def test_attachments_lie_where_their_events_say(platform: PracticePlatform) -> None:
    root = root_of(platform)
    found = 0
    for raw in MongoStore(root / "pryv/mongodb/data").documents("pryv-node", "events"):
        event = bson.decode(raw)
        for attachment in event.get("attachments", ()):
            user = event["userId"]
            folder = root / "pryv/core/data/users" / user[-1] / user[-2] / user[-3] / user
            path = folder / "attachments" / event["_id"] / attachment["id"]
            assert path.stat().st_size == attachment["size"]
            found += 1
    assert found == 24


def test_accounts_lie_in_a_write_ahead_log(platform: PracticePlatform, tmp_path: Path) -> None:
    index = root_of(platform) / "pryv/core/data/users/user-index.db"
    assert index.with_name("user-index.db-wal").stat().st_size > 0
    with closing(sqlite3.connect(f"{index.as_uri()}?mode=ro", uri=True)) as connection:
        assert connection.execute("SELECT count(*) FROM id4name").fetchone() == (8,)

    alone = tmp_path / "copied-alone.db"
    alone.write_bytes(index.read_bytes())
    with closing(sqlite3.connect(alone)) as connection, pytest.raises(sqlite3.OperationalError):
        connection.execute("SELECT count(*) FROM id4name")


def test_the_root_holds_what_is_hard_to_copy(platform: PracticePlatform) -> None:
    root = root_of(platform)
    conf = root / "pryv/nginx/conf"

    assert (conf / "notes of the operator.txt").exists()
    assert (conf / "two\nlines.conf").exists()
    assert os.fsdecode(b"r\xe9sum\xe9.txt") in [path.name for path in conf.iterdir()]
    assert (conf / "current.conf").is_symlink()
    assert (conf / "hard-link.conf").stat().st_nlink == 2
    sparse = (root / "pryv/core/data/reserve.img").stat()
    assert sparse.st_blocks * 512 < sparse.st_size
    secrets = list((conf / "secret").glob("*-key.pem"))
    assert [stat.S_IMODE(path.stat().st_mode) for path in secrets] == [0o600]


def test_growing_makes_accounts_files_and_points(platform: PracticePlatform) -> None:
    before = platform.contents()

    platform.grow(users=2, attachments=3, points=10)

    after = platform.contents()
    assert after["redis"]["users"] == 10
    assert after["mongodb"]["accesses"] == before["mongodb"]["accesses"] + 2
    assert after["attachments"]["files"] == 27
    assert sum(after["influxdb"].values()) == sum(before["influxdb"].values()) + 10
    assert after["conf"] == before["conf"]


@pytest.mark.parametrize("held", ["register", "nginx"])
def test_nobody_registers_while_registrations_are_held(
    platform: PracticePlatform, held: str
) -> None:
    before = platform.contents()
    platform.hosts[0].engine.pause(f"pryvio_{held}")

    with pytest.raises(PryvTuiError) as caught:
        platform.grow(users=1)

    assert caught.value.name == "practice"
    platform.hosts[0].engine.unpause(f"pryvio_{held}")
    assert platform.contents() == before


def test_every_loss_shows_in_the_contents(platform: PracticePlatform) -> None:
    root, seen = root_of(platform), [platform.contents()]
    attachment = next((root / "pryv/core/data/users").glob("*/*/*/*/attachments/*/*"))
    index = root / "pryv/core/data/users/user-index.db"

    def forget_an_account() -> None:
        with closing(sqlite3.connect(index)) as connection, connection:
            connection.execute("DELETE FROM id4name WHERE username = 'anna'")

    losses = (
        lambda: attachment.chmod(0o600),
        lambda: os.utime(attachment, (1, 1)),
        lambda: attachment.write_bytes(b"x" * attachment.stat().st_size),
        attachment.unlink,
        forget_an_account,
        lambda: (root / "pryv/nginx/conf/current.conf").unlink(),
        lambda: (root / "config-leader/conf/platform.yml").chmod(0o600),
    )
    for lose in losses:
        lose()
        contents = platform.contents()
        assert contents not in seen
        seen.append(contents)


def test_wiping_core_on_a_single_machine_spares_the_other_roles(
    platform: PracticePlatform,
) -> None:
    before = platform.contents()
    platform.wipe("core")
    after = platform.contents()
    root = root_of(platform)

    assert after["mongodb"] == {}
    assert after["influxdb"] == {}
    assert after["attachments"]["files"] == 0
    assert after["redis"] == before["redis"]
    assert "pryvio_core" not in after["running"]
    assert {"pryvio_nginx", "pryvio_register", "pryvio_config_follower"} <= set(after["running"])
    assert not (root / "pryv/mongodb").exists()
    assert (root / "pryv/redis/data/appendonly.aof").exists()


def test_wiping_a_role_of_a_cluster_empties_its_machine(cluster: PracticePlatform) -> None:
    cluster.wipe("register")

    assert list(root_of(cluster, "register").iterdir()) == []
    assert cluster.host("register").engine.containers() == []
    assert len(cluster.host("core").engine.containers()) == 9
    assert cluster.contents()["redis"] == {"users": 0}


def test_wiping_all(cluster: PracticePlatform) -> None:
    cluster.wipe("all")

    assert cluster.contents()["running"] == []
    assert [list(root_of(cluster, host.name).iterdir()) for host in cluster.hosts] == [[], [], []]


def test_an_unknown_role_is_refused(platform: PracticePlatform, cluster: PracticePlatform) -> None:
    for wiped, role in ((platform, "cores"), (platform, ""), (cluster, "single-node")):
        with pytest.raises(PryvTuiError) as caught:
            wiped.wipe(role)
        assert caught.value.name == "usage"


@pytest.mark.parametrize("form", ["single-node", "cluster"])
def test_the_documented_journey_by_hand(tmp_path: Path, form: str) -> None:
    """Dump, copy core's root, lose core, copy back, compose up, restore: equal contents."""
    platform = PracticePlatform.create(
        tmp_path / "p", form="cluster" if form == "cluster" else "single-node"
    )
    host = platform.host("single" if form == "single-node" else "core")
    root = host.root_hint
    assert root is not None
    before = platform.contents()
    run(host, "pryvio_mongodb", DUMP)
    run(host, "pryvio_influxdb", INFLUX_BACKUP)
    copy = tmp_path / "copy"
    assert os.system(f"cp -a {root} {copy}") == 0
    for left_out in ("pryv/mongodb/data", "pryv/influxdb/data", "pryv/core/data/previews"):
        assert os.system(f"rm -rf {copy / left_out}") == 0

    platform.wipe("core")
    compose = ["docker-compose", "-f", str(root / "pryv/pryv.yml")]
    host.run([*compose, "down"], on_output=lambda *_: None)
    assert os.system(f"cp -a {copy}/. {root}/") == 0
    assert host.run([*compose, "up", "-d", "mongodb", "influxdb"], on_output=lambda *_: None) == 0
    assert run(host, "pryvio_mongodb", RESTORE).code == 0
    assert run(host, "pryvio_influxdb", INFLUX_RESTORE).code == 0
    for script in ("run-config-leader", "run-pryv", "run-config-follower"):
        if (root / script).exists():
            assert host.run([str(root / script)], on_output=lambda *_: None) == 0
    for each in platform.hosts:
        each.engine.containers()  # whoever waited for register looks again

    after = platform.contents()
    assert after == before


def add_sandbox(platform: PracticePlatform, service: str) -> None:
    """A drill's container of a service, as it runs on the machine of the platform's own."""
    (machine,) = Home(platform.folder).machines.values()
    with machine.engine.change() as engine:
        own = engine.containers[f"pryvio_{service}"]
        name = f"pryvdrill_20260101T000000Z-drill-0000_{service}"
        engine.containers = {
            name: msgspec.structs.replace(own, name=name, sandbox="/sandbox"),
            **engine.containers,
        }


def test_the_containers_of_a_drill_are_none_of_the_platform_s(platform: PracticePlatform) -> None:
    before = platform.contents()
    add_sandbox(platform, "core")
    assert platform.contents() == before

    platform.wipe("all")
    assert not platform.holds("all")
    assert not platform.holds("core")


def test_what_has_to_run_is_named_by_the_platform_s_own_name(platform: PracticePlatform) -> None:
    add_sandbox(platform, "redis")
    platform.host("single").engine.stop("pryvio_redis", timeout=1)
    with pytest.raises(PryvTuiError) as caught:
        platform.may_grow(users=1)
    assert "containers start pryvio_redis" in caught.value.remedy
