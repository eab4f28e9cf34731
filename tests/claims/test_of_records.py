"""What is said of what could not be written, begun or found: it is so, and where not, not said."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.drills.record import closing
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.discovery import discover
from pryv_tui.incidents import away as kept_away
from pryv_tui.incidents.acts import declare, note
from pryv_tui.incidents.away import keep_away
from pryv_tui.incidents.events import Audited
from pryv_tui.incidents.files import all_incidents
from pryv_tui.incidents.gathering import Told
from pryv_tui.incidents.reckoning import reckon
from pryv_tui.incidents.report.timeline import timeline
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.plans.restore import _notice
from pryv_tui.operations.steps.taking.prepare_dump import put_back_dump
from pryv_tui.platform.casualties import KINDS, in_brief
from pryv_tui.platform.services import WORDS
from pryv_tui.practice.acts import perform
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs import half_done
from pryv_tui.runs import start as starting
from pryv_tui.runs.cancelling import outlook
from pryv_tui.runs.half_done import of_debts, of_moved, of_root
from pryv_tui.runs.on_disk import half_roots
from pryv_tui.runs.record.chain import known_or_aside
from pryv_tui.runs.record.events import RunStarted, StepStarted
from pryv_tui.runs.record.history import read_run, request_of
from pryv_tui.runs.start import NoState, start_run
from pryv_tui.runs.worker import process
from pryv_tui.vault.guide.page import restore_guide
from pryv_tui.vault.restic.program import Restic
from tests.drills.held import RUN as DRILL
from tests.drills.held import hold
from tests.hosts.machines import StillHost
from tests.incidents.scripted import at, incident, lost, opened
from tests.incidents.test_files import settings_of
from tests.operations.kit import context, manifest_of, part
from tests.runs.test_recovery import START, Past

FULL = OSError(errno.ENOSPC, "No space left on device")
BROKEN = OSError(errno.EIO, "Input/output error")


@pytest.mark.parametrize("error", [FULL, BROKEN])
@pytest.mark.parametrize("at_once", [True, False])
def test_nothing_of_an_incident_was_written_where_the_half_of_it_was_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, at_once: bool
) -> None:
    """Also where the disk is full in the middle of it, or nobody knows whether it lasts."""
    settings = settings_of(tmp_path)
    made = declare(settings, text="first").incident
    journal = Path(made.folder) / "journal.jsonl"
    before, real = journal.read_bytes(), os.write

    def write(descriptor: int, content: Any) -> int:
        if at_once:
            return real(descriptor, content)
        written.append(real(descriptor, bytes(content)[:40]))
        if len(written) > 1:
            raise error
        return written[-1]

    def sync(_descriptor: int) -> None:
        raise error

    written: list[int] = []
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", write)
        patch.setattr(os, "fsync", sync)
        with pytest.raises(PryvTuiError) as caught:
            note(settings, "second")
    assert "nothing of the incident was written" in caught.value.what
    assert journal.read_bytes() == before, "it says so, and it is so"
    (again,) = all_incidents(Path(settings.state))
    assert [one.text for one in again.notes] == [] and not again.problems
    told = note(settings, "second")
    assert [one.text for one in told.notes] == ["second"]


@pytest.mark.parametrize("what", ["the record", "its pages", "away"])
def test_nothing_of_the_incident_is_not_said_of_what_is_another_thing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    def fails(*_words: object) -> None:
        raise FULL

    if what == "away":
        monkeypatch.setattr(kept_away, "write_durably", fails)
        with pytest.raises(PryvTuiError) as caught:
            keep_away(tmp_path / "state", ())
        said = "it was not recorded which roles are missing, and since when"
    else:
        settings = hold(tmp_path)
        monkeypatch.setattr(
            closing, "write_durably" if what == "the record" else "write_pages", fails
        )
        with pytest.raises(PryvTuiError) as caught:
            close_drill(settings, DRILL)
        there = (Path(settings.state) / "drills" / DRILL / "record.json").exists()
        assert there is (what == "its pages")
        said = f"the record of the drill {DRILL} " + (
            "is written, but its pages are not" if there else "was not written"
        )
    assert caught.value.what.endswith(said) and "nothing of the" not in caught.value.what


@pytest.mark.parametrize("outcome", ["settled", "unknown", "remains"])
def test_the_timeline_says_nothing_lacks_its_other_half_where_all_was_asked(outcome: Any) -> None:
    one = incident(
        opened(30),
        lost(30, since=0),
        Audited(time=at(60), outcome=outcome, remains={"a.b": 2} if outcome == "remains" else {}),
    )
    told = timeline(Told(one, (), reckon(one, (), at(400)), ""))
    (said,) = [moment.what for moment in told if moment.kind == "audit"]
    assert ("nothing lacks its other half" in said) is (outcome == "settled")
    assert ("2 things remain" in said) is (outcome == "remains")


NAMES = [f"{one.group}.{one.name}" for one in KINDS]


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (dict.fromkeys(NAMES[1:], 0), True),
        ({NAMES[0]: 0}, True),
        ({NAMES[0]: 1}, False),
        (dict.fromkeys(NAMES, 0), False),
        ({}, False),
        (None, False),
    ],
)
def test_no_casualty_is_in_what_was_counted_and_what_was_not_is_named(
    counts: dict[str, int] | None, said: bool
) -> None:
    told = in_brief(counts, "SET")
    what = "inside the set no casualty was found in what was counted; not counted: "
    assert told.startswith(what) is said
    assert ("no casualty was found in what was counted" in told) is said


@pytest.mark.parametrize(
    "counts", [None, {}, {NAMES[0]: 0}, {NAMES[0]: 1}, dict.fromkeys(NAMES, 0)]
)
def test_the_plan_of_a_restore_says_of_a_set_what_its_backup_said(
    counts: dict[str, int] | None,
) -> None:
    manifest = msgspec.structs.replace(manifest_of(part("core", "core")), casualties=counts)
    told = " ".join(_notice(manifest))
    assert ("were not counted: pryv-tui audit" in told) is (not counts)
    left_out = bool(counts) and len(counts or ()) < len(NAMES)
    assert ("; not counted: " in told) is left_out
    assert ("in what was counted" in told) is (counts == {NAMES[0]: 0})
    assert ("no account, attachment or series lacks" in told) is (counts == dict.fromkeys(NAMES, 0))
    assert ("does not: 1" in told) is (counts == {NAMES[0]: 1})


def test_of_what_else_works_without_a_service_nothing_is_said() -> None:
    """An account that is deleted meanwhile needs InfluxDB too."""
    for words in WORDS.values():
        assert "everything else" not in words.missed


def test_nothing_fails_on_purpose_after_all_was_cleared(tmp_path: Path) -> None:
    platform = PracticePlatform.create(tmp_path / "p", users=1, attachments=0)
    for name in ("fault:disk-full", "fault:container-loops", "clear:"):
        perform(platform, name)
        said = _what(platform, name)
        assert ("Nothing fails on purpose any more" in said) is (not platform.faults.list())


def _what(platform: PracticePlatform, name: str) -> str:
    from pryv_tui.practice.acts import acts

    return next(one.what for one in acts(platform) if one.name == name)


def test_another_cancel_changes_nothing_is_said_on_the_way_back_alone() -> None:
    view = msgspec.convert(
        {"step": "01-x", "title": "x", "host": "h", "command": [], "leaves": "", "undone": "",
         "destructive": False, "kind": "copy-back"}, _step_view(),
    )  # fmt: skip
    begun = RunStarted(kind="restore", roles=[], plan=[view], pid=1)
    for step in ("01-x", "back-01-put-back-root"):
        told = outlook("restore", [begun, StepStarted(step=step, title="x", command=[])]).whole
        said = "Another cancel changes nothing about that." in told
        assert said is step.startswith("back-")


def _step_view() -> Any:
    from pryv_tui.operations.plan import StepView

    return StepView


# --- what a run left ------------------------------------------------------------------------------


def test_nothing_is_deleted_by_what_puts_back_the_former_content(tmp_path: Path) -> None:
    """To finish a restore copies a set over it: that is another price."""
    past = Past(tmp_path)
    owed = past.aside("core", "20260101T000000Z-restore-0000")
    (Path(owed.where) / "former").write_text("former")
    run = past.run("restore", START, owed, set_id="SET")
    record = read_run(tmp_path / "state/runs" / run)
    assert record is not None
    request = request_of(record)
    assert request is not None
    deployment = discover(past.hosts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(half_done, "set_is_there", lambda *_: True)
        patch.setattr(half_done, "finish_costs", lambda *_: "as a restore costs")
        ways = of_moved(past.site, deployment, record, request, [owed], kept=False).ways
    price = "Nothing is deleted; data newer than the set comes back: the amount was not counted"
    assert ways["roll-back"].cost.startswith(price)
    assert not ways["finish"].cost.startswith("Nothing is deleted")
    before = sorted(path.read_text() for path in tmp_path.rglob("former"))
    assert before == ["former"]


@pytest.mark.parametrize("by", ["a recovery", "its own backup"])
def test_nothing_is_deleted_when_what_a_dead_run_left_is_put_back(tmp_path: Path, by: str) -> None:
    """The dump of a backup that died goes aside; the backup itself removes its own."""
    past = Past(tmp_path)
    run = past.run("backup", START)
    record = read_run(tmp_path / "state/runs" / run)
    assert record is not None
    facts = of_debts(record, "x", discover(past.hosts))
    price = "Nothing is deleted, and no data is replaced."
    assert facts.ways["roll-back"].cost.startswith(price)
    assert "finish" not in facts.ways, "nobody offers to go on with it, which would remove it"
    ctx, _heard = context(tmp_path, *past.hosts)
    _with_run(ctx, "another" if by == "a recovery" else run)
    folder = tmp_path / "core/pryv/mongodb/backup"
    aside = tmp_path / f"core/.pryv-tui/dumps/{run}/mongodb"
    for place in (folder, aside):
        place.mkdir(parents=True)
    (folder / "20260101T000000Z.meta").write_text("a dump")
    (aside / "before").write_text("before")
    put_back_dump(ctx, Owed(kind="dump", host="core", what=str(folder), where=str(aside)))
    assert (folder / "before").read_text() == "before"
    assert bool(list(tmp_path.rglob("*Z.meta"))) is (by == "a recovery")


def _with_run(ctx: RunContext, run: str) -> None:
    ctx.run_id = run


@pytest.mark.parametrize("elsewhere", [True, False])
def test_what_was_moved_aside_is_not_said_to_be_nowhere(tmp_path: Path, elsewhere: bool) -> None:
    """It may lie where a mark says, which is not believed; only where it is kept is looked."""
    past = Past(tmp_path)
    owed = past.aside("core", "20260101T000000Z-restore-0000")
    run = past.run("restore", START, owed)
    if elsewhere:
        Path(owed.where).rename(tmp_path / "moved by hand")
    deployment = discover(past.hosts)
    (half,) = half_roots(deployment)
    facts = of_root(past.site, deployment, half)
    told = facts.cant.get("roll-back", "")
    kept = f"What was moved aside is not in its place: {tmp_path}/core/.pryv-tui."
    assert (told == kept) is elsewhere and ("roll-back" in facts.ways) is not elsewhere
    assert "Nothing that was moved" not in told
    (tmp_path / "state").rename(tmp_path / "another state")
    if not elsewhere:
        (said,) = known_or_aside(past.site, deployment, run).problems
        assert said == (
            "its record is not in this state folder; what it has moved aside is still there"
        )


@pytest.mark.parametrize("error", [FULL, OSError(errno.EACCES, "Permission denied")])
@pytest.mark.parametrize("where", ["write_durably", "launch"])
def test_nothing_was_changed_where_a_run_can_not_be_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, where: str
) -> None:
    launched: list[object] = []

    def fails(*_words: object, **_more: object) -> None:
        raise error

    ctx, _heard = context(tmp_path, StillHost("core"))
    monkeypatch.setattr(starting, "launch", lambda *_, **_more: launched.append(1))
    monkeypatch.setattr(starting, where, fails)
    with pytest.raises(NoState) as caught:
        start_run(ctx.site.settings, "backup")
    full = "is full, so a run could not write its journal. Nothing was changed"
    assert (full in caught.value.what) is (error is FULL)
    assert not launched and list((ctx.site.state / "runs").iterdir()) == []


@pytest.mark.parametrize("left", [True, False])
def test_nothing_was_changed_is_not_said_where_a_sandbox_was_cleared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: bool
) -> None:
    """A run clears what drills that died have left before it is known whether it can begin."""
    ctx, _heard = context(tmp_path, StillHost("core"))
    monkeypatch.setattr(process, "left_here", lambda _state: ["one"] * left)
    cleared = process.clear_dead(ctx.site)
    end = process._never_began(PryvTuiError("busy", "it is held"), (), cleared=cleared)
    assert (end.what == "it is held. Nothing was changed.") is not left
    assert (end.what == "it is held. The platform is as it was.") is left


# --- by hand, and with restic ---------------------------------------------------------------------


@pytest.mark.parametrize("users", [[], ["user.a"]])
def test_the_guide_says_what_of_influxdb_there_is_to_restore(users: list[str]) -> None:
    one = part("a", "core")
    stores = {**one.stores, "influxdb": {"databases": users, "shards": len(users)}}
    guide = restore_guide(manifest_of(msgspec.structs.replace(one, stores=stores)))
    nothing = "the set holds no user database; nothing to restore."
    assert (nothing in guide) is (not users)
    assert ("influxd restore" in guide) is bool(users)


def test_what_is_moved_aside_by_hand_is_not_deleted() -> None:
    guide = restore_guide(manifest_of(part("a", "core")))
    step, _, _rest = guide.partition("3. Copy the files back")
    _, _, moves = step.partition("Move what is there aside. Nothing is deleted.")
    assert "mv " in moves, "it is said, and what follows moves"
    for word in (" rm ", "-delete", "unlink", "rmdir", "truncate", "--remove", "rsync"):
        assert word not in moves


@pytest.mark.parametrize("there", ["nowhere", "without its interpreter", "not to be run"])
def test_restic_is_missing_only_where_path_has_none(tmp_path: Path, there: str) -> None:
    program = tmp_path / "restic"
    if there != "nowhere":
        program.write_text("#!/nowhere/sh\n")
        program.chmod(0o755 if there == "without its interpreter" else 0o644)
    environment = {"PATH": str(tmp_path), "RESTIC_PASSWORD": "p"}
    with pytest.raises(PryvTuiError) as caught:
        Restic("/srv/restic", environment=environment).snapshots()
    assert caught.value.name == "program-missing"
    assert ("needs restic, which is not on the PATH" in caught.value.what) is (there == "nowhere")
    assert ("can't be run" in caught.value.what) is (there != "nowhere")
    assert (str(program) in caught.value.remedy) is (there != "nowhere")
