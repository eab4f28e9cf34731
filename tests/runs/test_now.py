"""The run that holds the platform now, and what it means for whoever asks how the platform is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from pryv_tui.cli.main import cli
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.guards import backup_guards, doctor, restore_guards
from pryv_tui.operations.guards.line import GuardLine
from pryv_tui.operations.kinds.backup import LET_GO
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.site import Site, open_site
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.now import holds_now, made_now, who_holds
from pryv_tui.runs.record.history import RunRecord, all_runs
from pryv_tui.runs.start import cancel_run, start_run
from tests.helpers.runs import run_to_its_end
from tests.helpers.waiting import until


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A platform whose stores take so long that a run is surely at work in one."""
    folder = PracticePlatform.create(tmp_path / "slow", users=2, attachments=2, pace=30.0).folder
    settings = resolve_settings(practice=str(folder), environment={})
    yield open_site(settings)
    for record in all_runs(Path(settings.state)):
        if record.state in ("starting", "running"):
            cancel_run(Path(settings.state), record.id)


def dumping(site: Site) -> RunRecord:
    """Start a backup; back when its mongodump works."""
    record = start_run(site.settings, "backup", label="now")
    engine = site.hosts[0].engine
    until(lambda: any("mongodump" in line for line in engine.processes("pryvio_mongodb")), "a dump")
    return record


def where(site: Site) -> list[str]:
    return ["--practice", str(site.settings.practice)]


def by_name(lines: list[GuardLine]) -> dict[str, GuardLine]:
    return {line.name: line for line in lines}


def test_a_run_at_work_is_said_first_and_nobody_is_told_to_end_it(site: Site) -> None:
    assert holds_now(site) is None
    record = dumping(site)
    going_on = holds_now(site)
    assert going_on is not None
    assert going_on.run == record.id
    for lines in (
        doctor(site, site.discover(), going_on),
        backup_guards(site, site.discover(), (), going_on=going_on),
    ):
        first, found = lines[0], by_name(lines)
        assert first.text.startswith(f"the backup {record.id} has been using the platform since ")
        assert f"pryv-tui attach {record.id}" in first.remedy
        assert f"pryv-tui cancel {record.id}" in first.remedy
        dumps = found["dumps running single"]
        assert dumps.outcome == "ok"
        assert f"a program of the backup {record.id} itself is running" in dumps.text
        assert not any("end it with its container" in line.remedy for line in lines)
        assert [line.name for line in lines if line.outcome == "failed"] in ([], ["run"])
    assert lines[0].outcome == "failed", "no other one can begin"
    told = CliRunner().invoke(cli, ["doctor", "--json", *where(site)], obj={})
    (run, *_rest) = json.loads(told.stdout)
    assert sorted(run) == ["name", "outcome", "remedy", "text"]
    assert run["outcome"] == "warning", "it is no fault of the platform"
    assert told.exit_code == 3
    told = CliRunner().invoke(cli, ["cancel", record.id, *where(site)], obj={})
    assert LET_GO in " ".join(told.output.split()), "it says what a cancel does"
    assert "It is at: Dump MongoDB on single." in " ".join(told.output.split())
    assert holds_now(site) is None


def test_a_dump_that_is_not_known_to_be_the_runs_is_left_alone_too(site: Site) -> None:
    record = dumping(site)
    going_on = holds_now(site)
    assert going_on is not None
    elsewhere = msgspec.structs.replace(going_on, inside=frozenset())
    line = by_name(doctor(site, site.discover(), elsewhere))["dumps running single"]
    assert line.outcome == "warning"
    assert "end it with its container" not in line.remedy
    assert line.remedy == "Leave it alone while the backup is running; then check again."
    cancel_run(site.state, record.id)
    assert by_name(doctor(site, site.discover()))["dumps running single"].outcome == "ok"


def test_without_a_run_a_dump_is_an_orphan(site: Site) -> None:
    record = dumping(site)
    line = by_name(doctor(site, site.discover()))["dumps running single"]
    assert line.outcome == "failed"
    assert "pryv-tui containers restart pryvio_mongodb" in line.remedy
    cancel_run(site.state, record.id)


def test_the_set_of_a_run_that_is_alive_is_being_made(site: Site) -> None:
    assert made_now(site) == {}
    record = dumping(site)
    (partial,) = site.vault.sets()
    assert made_now(site) == {partial.id: record.id}
    told = CliRunner().invoke(cli, ["list", *where(site)], obj={})
    assert "being made now" in told.stdout
    assert "did not finish" not in told.stdout
    told = CliRunner().invoke(cli, ["list", "--json", *where(site)], obj={})
    (row,) = json.loads(told.stdout)
    assert (row["state"], row["made_by"]) == ("partial", record.id)
    refused = CliRunner().invoke(cli, ["restore", partial.id, *where(site)], obj={})
    assert refused.exit_code == 4
    said = f"{partial.id} is being made now by the backup {record.id}; nothing was changed"
    assert said in " ".join(refused.output.split())
    cancel_run(site.state, record.id)
    assert made_now(site) == {}
    refused = CliRunner().invoke(cli, ["restore", partial.id, *where(site)], obj={})
    assert refused.exit_code != 0 and "; nothing was changed" not in refused.output
    told = CliRunner().invoke(cli, ["list", *where(site)], obj={})
    assert f"partial: the backup {record.id} was cancelled" in told.stdout


def test_of_a_set_that_no_known_run_began_no_run_is_named(site: Site) -> None:
    (site.vault.folder / "20260101T000000Z.partial").mkdir(parents=True)
    told = CliRunner().invoke(cli, ["list", *where(site)], obj={})
    assert "partial: the backup did not finish" in told.stdout


def test_what_a_run_holds_is_told_as_held(site: Site) -> None:
    record = dumping(site)
    told = CliRunner().invoke(cli, ["status", *where(site)], obj={})
    (line,) = [line for line in told.stdout.splitlines() if "because of" in line]
    assert " ".join(line.split()) == (
        "exited pryvio_config_follower, down because of the backup that is running"
    )
    cancel_run(site.state, record.id)
    told = CliRunner().invoke(cli, ["status", *where(site)], obj={})
    assert "because of" not in told.stdout


def test_what_a_restore_holds_and_replaces_is_no_fault(site: Site, tmp_path: Path) -> None:
    quick = PracticePlatform.create(tmp_path / "quick", users=2, attachments=2)
    settings = resolve_settings(practice=str(quick.folder), environment={})
    run_to_its_end(settings, "backup")
    here = open_site(settings)
    (backup,) = here.vault.sets()
    slower = json.loads((quick.folder / "practice.json").read_text()) | {"pace": 30.0}
    (quick.folder / "practice.json").write_text(json.dumps(slower))
    record = start_run(settings, "restore", set_id=backup.id)
    engine = here.hosts[0].engine

    def restoring() -> bool:
        try:
            return any("mongorestore" in line for line in engine.processes("pryvio_mongodb"))
        except PryvTuiError as error:  # it is stopped, or started anew
            assert error.name in ("container-stopped", "container-missing"), error
            return False

    until(restoring, "a mongorestore")
    going_on = holds_now(here)
    lines = doctor(here, here.discover(), going_on)
    assert [line.name for line in lines if line.outcome == "failed"] == []
    text = " ".join(line.text for line in lines)
    assert f"the restore {record.id} is replacing" in text
    assert not any("recover" in line.remedy or "end it with" in line.remedy for line in lines)
    assert restore_guards(here, here.discover(), backup, (), going_on=going_on)[0].name == "run"
    assert who_holds(here) is not None
    cancel_run(here.state, record.id)
