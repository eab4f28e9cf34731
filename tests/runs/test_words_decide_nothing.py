"""The sentences of steps are for people: with any others everything is decided the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from pryv_tui.hosts.deployment import HostState
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.kinds.backup import WHOLE
from pryv_tui.operations.plan import Plan, Step, StepView, tag_of
from pryv_tui.operations.plans.runbook import runbook
from pryv_tui.operations.steps import AnyStep
from pryv_tui.operations.steps.sets.prune_repository import PruneRepository
from pryv_tui.operations.steps.sets.remove_set import RemoveSet
from pryv_tui.runs import cancelling
from pryv_tui.runs.cancelling import outlook
from pryv_tui.runs.now import going_on
from pryv_tui.runs.planning.durations import last_seconds
from pryv_tui.runs.record import resume
from pryv_tui.runs.record.events import (
    AnyEvent,
    OwedNoted,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
    decode_event,
)
from pryv_tui.runs.record.history import RunRecord
from pryv_tui.runs.record.resume import stores_back
from tests.operations.plans.planned import backup_of, restore_of, undo_of

SENTENCES = ("title", "leaves", "undone")
GIBBERISH = {"title": "Qxtitle", "leaves": "Qxleaves", "undone": "Qxundone"}
MISLEADING = {
    "title": "docker exec pryvio_zz",
    "leaves": "nothing Qxleaves",
    "undone": "there is nothing to undo",
}
REVERSED = {
    "title": "back- put-back-root",
    "leaves": "a part",
    "undone": "it can't be undone: Qxundone",
}
OTHERS = (GIBBERISH, MISLEADING, REVERSED)
ASIDE = Owed(kind="aside", host="single-node", what="/r", where="/r/.pryv-tui/aside/RUN")
PLANS = {
    "backup": backup_of("single-node"),
    "restore": restore_of("single-node"),
    "undo": undo_of("core", "register"),
    "prune": Plan(
        kind="prune",
        roles=("core",),
        domain="pryv.example",
        steps=(
            RemoveSet(id="01-remove-set", vault="/v", set_id="S"),
            PruneRepository(id="02-prune-repository", location="sftp:b:/v"),
        ),
    ),
}
every_plan = pytest.mark.parametrize("kind", PLANS)


def constant(word: str) -> property:
    def said(_step: Step) -> str:
        return word

    return property(said)


@pytest.fixture(params=range(len(OTHERS)), ids=["gibberish", "misleading", "reversed"])
def said(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every step says something else."""
    words = OTHERS[request.param]
    for kind in (Step, *get_args(AnyStep)):
        for name in SENTENCES:
            if name in vars(kind):
                monkeypatch.setattr(kind, name, constant(words[name]))
    yield


def facts(view: StepView) -> StepView:
    """What a view says besides its sentences."""
    return msgspec.structs.replace(view, title="", leaves="", undone="")


FACTS = {kind: [facts(view) for view in plan.views()] for kind, plan in PLANS.items()}


def told(view: StepView, words: dict[str, str]) -> StepView:
    return msgspec.structs.replace(view, **words)


def reaching(kind: str, views: list[StepView], place: int, *owed: Owed) -> list[AnyEvent]:
    """A run that is in one of its steps; those before are done."""
    events: list[AnyEvent] = [RunStarted(kind=kind, roles=["core"], plan=views, pid=1)]
    for view in views[:place]:
        events += [started(view), ended(view)]
    return [*events, *(OwedNoted(owed=one) for one in owed), started(views[place])]


def started(view: StepView) -> StepStarted:
    return StepStarted(step=view.step, title=view.title, command=list(view.command))


def ended(view: StepView) -> StepFinished:
    return StepFinished(
        step=view.step, title=view.title, command=[], outcome="done", seconds=7.0, time=TIME
    )


TIME = "2026-01-01T00:00:00.000Z"


def blanked(text: str, view: StepView) -> str:
    """A text without a step's own sentences."""
    for name in ("leaves", "title", "undone"):
        text = text.replace(getattr(view, name), f"<{name}>")
    return text


@every_plan
def test_what_a_plan_is_told_to_be_comes_from_no_sentence(said: None, kind: str) -> None:
    assert [facts(view) for view in PLANS[kind].views()] == FACTS[kind]


@every_plan
@pytest.mark.parametrize("owed", [(), (ASIDE,)], ids=["nothing owed", "aside"])
def test_a_cancel_does_the_same_whatever_a_step_says(kind: str, owed: tuple[Owed, ...]) -> None:
    views = PLANS[kind].views()
    for place, view in enumerate(views):
        true = outlook(kind, reaching(kind, views, place, *owed))
        assert true.whole not in ("", cancelling.ALREADY)
        forms = set()
        for words in OTHERS:
            other = [told(one, words) for one in views]
            found = outlook(kind, reaching(kind, other, place, *owed))
            assert found.whole == true.whole, view.step
            forms.add(blanked(found.step, other[place]))
        # Its own sentences aside, the words are the same; those of the true ones hold no other.
        assert len(forms) == 1, view.step
        assert ("Afterwards" in true.step) == ("Afterwards" in forms.pop())


