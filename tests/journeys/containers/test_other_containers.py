"""Containers that are not as the templates have them: renamed ones, foreign ones that have a part
of the root mounted, and services that were broken before."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from pryv_tui.operations.containers.waiting import VARIABLE
from pryv_tui.operations.guards import doctor
from pryv_tui.operations.plans.runbook import runbook
from pryv_tui.operations.steps.bringing_back.move_aside import MoveAside
from pryv_tui.operations.steps.bringing_back.put_back_root import PutBackRoot
from pryv_tui.operations.steps.services.start_services import StartServices
from pryv_tui.practice.state import ContainerRecord
from pryv_tui.runs.left import left_behind
from pryv_tui.runs.planning.request import plan_backup, plan_restore
from pryv_tui.runs.record.events import RunFinished
from pryv_tui.runs.record.history import all_runs
from pryv_tui.runs.recovery import start_recovery
from tests.faults.bench import Bench, lost

LEFT_OVER = "0123456789ab_pryvio_core"


def record(bench: Bench, name: str) -> ContainerRecord:
    machine = next(iter(bench.platform._home.machines.values()))
    return machine.engine.read().containers[name]


def sees_the_root(bench: Bench, name: str) -> bool:
    (host,) = bench.site.hosts
    (container,) = [c for c in host.engine.containers() if c.name == name]
    return all(host.engine.shows(name, mount) is not False for mount in container.mounts)


@contextmanager
def watched(bench: Bench, *names: str) -> Iterator[list[str]]:
    """Notes which of these containers run as folders are swapped."""
    up: list[str] = []

    def note() -> None:
        up.extend(name for name in names if record(bench, name).state == "running")

    swap, back = MoveAside.perform, PutBackRoot.perform

    def swapping(step: Any, ctx: Any) -> None:
        note()
        swap(step, ctx)

    def giving(step: Any, ctx: Any) -> None:
        note()
        back(step, ctx)

    with patch.object(MoveAside, "perform", swapping), patch.object(PutBackRoot, "perform", giving):
        yield up


def restored(bench: Bench) -> RunFinished:
    end = bench.run("restore", set_id=bench.set_id)
    assert end is not None
    return end


@pytest.mark.parametrize("folders", [["pryv/core/data"], ["."], ["pryv/nginx/conf:ro"]])
def test_a_foreign_container_is_stopped_with_the_rest_and_started_again(
    tmp_path: Path, folders: list[str]
) -> None:
    bench = Bench(tmp_path)
    bench.platform.add_container("files", folders)
    backup = bench.run("backup")
    assert backup is not None and backup.outcome == "complete", "a neighbour is no warning"
    with watched(bench, "files") as up:
        end = restored(bench)
        assert (end.outcome, end.exit) == ("complete", 0), end
        assert record(bench, "files").state == "running"
        assert sees_the_root(bench, "files"), "what it writes lands in the root"
        undo = bench.run("undo", undone_run=end.run)
        assert undo is not None and undo.outcome == "complete", undo
    assert up == [], "no folder is swapped under it"
    assert record(bench, "files").state == "running" and sees_the_root(bench, "files")
    assert record(bench, "files").restart_policy == "always"
    assert not lost(bench.lived, bench.held())


def test_one_that_only_reads_the_whole_root_is_left_alone(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.platform.add_container("exporter", [".:ro"])
    boots = record(bench, "exporter").boots
    assert restored(bench).outcome == "complete"
    assert record(bench, "exporter").boots == boots


def test_a_foreign_one_with_a_name_like_ours_is_not_the_platform_s(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.platform.add_container("pryvio_backup_old", [".:ro"])
    boots = record(bench, "pryvio_backup_old").boots
    end = bench.run("backup")
    assert end is not None
    manifest = bench.site.vault.resolve(end.set).manifest
    assert manifest is not None
    assert "pryvio_backup_old" not in [i.container for h in manifest.hosts for i in h.images]
    assert restored(bench).outcome == "complete"
    assert record(bench, "pryvio_backup_old").boots == boots


def test_one_that_did_not_run_is_not_started(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.platform.add_container("files", ["pryv/core/data"])
    (host,) = bench.site.hosts
    host.engine.stop("files")
    assert restored(bench).outcome == "complete"
    assert record(bench, "files").state == "exited"


def test_one_that_goes_when_it_is_stopped_is_told(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.platform.add_container("files", ["pryv/core/data"])
    perform = MoveAside.perform

    def gone(step: Any, ctx: Any) -> None:
        with next(iter(bench.platform._home.machines.values())).engine.change() as engine:
            del engine.containers["files"]
        perform(step, ctx)

    with patch.object(MoveAside, "perform", gone):
        end = restored(bench)
    assert (end.outcome, end.exit) == ("warnings", 3)
    assert any("files" in text and "start it again" in text for text in end.warnings)


def test_doctor_and_plans_name_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.platform.add_container("files", ["pryv/core/data"])
    bench.platform.add_container("exporter", [".:ro"])
    site = bench.site
    (line,) = [one for one in doctor(site, site.discover()) if one.name.startswith("others")]
    assert line.outcome == "ok"
    assert "files" in line.text and "pryv/core/data (writable)" in line.text
    assert "exporter" in line.text and "left alone" in line.text
    plan = plan_restore(site, site.discover(), bench.set_id)
    said = runbook(plan)
    assert "docker stop files pryvio_config_follower" in said
    assert "docker start files" in said
    assert "and started again at the end: files (" in said
    assert any("files" in one for one in plan_backup(site, site.discover()).effects)


def test_one_that_may_write_into_a_database_is_a_warning(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.platform.add_container("mongo-express", ["pryv/mongodb/data"])
    site = bench.site
    (line,) = [one for one in doctor(site, site.discover()) if one.name.startswith("others")]
    assert line.outcome == "warning" and "mongo-express" in line.text


def test_one_that_may_write_into_a_database_is_stopped_as_doctor_says(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.platform.add_container("mongo-express", ["pryv/mongodb/data"])
    site = bench.site
    (line,) = [one for one in doctor(site, site.discover()) if one.name.startswith("others")]
    assert "pryv-tui containers stop mongo-express --host single" in line.remedy
    end = bench.run("stop", container="mongo-express", host="single")
    assert end is not None and end.outcome == "complete", end
    (line,) = [one for one in doctor(site, site.discover()) if one.name.startswith("others")]
    assert line.outcome == "ok"


def test_one_that_sees_a_former_folder_is_restarted_as_doctor_says(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.platform.add_container("files", ["pryv/mail/conf"])
    folder = bench.root / "pryv/mail/conf"
    (host,) = bench.site.hosts
    host.engine.stop("pryvio_mail")
    folder.rename(folder.with_name("former"))
    shutil.copytree(folder.with_name("former"), folder)
    host.engine.start("pryvio_mail")
    site = bench.site
    (line,) = [one for one in doctor(site, site.discover()) if one.name.startswith("mounts")]
    assert line.outcome == "warning" and "files, which is not part of the platform" in line.text
    assert "pryv-tui containers restart files --host single" in line.remedy
    end = bench.run("restart", container="files", host="single")
    assert end is not None and end.outcome == "complete", end
    (line,) = [one for one in doctor(site, site.discover()) if one.name.startswith("mounts")]
    assert line.outcome == "ok"


def test_one_that_is_started_in_the_middle_is_named_and_nothing_is_swapped(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.platform.add_container("files", ["pryv/core/data"])
    (host,) = bench.site.hosts
    perform = MoveAside.perform

    def started(step: Any, ctx: Any) -> None:
        host.engine.start("files")
        perform(step, ctx)

    with patch.object(MoveAside, "perform", started):
        end = restored(bench)
    assert end.outcome == "failed"
    assert "files was started" in end.what
    assert not lost(bench.lived, bench.held())
    assert record(bench, "files").state == "running"


RENAMES = {
    "pryvio_core": LEFT_OVER,
    "pryvio_mongodb": "mongo-prod",
    "pryvio_redis": "pryv-redis-1",
    "pryvio_influxdb": "ab12cd34ef56_pryvio_influxdb",
    "pryvio_nginx": "front",
    "pryvio_config_follower": "follower",
}


@pytest.mark.parametrize("gone", [False, True])
def test_renamed_containers_are_backed_up_restored_and_undone(tmp_path: Path, gone: bool) -> None:
    bench = Bench(tmp_path)
    for name, new in RENAMES.items():
        bench.platform.rename_container(name, new)
    before = bench.running()
    assert set(RENAMES.values()) <= before
    backup = bench.run("backup")
    assert backup is not None and (backup.outcome, backup.exit) == ("complete", 0), backup
    kept = bench.held()
    if gone:
        bench.platform.wipe("all")
    end = bench.run("restore", set_id=backup.set)
    assert end is not None and (end.outcome, end.exit) == ("complete", 0), end
    assert not lost(kept, bench.held())
    if gone:
        assert bench.running() == {f"pryvio_{one.service}" for one in services(bench)}, (
            "compose makes them by the names of the root's own files"
        )
        return
    assert bench.running() == before
    undo = bench.run("undo", undone_run=end.run)
    assert undo is not None and undo.outcome == "complete", undo
    assert bench.running() == before


def services(bench: Bench) -> list[ContainerRecord]:
    machine = next(iter(bench.platform._home.machines.values()))
    return list(machine.engine.read().containers.values())


def test_a_container_renamed_between_a_restore_and_its_undo(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    end = restored(bench)
    bench.platform.rename_container("pryvio_core", LEFT_OVER)
    bench.platform.rename_container("pryvio_mongodb", "mongo-prod")
    undo = bench.run("undo", undone_run=end.run)
    assert undo is not None and undo.outcome == "complete", undo
    assert {LEFT_OVER, "mongo-prod"} <= bench.running()
    assert not lost(bench.lived, bench.held())


# --- what was broken before ----------------------------------------------------------------------


@pytest.mark.parametrize("service", ["mfa", "mail", "nginx"])
def test_a_service_that_was_broken_before_does_not_fail_a_restore(
    tmp_path: Path, service: str
) -> None:
    bench = Bench(tmp_path)
    many = len(bench.running())
    bench.platform.faults.set(f"container-loops:{service}")
    end = restored(bench)
    assert (end.outcome, end.exit) == ("warnings", 3), end
    (told,) = [text for text in end.warnings if "does not stay up" in text]
    assert f"pryvio_{service}" in told and "did not before" in told
    (count,) = [text for text in end.checks if "containers run" in text]
    assert (
        f"{many - 1} of {many} containers run and stay up; these do not: pryvio_{service}" in count
    )
    assert not lost(bench.of_set, bench.held()), "all is back"
    assert end.down_to, "the services are up again"
    undo = bench.run("undo", undone_run=end.run)
    assert undo is not None and (undo.outcome, undo.exit) == ("warnings", 3), undo
    assert not lost(bench.lived, bench.held())


def test_one_that_breaks_in_the_restore_is_told_apart(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    perform = MoveAside.perform

    def breaks(step: Any, ctx: Any) -> None:
        bench.platform.faults.set("container-loops:mfa")
        perform(step, ctx)

    with patch.object(MoveAside, "perform", breaks):
        end = restored(bench)
    assert (end.outcome, end.exit) == ("warnings", 3), end
    assert any("these do not stay up: pryvio_mfa" in text for text in end.warnings)
    assert not any("did not before" in text for text in end.warnings)


@pytest.mark.parametrize("service", ["mongodb", "redis"])
def test_what_the_data_needs_has_to_come_up(
    tmp_path: Path, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(tmp_path)
    perform = MoveAside.perform

    def breaks(step: Any, ctx: Any) -> None:
        bench.platform.faults.set(f"container-loops:{service}")
        monkeypatch.setenv(VARIABLE, "2s")
        perform(step, ctx)

    with patch.object(MoveAside, "perform", breaks):
        end = restored(bench)
    assert end.outcome == "failed"
    monkeypatch.delenv(VARIABLE)
    bench.platform.faults.clear()
    undo = bench.run("undo", undone_run=end.run)
    assert undo is not None and undo.outcome == "complete"
    assert not lost(bench.lived, bench.held())


@pytest.mark.parametrize("choice", ["finish", "roll-back"])
def test_what_was_before_is_known_although_a_run_died_in_between(
    tmp_path: Path, choice: Any
) -> None:
    bench = Bench(tmp_path)
    bench.platform.faults.set("container-loops:mfa")
    perform = StartServices.perform

    def dies(step: Any, ctx: Any) -> None:
        perform(step, ctx)
        os._exit(9)

    worker = os.fork()
    if not worker:
        setattr(StartServices, "perform", dies)  # noqa: B010
        with suppress(BaseException):
            bench.run("restore", set_id=bench.set_id)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]) == 9
    site = bench.site
    (left,) = left_behind(site, site.discover())
    end = finish(bench, left, choice)
    assert (end.outcome, end.exit) == ("warnings", 3), end
    assert any("pryvio_mfa" in text and "did not before" in text for text in end.warnings), end
    assert not lost(bench.of_set if choice == "finish" else bench.lived, bench.held())


def finish(bench: Bench, left: Any, choice: Any) -> RunFinished:
    """Do what the recovery does, in this process."""
    from pryv_tui.runs import start

    done: list[RunFinished | None] = []

    def begin(_settings: Any, kind: Any, **words: Any) -> Any:
        with patch.object(start, "start_run", original):
            done.append(bench.run(kind, **words))
        return all_runs(bench.site.state)[-1]

    original = start.start_run
    with patch.object(start, "start_run", begin):
        start_recovery(bench.site, left, choice)
    (end,) = done
    assert end is not None
    return end
