"""The record of a drill: all that is asked of one, nothing that must not be there, written once."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from pryv_tui.cli.main import cli
from pryv_tui.decoding import decode_json
from pryv_tui.drills import model, schema
from pryv_tui.drills.files import all_drills, read_record, records_of, write
from pryv_tui.drills.model import Record
from pryv_tui.drills.record.closing import close_drill, note_cleared
from pryv_tui.drills.record.ended import close_what_ended
from pryv_tui.drills.record.erased import LEFT_BY_RUN, NAME
from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.events import (
    CameTo,
    Closed,
    Decided,
    Noted,
    Planned,
)
from pryv_tui.incidents.files import all_incidents
from pryv_tui.operations.drilling.clearing import Cleared
from pryv_tui.operations.drilling.facts import (
    Check,
    Disposal,
    Sandbox,
)
from pryv_tui.operations.drilling.places import Kept, keep
from pryv_tui.who import Who
from tests.docs.make_docs import DOCS
from tests.drills.held import ANNA, RUN, at, facts, hold, run_events
from tests.drills.record.recorded import MORE, asked_with


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    settings = hold(tmp_path_factory.mktemp("drill"), more=MORE)
    filed = close_drill(settings, RUN, erased=["zoe-canary", "max-canary"])
    tree: dict[str, Any] = json.loads((filed.folder / "record.json").read_bytes())
    return tree | {"folder": filed.folder}


FIELDS = {
    "1 id, kind, objectives, scope, criteria": ("id", "plan.exercise", "plan.level", "plan.fixed"),
    "2 start and end, cadence, next due": ("when.declared", "when.ended", "when.every_seconds"),
    "3 participants with roles": ("participants.0.name", "participants.0.role"),
    "4 set: id, time, digest, place": ("set.id", "set.sha256", "set.place", "set.created"),
    "5 tool, release, images, configuration": (
        "tool.tool", "tool.release", "tool.images.0.digest", "tool.configuration_sha256",
    ),
    "6 isolation, production unchanged": (
        "isolation.isolated", "isolation.probes.3.target", "isolation.production_unchanged",
    ),
    "7 steps run and not run, commands, times": (
        "steps.0.command.0", "steps.0.state", "steps.0.began", "steps.2.state",
    ),
    "8 checks with expected, found, state": ("checks.0.expected", "checks.0.found"),
    "9 RTO and RPO, target and measured": (
        "objectives.rto.target_seconds", "objectives.rto.seconds", "objectives.rpo.seconds",
        "objectives.split.machine_ms", "objectives.stores.0.seconds",
    ),
    "10 scenario, faults, an absent key person": ("scenario",),
    "11 observations, deviations": ("observations.0.text", "outcome"),
    "12 reviewer, date, verdict": ("review.file", "review.rule"),
    "13 actions with owner, due, closure, retest": (
        "actions.0.owner", "actions.0.due", "actions.0.closed", "actions.0.retest",
    ),
    "14 erasures since the set": ("erasures.count", "erasures.file"),
    "15 disposal of the sandbox": ("disposal.complete", "disposal.what.0.proof"),
    "16 no personal data, kept for": ("privacy.names_compared", "privacy.keep_until"),
    "17 hash of the record before, sources": ("chain.previous_sha256", "chain.sources.0.sha256"),
}  # fmt: skip


def dig(tree: Any, path: str) -> Any:
    for step in path.split("."):
        tree = tree[int(step)] if step.isdigit() else tree[step]
    return tree


@pytest.mark.parametrize("field", FIELDS)
def test_each_field_that_auditors_ask_for_stands_in_the_record(
    told: dict[str, Any], field: str
) -> None:
    assert FIELDS[field]
    for path in FIELDS[field]:
        try:
            dig(told, path)
        except (KeyError, IndexError, TypeError):
            pytest.fail(f"{path} is not in the record")


def test_what_the_journals_told_stands_in_the_record(told: dict[str, Any]) -> None:
    assert told["outcome"] == "passed"
    assert told["outcome_why"] == []
    assert [step["state"] for step in told["steps"]] == ["done", "done", "not run"]
    assert told["objectives"]["split"] == {
        "machine_ms": 358_000, "decisions_ms": 0, "waiting_ms": 2_000, "whole_ms": 360_000,
        "sandbox_ms": 60_000, "passed_ms": 420_000,
    }  # fmt: skip
    assert told["objectives"]["rto"]["met"] is True
    assert told["objectives"]["rpo"] == {
        "target_seconds": 86400.0, "seconds": 7200.0, "met": True, "why": "",
    }  # fmt: skip
    assert told["isolation"]["isolated"] == told["isolation"]["production_unchanged"] == "yes"
    assert told["disposal"]["complete"] == "yes"
    assert told["privacy"]["keep_until"] == "2033-01-01"
    assert [one["name"] for one in told["participants"]] == ["anna"]
    assert told["chain"]["previous"] == ""
    assert told["chain"]["number"] == 1
    for source in told["chain"]["sources"]:
        run = told["folder"].parent.parent / "runs" / source["name"]
        place = run if run.exists() else told["folder"]
        content = (place / "journal.jsonl").read_bytes()
        assert hashlib.sha256(content[: source["bytes"]]).hexdigest() == source["sha256"]


def test_names_of_those_who_were_erased_stand_in_the_operators_file_alone(
    told: dict[str, Any],
) -> None:
    place = told["folder"] / NAME
    assert told["erasures"]["count"] == 2
    assert told["erasures"]["file"] == NAME
    assert place.stat().st_mode & 0o777 == 0o600
    assert "pryv-cli delete-user zoe-canary" in place.read_text()
    for other in told["folder"].iterdir():
        if other.name != NAME:
            assert b"canary" not in other.read_bytes()


def test_the_published_schema_is_that_of_the_types_and_fits_the_record(
    told: dict[str, Any],
) -> None:
    published = DOCS / "schemas" / schema.NAME
    assert published.read_text(encoding="utf-8") == schema.text()
    of = json.loads(schema.text())
    assert set(of["$defs"]["Record"]["properties"]) == set(told) - {"folder"}
    # An old record, of which hardly anything was known, still reads.
    assert decode_json(b'{"id": "x", "later": [1]}', Record).outcome == "failed"


def test_a_drill_that_began_as_a_run_alone_is_judged_by_what_was_configured_then(
    tmp_path: Path,
) -> None:
    settings = hold(tmp_path, journal=False)
    asked_with(settings, rto=300.0, rpo=86_400.0, drill_every=86_400.0)
    # What is configured by now counts for the next one.
    record = close_drill(msgspec.structs.replace(settings, rto=9_000.0), RUN).record
    assert (record.plan.fixed, record.when.declared) == (at(-2), at(-2))
    assert record.objectives.rto.target_seconds == 300.0
    assert record.objectives.rto.met is False
    assert record.when.next_due == "2026-03-03T04:08:10Z"
    assert len(record.plan.criteria) == 4
    # Two seconds went by before it began: nobody works then, and it belongs to the whole.
    assert record.objectives.split.waiting_ms == 4_000


def test_the_record_of_one_that_died_waits_until_its_sandbox_is_gone(tmp_path: Path) -> None:
    root = tmp_path / "sandbox"
    told = [
        (second, msgspec.structs.replace(one, root=str(root)) if isinstance(one, Sandbox) else one)
        for second, one in facts()
        if second < 400
    ]
    settings = hold(tmp_path, journal=False, events=run_events(told, ended=False))
    state = Path(settings.state)
    asked_with(settings)
    held = keep(state, Kept(drill=RUN, folder=str(root), host="h", made=at(0), expires=at(9)))
    assert close_what_ended(settings) == []
    held.let_go()
    root.rmdir()
    gone = Disposal(what="container pryvdrill_x", when=at(600), proof="not in the list any more")
    note_cleared(settings, [Cleared(drill=RUN, gone=(gone,))])
    (filed,) = close_what_ended(settings)
    assert filed.record.outcome == "broken off"
    assert filed.record.when.next_due == ""
    assert filed.record.disposal.what == (gone,)
    assert filed.record.disposal.complete == "yes"


def test_of_a_sandbox_that_nobody_asked_for_no_more_is_said_than_was_seen(tmp_path: Path) -> None:
    told = [one for one in facts() if one[0] < 400]
    settings = hold(tmp_path, events=run_events(told, ended=False))
    (filed,) = close_what_ended(settings)
    assert [one.what for one in filed.record.disposal.what] == ["/d", f"the containers of {RUN}"]
    assert filed.record.disposal.complete == "not known"


def test_a_run_that_died_is_on_record_as_broken_off(tmp_path: Path) -> None:
    told = [one for one in facts() if one[0] < 400]
    to_be = (("files", "core"), ("accounts", "redis"))
    told[0] = (0.0, msgspec.structs.replace(told[0][1], checks=to_be))
    # What it had compared by then is well, and tells nothing of what it had not come to.
    told.append((100.0, Check(name="files", about="core", state="passed")))
    settings = hold(tmp_path, events=run_events(told, ended=False))
    (filed,) = close_what_ended(settings)
    assert filed.record.outcome == "broken off"
    rto = filed.record.objectives.rto
    assert (rto.seconds, rto.met) == (None, False)
    states = {one.name: one.state for one in filed.record.checks}
    assert states == {"files": "passed", "accounts": "not checked"}
    assert [step.state for step in filed.record.steps] == ["done", "not finished", "not run"]
    assert close_what_ended(settings) == []


def test_a_run_without_a_drill_of_its_own_has_nothing_fixed_before_it(tmp_path: Path) -> None:
    nobody = Who(user="root", uid=0, how="systemd")
    settings = hold(tmp_path, journal=False, events=run_events(facts(), by=nobody))
    record = close_drill(settings, RUN).record
    assert record.plan.fixed == ""
    assert record.objectives.rto.target_seconds is None
    assert record.objectives.rto.met is None
    assert record.participants == ()
    assert record.objectives.unattended


def test_a_record_is_written_once_and_names_the_one_before(tmp_path: Path) -> None:
    settings = hold(tmp_path)
    first = close_drill(settings, RUN)
    write(Path(settings.state), RUN, [Noted(text="later")], by=ANNA)
    assert close_drill(settings, RUN).sha256 == first.sha256
    other = RUN.replace("02T", "03T")
    hold(tmp_path, run=other)
    second = close_drill(settings, other)
    assert second.record.chain.previous == RUN
    assert second.record.chain.previous_sha256 == first.sha256
    assert second.record.chain.number == 2
    state = Path(settings.state)
    assert [one.record.id for one in records_of(state)] == [RUN, other]
    # A drill is no incident: none of them is open because of it.
    assert all_incidents(state) == []
    assert [one.id for one in all_drills(state)] == [RUN, other]


def test_a_walk_through_is_a_tabletop_and_what_is_on_practice_is_simulated(tmp_path: Path) -> None:
    settings = hold(
        tmp_path, events=[], planned=Planned(exercise="walk-through", scenario="core-lost"),
        more=[Decided(question="q", option="o", wrong=True), CameTo(end="e", good=True), Closed()],
        practice=True,
    )  # fmt: skip
    record = close_drill(settings, RUN).record
    assert record.outcome == "walked through"
    assert record.objectives.rto.met is None
    assert record.plan.level == "tabletop"
    assert record.simulated == model.SIMULATED
    assert record.scenario is not None
    assert record.scenario.wrong_turns == 1


def test_a_drill_that_is_not_known_is_found_in_the_list(tmp_path: Path) -> None:
    """The run of it has ended and nobody was there to record it: the list does."""
    settings = hold(tmp_path, journal=False)
    with pytest.raises(PryvTuiError) as unknown:
        close_drill(settings, RUN.replace("ab12", "ffff"))
    assert "drill list" in unknown.value.remedy
    words = ["drill", "list", "--json", "--state", settings.state, "--vault", settings.vault]
    done = CliRunner().invoke(cli, words)
    (one,) = json.loads(done.stdout)
    assert (one["id"], one["outcome"], one["rto_seconds"]) == (RUN, "passed", 360.0)
    text = CliRunner().invoke(cli, [word for word in words if word != "--json"]).stdout
    assert f"{RUN}  sandbox  2026-03-02 04:00:00 UTC  passed" in text
    assert "unsigned and unreviewed" in text
    assert (one["signed"], one["reviewed"]) == (False, None)


def test_what_is_not_there_goes_on_or_can_not_be_read_is_refused(tmp_path: Path) -> None:
    settings = hold(tmp_path)
    with pytest.raises(PryvTuiError) as none:
        close_drill(settings, "20200101T000000Z-drill-0000")
    assert none.value.kind.name == "drill-unknown"
    place = Path(settings.state) / "drills" / RUN
    (place / "record.json").write_text("{")
    with pytest.raises(PryvTuiError) as torn:
        read_record(place)
    assert "record.json" in torn.value.what


def test_names_that_a_run_left_in_its_folder_are_taken_from_there(tmp_path: Path) -> None:
    settings = hold(tmp_path)
    (Path(settings.state) / "runs" / RUN / LEFT_BY_RUN).write_text("zoe-canary\n")
    filed = close_drill(settings, RUN)
    assert "zoe-canary" in (filed.folder / NAME).read_text()


def test_fields_of_every_part_have_defaults_or_are_its_name() -> None:
    for part in msgspec.structs.fields(Record):
        assert not part.required or part.name == "id"