def test_a_step_that_no_plan_shows_is_of_the_way_back_by_any_name() -> None:
    views = PLANS["restore"].views()
    for name in ("back-01-put-back-root-single-node", "77-x"):
        events = reaching("restore", views, 8, ASIDE)
        events.append(StepStarted(step=name, title="Qx", command=[]))
        assert outlook("restore", events).whole == cancelling.ALREADY


def test_a_runbook_has_the_same_form_whatever_steps_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for plan in PLANS.values():
        lines = {}
        for words in OTHERS:
            with monkeypatch.context() as patch:
                for kind in (Step, *get_args(AnyStep)):
                    for name in SENTENCES:
                        if name in vars(kind):
                            patch.setattr(kind, name, constant(words[name]))
                text = runbook(plan, "markdown")
            for name, word in words.items():
                text = text.lower().replace(word.lower(), f"<{name}>")
            lines[str(words)] = text
        assert len(set(lines.values())) == 1, plan.kind


def record_of(folder: Path, kind: str, events: list[AnyEvent]) -> RunRecord:
    folder.mkdir(parents=True)
    (folder / "journal.jsonl").write_bytes(
        b"".join(msgspec.json.encode(event) + b"\n" for event in events)
    )
    return RunRecord(
        id=folder.name, folder=str(folder), kind=kind, state="running", pid=1, asked="", started=""
    )


def test_where_programs_run_is_no_matter_of_words(tmp_path: Path) -> None:
    inside = []
    for number, words in enumerate(({}, *OTHERS)):
        views = [told(view, words) for view in PLANS["backup"].views()]
        found = []
        for place, view in enumerate(views):
            # Nor of the command: it is there to be read.
            other = msgspec.structs.replace(view, command=("docker exec pryvio_zz true",))
            plan = [other if one is view else one for one in views]
            events = reaching("backup", plan, place)
            record = record_of(tmp_path / f"{number}-{place}", "backup", events)
            found.append(sorted(going_on(record).inside))
        inside.append(found)
    assert all(found == inside[0] for found in inside)
    names = {name for found in inside[0] for _host, name in found}
    assert names == {"pryvio_mongodb", "pryvio_influxdb", "pryvio_redis"}


def test_what_is_back_is_no_matter_of_words_nor_of_how_ids_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The marker is another test's matter.
    mark = type("Mark", (), {"undoes": "", "run": ""})()
    monkeypatch.setattr(resume, "read_marker", lambda _root: mark)
    state = HostState(
        name="single-node", engine="", reachable=True, root="/r", root_exists=True, roles=()
    )
    views = PLANS["restore"].views()
    renamed = [
        msgspec.structs.replace(told(view, GIBBERISH), step=f"step {number}")
        for number, view in enumerate(views)
    ]
    found = []
    for name, plan in {"as-is": views, "renamed": renamed}.items():
        for place in range(len(plan)):
            record = record_of(
                tmp_path / name / f"{place:02d}", "restore", reaching("restore", plan, place)
            )
            mark.run = record.id
            found.append((resume.copied_back(record, state), stores_back(record, state.name)))
    half = len(found) // 2
    assert found[:half] == found[half:]
    assert {copied for copied, _stores in found} == {True, False}
    assert {"mongodb", "influxdb", "redis"} in [stores for _copied, stores in found]


def test_what_steps_took_is_known_again_in_any_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    views = [
        msgspec.structs.replace(told(view, GIBBERISH), step=f"{90 - number} {view.kind}")
        for number, view in enumerate(PLANS["backup"].views())
    ]
    events = [*reaching("backup", views, len(views) - 1), ended(views[-1])]
    record = record_of(
        tmp_path / "runs/R", "backup", [*events, RunFinished(outcome="complete", exit=0)]
    )
    ready = msgspec.structs.replace(record, state="ended", outcome="complete")
    monkeypatch.setattr("pryv_tui.runs.planning.durations.all_runs", lambda _state: [ready])
    again = backup_of("single-node", expected=last_seconds(tmp_path, "backup"))
    assert set(again.expected) == {step.id for step in again.steps}


def test_each_kind_that_is_asked_for_exists() -> None:
    known = {str(kind.__struct_config__.tag) for kind in get_args(AnyStep)}
    asked = {"complete-set", "put-back-root", "start", *resume._COPIES, *resume._RESTORES}
    assert asked <= known


