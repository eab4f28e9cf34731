"""The engine: containers and their states, exec, orphans, cancelling, what a mount shows."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.hosts.engine import Container, Engine
from pryv_tui.hosts.host import Host
from pryv_tui.practice.machines.console import Followed
from pryv_tui.practice.machines.host import PracticeHost
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.practice.state import EngineStore, ProcessRecord, birth_of
from tests.helpers.waiting import PATIENCE, until
from tests.practice.kit import DUMP, RESTORE, Tools, run


def container(host: PracticeHost, service: str) -> Container:
    return next(c for c in host.engine.containers() if c.service == service)


def test_is_what_the_interfaces_ask_for(platform: PracticePlatform) -> None:
    host: Host = platform.hosts[0]
    engine: Engine = host.engine

    assert host.practice
    assert host.root_hint == platform.folder / "hosts/single/root"
    assert engine.info().url == engine.url
    assert engine.url.startswith("practice://")


def test_containers_are_named_mounted_and_labelled_as_the_templates_do(
    platform: PracticePlatform,
) -> None:
    host = platform.hosts[0]
    root = host.root_hint
    names = [c.name for c in host.engine.containers()]
    mongodb = container(host, "mongodb")

    assert names == sorted(names)
    assert len(names) == 16
    assert mongodb.image == "pryvio/mongodb:1.9.2"
    assert mongodb.image_digest.startswith("sha256:")
    assert mongodb.running
    assert {(m.source, m.destination, m.read_only) for m in mongodb.mounts} == {
        (f"{root}/pryv/mongodb/conf", "/app/conf", True),
        (f"{root}/pryv/mongodb/data", "/app/data", False),
        (f"{root}/pryv/mongodb/log", "/app/log", False),
        (f"{root}/pryv/mongodb/backup", "/app/backup", False),
    }
    assert mongodb.labels["com.docker.compose.project"] == "pryv"
    assert mongodb.labels["com.docker.compose.service"] == "mongodb"
    assert mongodb.labels["com.docker.compose.project.working_dir"] == f"{root}/pryv"
    assert mongodb.labels["com.docker.compose.project.config_files"] == f"{root}/pryv/pryv.yml"
    shared = f"{root}/pryv/core/data"
    for service in ("core", "preview", "hfs", "webhooks"):
        assert shared in {m.source for m in container(host, service).mounts}


def test_a_stopped_container_runs_nothing(tools: Tools) -> None:
    tools.host.engine.stop("pryvio_mongodb")

    with pytest.raises(PryvTuiError) as caught:
        tools.mongodb(*DUMP)

    assert caught.value.name == "container-stopped"
    assert caught.value.what.endswith(" is not running")


def test_a_paused_container_runs_nothing(tools: Tools) -> None:
    tools.host.engine.pause("pryvio_redis")

    with pytest.raises(PryvTuiError) as caught:
        tools.redis("redis-cli", "PING")

    assert caught.value.name == "container-stopped"
    assert "is paused, unpause the container before exec" in caught.value.what
    assert caught.value.remedy.startswith("A run that paused pryvio_redis resumes it at its end")
    assert "docker" not in caught.value.remedy
    tools.host.engine.unpause("pryvio_redis")
    assert tools.redis("redis-cli", "PING").code == 0


def test_a_missing_program(tools: Tools) -> None:
    with pytest.raises(PryvTuiError) as caught:
        tools.mongodb("/app/bin/nope")

    assert caught.value.name == "program-missing"
    assert caught.value.what.startswith(
        "OCI runtime exec failed: exec failed: unable to start container process: exec:"
        ' "/app/bin/nope": stat /app/bin/nope: no such file or directory: unknown'
    )


def test_a_missing_container(tools: Tools) -> None:
    for act in (tools.host.engine.start, tools.host.engine.stop, tools.host.engine.pause):
        with pytest.raises(PryvTuiError) as caught:
            act("pryvio_nope")
        assert caught.value.name == "container-missing"


def test_core_crash_loops_while_register_does_not_run(cluster: PracticePlatform) -> None:
    core, register = cluster.host("core"), cluster.host("register")
    register.engine.stop("pryvio_register")
    assert container(core, "core").state == "running"  # it asks at boot only
    core.engine.stop("pryvio_core")
    core.engine.start("pryvio_core")

    first, second = container(core, "core"), container(core, "core")

    assert (first.state, second.state) == ("restarting", "restarting")
    assert second.restarts > first.restarts
    log = b"".join(core.engine.logs("pryvio_core", tail=2)).decode()
    assert "/service/info: connect ECONNREFUSED" in log

    register.engine.start("pryvio_register")

    assert container(core, "core").state == "running"


def test_a_container_without_its_configuration_crash_loops(tools: Tools) -> None:
    tools.host.engine.stop("pryvio_mongodb")
    shutil.rmtree(tools.root / "pryv/mongodb/conf")

    tools.host.engine.start("pryvio_mongodb")

    assert container(tools.host, "mongodb").state == "restarting"


def test_redis_does_not_start_on_a_damaged_file(tools: Tools) -> None:
    tools.host.engine.stop("pryvio_redis")
    aof = tools.root / "pryv/redis/data/appendonly.aof"
    aof.write_bytes(b"#" + aof.read_bytes())

    tools.host.engine.start("pryvio_redis")

    assert container(tools.host, "redis").state == "restarting"
    log = b"".join(tools.host.engine.logs("pryvio_redis", tail=1))
    assert b"Bad file format reading the append only file" in log


def test_a_start_makes_what_is_missing_below_its_mounts(tools: Tools) -> None:
    tools.host.engine.stop("pryvio_influxdb")
    shutil.rmtree(tools.root / "pryv/influxdb")

    tools.host.engine.start("pryvio_influxdb")

    assert (tools.root / "pryv/influxdb/backup").is_dir()
    assert tools.platform.contents()["influxdb"] == {}


def test_a_mount_keeps_the_folder_of_its_containers_start(tools: Tools) -> None:
    data = tools.root / "pryv/mongodb/data"
    data.rename(data.with_name("aside"))
    shutil.copytree(data.with_name("aside"), data)

    assert tools.mongodb(*DUMP).code == 1

    tools.host.engine.stop("pryvio_mongodb")
    tools.host.engine.start("pryvio_mongodb")
    assert tools.mongodb(*DUMP).code == 0


def test_what_waits_for_events_or_a_log_ends_when_another_thread_closes_it(tools: Tools) -> None:
    engine = tools.host.engine
    for waiting in (engine.events(), engine.logs("pryvio_nginx", follow=True)):
        reader = threading.Thread(target=lambda of=waiting: list(of), daemon=True)
        reader.start()

        assert isinstance(waiting, Followed)
        waiting.close()

        reader.join(PATIENCE)
        assert not reader.is_alive()


def test_logs_and_events(tools: Tools) -> None:
    engine = tools.host.engine
    events = engine.events()
    log = engine.logs("pryvio_nginx", follow=True)
    assert b"start worker processes" in next(log)

    engine.pause("pryvio_dns")
    engine.stop("pryvio_nginx")

    assert b"received SIGTERM, stopping" in b"".join(log)  # it ends with its container
    assert [(e.container, e.action) for e in itertools.islice(events, 3)] == [
        ("pryvio_dns", "pause"),
        ("pryvio_nginx", "die"),
        ("pryvio_nginx", "stop"),
    ]


def test_cancelling_ends_the_process(tmp_path: Path) -> None:
    slow = PracticePlatform.create(tmp_path / "slow", pace=3600)
    host, cancel, pids = slow.hosts[0], threading.Event(), list[int]()

    def seen(_: bytes) -> None:
        pids.extend(p.pid for p in _store(host).processes("pryvio_mongodb"))
        cancel.set()

    with pytest.raises(Cancelled):
        run(host, "pryvio_mongodb", DUMP, cancel=cancel, seen=seen)

    assert pids
    assert birth_of(pids[0]) is None
    assert host.engine.processes("pryvio_mongodb") == ["mongodb"]


def test_a_tool_outlives_its_caller_and_is_found(tmp_path: Path) -> None:
    slow = PracticePlatform.create(tmp_path / "slow", pace=3600)
    host = slow.hosts[0]
    caller = _start_caller(slow.folder)
    assert caller.stdout is not None
    assert caller.stdout.read(1)  # the tool has printed: it runs
    caller.kill()
    caller.wait()

    assert " ".join(DUMP) in host.engine.processes("pryvio_mongodb")
    (orphan,) = _store(host).processes("pryvio_mongodb")
    assert run(host, "pryvio_mongodb", ("kill", "-KILL", str(orphan.pid))).code == 0
    _wait_until_gone(orphan)
    assert host.engine.processes("pryvio_mongodb") == ["mongodb"]


def test_an_orphan_goes_on_although_nobody_listens(tmp_path: Path) -> None:
    slow = PracticePlatform.create(tmp_path / "slow", pace=2)
    host = slow.hosts[0]
    caller = _start_caller(slow.folder)
    assert caller.stdout is not None
    assert caller.stdout.read(1)
    (orphan,) = _store(host).processes("pryvio_mongodb")
    os.kill(orphan.pid, signal.SIGSTOP)  # until nobody listens, however long that takes
    caller.kill()
    caller.wait()
    assert orphan.alive
    os.kill(orphan.pid, signal.SIGCONT)

    _wait_until_gone(orphan)

    assert host.root_hint is not None
    tools = Tools(slow)
    tools.empty("mongodb")
    assert tools.mongodb(*RESTORE).lines[-1].startswith("157 document(s) restored successfully.")


def test_stopping_a_container_ends_what_runs_in_it(tmp_path: Path) -> None:
    slow = PracticePlatform.create(tmp_path / "slow", pace=3600)
    host = slow.hosts[0]
    caller = _start_caller(slow.folder)
    assert caller.stdout is not None
    assert caller.stdout.read(1)
    (process,) = _store(host).processes("pryvio_mongodb")

    host.engine.stop("pryvio_mongodb")

    assert not process.alive
    assert caller.wait() == 1
    assert b"died while mongodump ran in it" in (caller.stderr.read() if caller.stderr else b"")


def test_two_processes_at_once_lose_nothing(platform: PracticePlatform) -> None:
    folder = platform.folder
    spawn = multiprocessing.get_context("spawn")
    workers = [
        spawn.Process(target=_restart_often, args=(folder, name))
        for name in ("pryvio_dns", "pryvio_mail")
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert [worker.exitcode for worker in workers] == [0, 0]
    containers = _store(platform.hosts[0]).read().containers
    assert containers["pryvio_dns"].boots == 1 + TIMES
    assert containers["pryvio_mail"].boots == 1 + TIMES


def test_what_was_read_is_read_again_once_it_changed_and_not_before(
    platform: PracticePlatform,
) -> None:
    (host,) = platform.hosts
    reader, writer = _store(host), _store(host)
    before = reader.read()
    assert reader.read() is before
    with pytest.raises(ZeroDivisionError), reader.change() as record:
        record.containers.clear()
        raise ZeroDivisionError
    assert reader.read().containers, "what was not written is nowhere to be read"
    with writer.change() as record:
        record.containers["pryvio_mail"].boots += 1
    boots = [one.containers["pryvio_mail"].boots for one in (before, reader.read())]
    assert boots == [1, 2]


TIMES = 25


def _restart_often(folder: Path, name: str) -> None:
    engine = PracticePlatform.open(folder).hosts[0].engine
    for _ in range(TIMES):
        engine.stop(name)
        engine.start(name)


def _store(host: PracticeHost) -> EngineStore:
    assert host.root_hint is not None
    return EngineStore(host.root_hint.parent)


def _start_caller(folder: Path) -> subprocess.Popen[bytes]:
    """Another process that runs a dump and passes on what it prints."""
    text = (
        "import sys; from pathlib import Path\n"
        "from pryv_tui.errors import PryvTuiError\n"
        "from pryv_tui.practice.platform import PracticePlatform\n"
        f"host = PracticePlatform.open(Path({str(folder)!r})).hosts[0]\n"
        "try:\n"
        f"    host.engine.exec('pryvio_mongodb', {DUMP!r},"
        " on_output=lambda s, b: print(b, flush=True))\n"
        "except PryvTuiError as error:\n"
        "    sys.exit(error.what)\n"
    )
    command = [sys.executable, "-c", text]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _wait_until_gone(process: ProcessRecord) -> None:
    until(lambda: not process.alive, f"the end of process {process.pid}")


def test_an_interrupted_tool_tells_the_signal(tmp_path: Path) -> None:
    slow = PracticePlatform.create(tmp_path / "slow", pace=3600)
    host = slow.hosts[0]

    def seen(_: bytes) -> None:
        for process in _store(host).processes("pryvio_mongodb"):
            os.kill(process.pid, signal.SIGKILL)

    assert run(host, "pryvio_mongodb", DUMP, seen=seen).code == 128 + signal.SIGKILL


def test_the_applications_answer_by_name_while_they_run(platform: PracticePlatform) -> None:
    engine = platform.hosts[0].engine
    reg, core = f"reg.{platform.domain}", f"co1.{platform.domain}"
    assert engine.ask("pryvio_nginx", reg, "/service/info") == 200
    assert engine.ask("pryvio_nginx", reg, "/wactiv/check_username") == 200
    assert engine.ask("pryvio_nginx", core, "/status") == 200
    assert engine.ask("pryvio_nginx", core, "/elsewhere") == 404
    engine.stop("pryvio_core")
    assert engine.ask("pryvio_nginx", core, "/status") == 502
    engine.stop("pryvio_nginx")
    with pytest.raises(PryvTuiError) as raised:
        engine.ask("pryvio_nginx", core, "/status")
    assert raised.value.name == "container-stopped"


def test_a_folder_that_was_replaced_is_not_the_one_that_a_container_sees(
    platform: PracticePlatform,
) -> None:
    host = platform.hosts[0]
    (mount,) = (m for m in container(host, "core").mounts if m.destination == "/app/data")
    folder = Path(mount.source)
    assert host.engine.shows("pryvio_core", mount) is True
    folder.rename(folder.with_name("before"))
    assert host.engine.shows("pryvio_core", mount) is False
    shutil.copytree(folder.with_name("before"), folder)
    assert host.engine.shows("pryvio_core", mount) is False
    host.engine.stop("pryvio_core")
    assert host.engine.shows("pryvio_core", mount) is None
    host.engine.start("pryvio_core")
    assert host.engine.shows("pryvio_core", mount) is True
