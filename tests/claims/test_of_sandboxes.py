"""What is said of a sandbox, and of a story's own platform, where it is so and where it is not."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from pryv_tui.drills.playing import deeds
from pryv_tui.drills.playing.deeds import do
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.drills.record.judging import disposal_of
from pryv_tui.drills.scenarios.library import SHIPPED, Shelf, read
from pryv_tui.drills.scenarios.model import Act, Scenario
from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.sandbox.making import Surroundings
from pryv_tui.operations.drilling import places
from pryv_tui.operations.drilling.facts import Check, Disposal, Probe
from pryv_tui.operations.drilling.probing import Answer, nothing_live, other_addresses, verdict
from pryv_tui.operations.facts import LiveFound, NotKnown
from pryv_tui.operations.guards.drill import drill_guards, place_line
from pryv_tui.operations.kind import Progress, kind_of
from pryv_tui.operations.kind_files import kind_names
from pryv_tui.operations.plans.drill import drill_plan
from pryv_tui.operations.plans.restore import restore_plan
from pryv_tui.operations.steps.drilling.in_sandbox import audited
from pryv_tui.operations.steps.drilling.prove_isolation import ProveIsolation
from pryv_tui.platform.casualties import KINDS
from pryv_tui.tui.text.drill import about_scenario
from tests.drills.held import RUN, facts, hold, run_events
from tests.drills.kit import WORDS_ALONE, write
from tests.hosts.machines import StillHost, machine
from tests.operations.kit import context, manifest_of, part, set_of

NONE_ASIDE = {f"{one.group}.{one.name}": 0 for one in KINDS}
ONE, *OTHERS = NONE_ASIDE
NOTHING = "no record without its other half"


@pytest.mark.parametrize(
    ("counts", "not_known", "found"),
    [
        (NONE_ASIDE, (), NOTHING),
        (NONE_ASIDE, (ONE,), f"{NOTHING}, in 5 kinds of 6"),
        (dict.fromkeys(OTHERS, 0), (ONE,), f"{NOTHING}, in 5 kinds of 6"),
        ({}, (*NONE_ASIDE,), "not known"),
        ({**NONE_ASIDE, ONE: 2}, (), f"{ONE} 2"),
    ],
)
def test_nothing_lacks_its_other_half_is_said_of_what_was_asked(
    counts: dict[str, int], not_known: tuple[str, ...], found: str
) -> None:
    why = [NotKnown(what="accounts", why="it is away", kinds=not_known)] if not_known else []
    live = LiveFound(time="", counts=counts, not_known=why)
    state, expected, told, _why = audited(live, NONE_ASIDE)
    assert (expected, told) == (NOTHING, found)
    assert (state == "passed") is (found == NOTHING)


@pytest.mark.parametrize("known", [None, {}, dict.fromkeys(OTHERS, 0), NONE_ASIDE])
def test_more_than_the_set_had_is_said_of_what_was_counted_in_the_set(
    known: dict[str, int] | None,
) -> None:
    live = LiveFound(time="", counts={**NONE_ASIDE, ONE: 2})
    state, _expected, _found, why = audited(live, known)
    counted = known is not None and ONE in known
    assert (state == "failed") is counted and (f"more than the set had: {ONE} 2" == why) is counted
    assert ("nothing to compare with, since not counted in the set" in why) is not counted


@pytest.mark.parametrize(
    ("answer", "none"),
    [
        (Answer(0, "00000000000000000000000000000001 01 80 10 80 lo"), True),
        (Answer(0, ""), True),
        (Answer(1, "cat: /proc/net/if_inet6: No such file or directory"), True),
        (Answer(1, "cat: can't open '/proc/net/if_inet6': No such file or directory"), True),
        (Answer(0, "fe80 02 40 20 80 eth0"), False),
        (Answer(1, "cat: /proc/net/if_inet6: Permission denied"), False),
        (Answer(127, "/bin/bash: cat: command not found"), False),
        (Answer(126, ""), False),
        (None, False),
    ],
)
def test_a_container_has_no_other_address_only_where_that_was_read(
    answer: Answer | None, none: bool
) -> None:
    told = other_addresses("c", answer)
    assert (told.answer == "it has none") is none and told.told is none
    assert (verdict([PROBE, told]) == ()) is none
    assert told.answer


PROBE = Probe(what="outwards", target="203.0.113.1:443", source="c", reached=False, told=True)


@pytest.mark.parametrize(
    "how", ["none got out", "one did", "of one nothing can be told", "none", "nothing to try"]
)
def test_none_got_out_is_said_where_each_attempt_proves_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    tried = {
        "none got out": [PROBE, PROBE],
        "one did": [PROBE, msgspec.structs.replace(PROBE, reached=True)],
        "of one nothing can be told": [PROBE, msgspec.structs.replace(PROBE, told=False)],
        "none": [],
        "nothing to try": [nothing_live(0), other_addresses("c", Answer(0, ""))],
    }[how]
    # What was only looked at is no attempt, however many there are.
    if tried:
        tried = [nothing_live(2), *tried, other_addresses("c", Answer(0, ""))]
    monkeypatch.setattr(ProveIsolation, "_probes", lambda *_: tried)
    monkeypatch.setattr(ProveIsolation, "_take_walls_down", lambda *_: None)
    monkeypatch.setattr(ProveIsolation, "_ended", lambda *_: [])
    ctx, heard = context(tmp_path, StillHost("core"))
    step = ProveIsolation(containers=(("core", "c"),))
    refused, nothing = "", ("none", "nothing to try")
    try:
        step.perform(ctx)
    except PryvTuiError as error:
        refused = error.what
    (check,) = [one for one in heard.facts if isinstance(one, Check)]
    assert ("2 attempts from 1 container, none got out" in check.found) is (how == "none got out")
    assert (check.state == "passed") is (refused == "") is (how == "none got out")
    # That is what is expected of it, whatever was found.
    assert check.expected == "no way out" and "no way out" not in check.found + check.why + refused
    assert ("nothing was tried from inside" in check.why) is (how in nothing)
    assert ("nothing was tried from inside" in refused) is (how in nothing)


@pytest.mark.parametrize("within", [True, False])
def test_a_sandbox_in_which_something_is_mounted_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, within: bool
) -> None:
    folder = tmp_path / "pryvdrill-d1"
    (folder / "disk").mkdir(parents=True)
    monkeypatch.setattr(places, "mounts_below", lambda _f: [str(folder / "disk")] * within)
    kept = places.Kept(drill="d1", folder=str(folder), host="h", made="", expires="")
    said = ""
    try:
        places.remove_files(kept)
    except PryvTuiError as error:
        said = error.what
    told = f"disk is mounted in the sandbox {folder}: nothing of that folder is removed"
    assert (told in said) is within and (folder / "disk").exists() is within


@pytest.mark.parametrize("may", [True, False])
def test_nothing_can_be_made_where_nobody_may_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, may: bool
) -> None:
    ctx, _heard = context(tmp_path, StillHost("core"))
    monkeypatch.setattr(os, "access", lambda *_: may)
    line = place_line(ctx.site, ctx.deployment, tmp_path / "box")
    assert (f"no folder can be made in {tmp_path}" in line.text) is not may
    assert (line.outcome == "ok") is may


class StillMaker:
    """Of whom only images and networks are asked."""

    def image(self, *names: str) -> str:
        return names[0]

    def surroundings(self) -> Surroundings:
        return Surroundings(networks={})


def a_set(folder: Path, **more: Any) -> tuple[Any, Any]:
    host: Any = StillHost("core", machine("core"))
    host.maker = StillMaker()
    ctx, _heard = context(folder, host)
    backup = set_of(manifest_of(part("core", "core", **more), practice=True), str(folder / "vault"))
    (folder / "vault" / backup.id / "core/files").mkdir(parents=True)
    return ctx, backup


@pytest.mark.parametrize("bare", [True, False])
def test_a_drill_has_nothing_to_bring_up_of_a_set_without_databases(
    tmp_path: Path, bare: bool
) -> None:
    ctx, backup = a_set(tmp_path, **({"stores": {}} if bare else {}))
    said = ""
    try:
        drill_plan(ctx.site, ctx.deployment, backup, drill="d1")
    except PryvTuiError as error:
        said = error.what
    assert ("holds no database: a drill would have nothing to start" in said) is bare


def test_nothing_of_the_platform_is_stopped_is_said_by_no_restore(tmp_path: Path) -> None:
    ctx, backup = a_set(tmp_path)
    drilled = drill_plan(ctx.site, ctx.deployment, backup, drill="d1")
    real = restore_plan(ctx.deployment, backup, run_id="r1")
    for plan in (drilled, real):
        said = " ".join(plan.effects)
        let_be = "beside the platform: nothing of the platform is stopped or changed" in said
        assert let_be is not any(step.destructive for step in plan.steps), plan.kind
        assert let_be is (plan is drilled)


def test_changed_nothing_is_promised_of_a_cancelled_drill_and_of_no_kind_that_holds_it() -> None:
    for name in kind_names():
        told = kind_of(name).cancelling(Progress((), (), ""))
        said = "the drill has stopped nothing of the platform and changed nothing" in told
        assert said is (name == "drill")
        assert not (said and kind_of(name).holds_platform)


@pytest.mark.parametrize("seconds", [None, 12.0])
def test_how_long_a_drill_takes_is_told_of_one_that_came_to_its_end(
    tmp_path: Path, seconds: float | None
) -> None:
    """Of one that failed, or whose run was moved away, nobody says that there was none."""
    ctx, backup = a_set(tmp_path)
    lines = drill_guards(
        ctx.site, ctx.deployment, backup, str(tmp_path / "box"), 1, expected_seconds=seconds
    )
    (line,) = [one for one in lines if one.name == "duration"]
    if seconds is None:
        assert line.text == "how long a drill takes is not known here yet"
    else:
        assert line.text == "the last drill that completed took 12 s"


@pytest.mark.parametrize("ended", [True, False])
def test_there_is_nothing_to_record_while_a_run_of_it_goes_on(tmp_path: Path, ended: bool) -> None:
    settings = hold(tmp_path, events=run_events(facts(), ended=ended))
    folder = Path(settings.state) / "runs" / RUN
    if not ended:
        # Who is asked for and has no worker yet is starting.
        (folder / "journal.jsonl").unlink()
        from pryv_tui.operations.kinds.drill import Drill

        asked = Drill(settings=settings, run=RUN, asked="2026-03-02T04:00:00.000Z", set_id="x")
        (folder / "request.json").write_bytes(msgspec.json.encode(asked))
    said = ""
    try:
        close_drill(settings, RUN)
    except PryvTuiError as error:
        said = error.what
    assert ("is still running: there is nothing to record yet" in said) is not ended
    assert (folder.parent.parent / "drills" / RUN / "record.json").exists() is ended


def test_nothing_tells_of_a_teardown_is_said_where_nothing_does() -> None:
    nothing = "nothing shows that the sandbox was removed"
    assert disposal_of((), ()).why == nothing
    for proof in ("no such folder any more", ""):
        told = disposal_of((Disposal(what="/d", when="", proof=proof),), ())
        assert nothing != told.why and told.complete == ("yes" if proof else "not known")


def test_nothing_of_yours_is_touched_is_said_of_a_platform_of_its_own(tmp_path: Path) -> None:
    own = "on a practice platform of its own: nothing of yours is touched"
    (played, *_) = sorted(SHIPPED.glob("core-lost.toml"))
    for path in (played, write(tmp_path / "own", WORDS_ALONE)):
        scenario: Scenario = read(path)
        said = about_scenario(Shelf(path.stem, path, "site", scenario)).plain
        assert (own in said) is scenario.executes is (path == played)
        assert ("nothing is executed" in said) is not scenario.executes


class StillGround:
    """A drill's platform of which only this is asked."""

    def __init__(self, *, going: bool = False, reachable: bool = True) -> None:
        self._going = [SimpleNamespace(id="r1")] if going else []
        hosts = [SimpleNamespace(name="one", reachable=reachable, containers=[])]
        self.site = SimpleNamespace(discover=lambda: SimpleNamespace(hosts=hosts))
        self.place = Path("/p")
        self.platform = SimpleNamespace(domain="d")

    def runs(self) -> list[Any]:
        return []

    def going(self) -> list[Any]:
        return self._going

    def brief(self, text: str) -> str:
        return text