def test_a_step_says_nothing_of_undoing_only_where_there_is_nothing() -> None:
    for plan in PLANS.values():
        for step, view in zip(plan.steps, plan.views(), strict=True):
            assert not (view.undoable and view.for_good), tag_of(step)
            assert view.leaves_nothing == view.leaves.startswith("nothing"), tag_of(step)
            none = view.undone in ("", "there is nothing to undo")
            assert none == (not view.undoable and not view.for_good), tag_of(step)
            assert view.for_good == view.undone.startswith("it can't be undone"), tag_of(step)


# An older journal, as it was written: id, host, what is run in containers, leaves, undone.
OLDER = (
    ("07-dump-redis-co-1", "co-1", ("docker exec pryvio_redis redis-cli INFO persistence",),
     "nothing: Redis rewrites its own file", "the dump folder gets its former content back"),
    ("16-complete-set", "", ("sync",), "a folder named .partial, which is never used as a set",
     "there is nothing to undo"),
    ("11-check-mongodb-co-1", "co-1", (), "nothing", "there is nothing to undo"),
    ("02-hold-follower-co-1", "co-1", ("docker stop pryvio_config_follower",),
     "the config follower stopped; the services don't notice", "docker start x"),
    ("13-start-follower-co-1", "co-1", (), "some services running, others not", ""),
    ("08-restore-mongodb-co-1", "co-1",
     ("docker exec my_mongo /app/bin/mongorestore /app/backup/",),
     "a part of the data of mongodb", "undo of this run puts the former data folder back"),
    ("06-restore-offline-influxdb-co-1", "co-1", (), "unpacked files", "undo of this run"),
    ("05-keep-copied-co-1", "co-1", (), "the files in /r", "undo of this run"),
    ("04-put-back-root-co-1", "co-1", (), "everything, in /r", "there is nothing to undo"),
    ("07-place-redis-co-1", "co-1", (), "the former append-only file aside", "undo of this run"),
    ("01-remove-set", "", (), "what is not removed yet, in S", "it can't be undone: it is gone"),
    ("01-stop-container-co-1", "co-1", (), "x running, or stopped", "docker start x"),
    ("made by somebody else", "co-1", (), "", ""),
)  # fmt: skip
NOW = (
    ("dump", "redis", "", ("pryvio_redis",), True, True, False),
    ("complete-set", "", "", (), False, False, False),
    ("check", "mongodb", "", (), True, False, False),
    ("hold-follower", "", "", (), False, True, False),
    ("start", "", "follower", (), False, False, False),
    ("restore", "mongodb", "", ("my_mongo",), False, True, False),
    ("restore-offline", "influxdb", "", (), False, True, False),
    ("keep-copied", "", "", (), False, True, False),
    ("put-back-root", "", "", (), False, False, False),
    ("place-redis", "", "", (), False, True, False),
    ("remove-set", "", "", (), False, False, True),
    ("stop-container", "", "", (), False, True, False),
    ("", "", "", (), False, False, False),
)  # fmt: skip


def test_an_older_journal_is_judged_as_before() -> None:
    plan = [
        {"step": step, "title": "Do it", "host": host, "command": command, "leaves": leaves,
         "undone": undone, "destructive": False, "expected_seconds": None}
        for step, host, command, leaves, undone in OLDER
    ]  # fmt: skip
    line = {"event": "run_started", "v": 1, "time": "", "run": "R", "kind": "restore",
            "roles": ["core"], "plan": plan, "pid": 1}  # fmt: skip
    event = decode_event(msgspec.json.encode(line))
    assert isinstance(event, RunStarted)
    found = [
        (v.kind, v.store, v.phase, v.containers, v.leaves_nothing, v.undoable, v.for_good)
        for v in event.plan
    ]
    assert found == list(NOW)
    assert outlook("undo", reaching("undo", event.plan, 8)).whole == cancelling.TO_ITS_END
    assert outlook("backup", reaching("backup", event.plan, 2)).whole == WHOLE


@every_plan
def test_of_what_is_written_now_an_older_reading_knows_the_same(kind: str) -> None:
    """Stripped of what is new, plans of today are read as they are: the reading knows all kinds."""
    for view in PLANS[kind].views():
        kept = {name: getattr(view, name) for name in (*SENTENCES, "step", "host", "command")}
        line = {"event": "run_started", "kind": kind, "roles": [], "pid": 1,
                "plan": [{**kept, "destructive": False}]}  # fmt: skip
        event = decode_event(msgspec.json.encode(line))
        assert isinstance(event, RunStarted)
        same = msgspec.structs.replace(event.plan[0], destructive=view.destructive)
        if view.kind == "restore" and not view.command:
            same = msgspec.structs.replace(same, containers=view.containers)
        assert same == view