@pytest.mark.parametrize(
    ("ground", "said", "outcome"),
    [
        ({}, "Nothing was left half-done.", "refused"),
        ({"going": True}, "The run r1 is running.", "busy"),
        ({"reachable": False}, "Nothing was left half-done, as far as can be told.", "refused"),
    ],
)
def test_nothing_was_left_is_said_where_each_engine_was_asked_and_no_run_goes_on(
    monkeypatch: pytest.MonkeyPatch, ground: dict[str, bool], said: str, outcome: str
) -> None:
    monkeypatch.setattr(deeds, "left_behind", lambda *_: [])
    still: Any = StillGround(**ground)
    came = do(Act(do="finish"), still, {}, lambda _line: None)
    assert (came.said[0] == said, came.outcome) == (True, outcome)
    assert ("Nothing was left half-done." in came.said) is (not ground)


@pytest.mark.parametrize("freed", [[], ["anna", "ben"]])
def test_none_was_freed_is_said_where_none_was(
    monkeypatch: pytest.MonkeyPatch, freed: list[str]
) -> None:
    monkeypatch.setattr("pryv_tui.practice.harm.silent.free_names", lambda _place: freed)
    ground: Any = StillGround()
    came = do(Act(do="free-name"), ground, {}, lambda _line: None)
    assert ("There was none to free." in came.said) is not bool(freed)
    assert ("Free again: anna, ben" in came.said) is bool(freed)


@pytest.mark.parametrize("how", ["settled", "one remains", "not asked"])
def test_nothing_remains_is_shown_where_all_was_checked(
    monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    from pryv_tui.drills.playing import looks
    from pryv_tui.operations.audit.from_set import Audit, NotChecked
    from pryv_tui.operations.audit.live import LiveAudit

    none: dict[str, Any] = {group: {} for group in ("accounts", "attachments", "series")}
    for each in KINDS:
        none[each.group][each.name] = ["x"] * (how == "one remains" and each is KINDS[0])
    away = [NotChecked("accounts", "it is away")] if how == "not asked" else []
    live = LiveAudit(found=Audit(set="", not_checked=away, **none), domain="d", practice=True)
    monkeypatch.setattr(looks, "audit_live", lambda *_: live)
    ground: Any = StillGround()
    seen = looks.audit_now(ground)
    assert (seen.said == ["Nothing lacks its other half."]) is (how == "settled")
    assert (looks.settled(live) == []) is (how == "settled")
