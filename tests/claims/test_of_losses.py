"""What is said of a loss and of what is half-done: where it is so, and where it is otherwise."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pryv_tui.hosts.engine import ContainerState
from pryv_tui.incidents.gathering import There, Told
from pryv_tui.incidents.parts import gone_part, gone_since, parts_gone
from pryv_tui.incidents.reckoning import reckon
from pryv_tui.incidents.report.remaining import lost_lines
from pryv_tui.operations.advice import Choice, Way
from pryv_tui.operations.comparing.alone import Alone
from pryv_tui.operations.comparing.amounts import Amount, of_names, unknown
from pryv_tui.operations.comparing.model import Comparison, Outcome
from pryv_tui.operations.comparing.words import lines_of
from pryv_tui.operations.overview.backup_words import brief
from pryv_tui.operations.overview.folders import store_states
from pryv_tui.operations.overview.last_backup import TryEnd
from pryv_tui.operations.overview.no_set import NOTHING
from pryv_tui.operations.overview.overview import Overview, attention
from pryv_tui.operations.overview.serving import serving
from pryv_tui.operations.overview.serving_words import role_words
from pryv_tui.operations.sets.missing_roles import everything_lost
from pryv_tui.operations.sets.retention import KeepRules
from pryv_tui.tui.text.incidents import incident_row
from pryv_tui.tui.text.overview import summary
from pryv_tui.vault.sets import BackupSet
from tests.incidents.reported.told import told_of
from tests.incidents.scripted import at, incident, lost, opened, run
from tests.operations.comparing.test_comparing import core, made, register, side
from tests.operations.kit import deployed, host_state, manifest_of, part, platform_of, set_of
from tests.operations.overview.served import changed, role, without
from tests.operations.overview.test_last_backup import ENDS, a_try, found_of, shown
from tests.operations.overview.test_missing import rest, whole, without_core
from tests.operations.overview.test_missing import told as missing_told
from tests.operations.sets.kept_sets import a_set as made_at
from tests.operations.sets.kept_sets import decided
from tests.operations.sets.test_way_back import nothing_left
from tests.operations.test_advice import BACK_TO_LOSS, BOTH, ODD, advice, died, failed

RESTORED = msgspec.structs.replace(
    run("restore", 60, ends=80, serves=70), as_of=at(-600), set="S", half=()
)


def test_no_restore_stands_is_said_only_where_none_does() -> None:
    words = "no restore is in place. What is newer"
    assert words in " ".join(lost_lines(told_of()))
    assert words not in " ".join(lost_lines(told_of(RESTORED)))
    undone = msgspec.structs.replace(RESTORED, undone_by="U")
    assert words in " ".join(lost_lines(told_of(undone)))
    half = msgspec.structs.replace(RESTORED, outcome="failed", half=("h:/r",), owes=True)
    told = " ".join(lost_lines(told_of(half)))
    assert words not in told and "stopped half-way" in told


@pytest.mark.parametrize("names", [[], ["igor"]])
def test_no_other_role_tells_of_them_is_said_of_accounts_that_core_alone_had(
    names: list[str],
) -> None:
    loss = msgspec.structs.replace(
        lost(30, since=0), alone=Alone(amount=of_names(names), asked=at(10))
    )
    one = incident(opened(30), loss)
    told = " ".join(lost_lines(Told(one, (), reckon(one, (), at(400)), "")))
    said = "Unless that was settled since, no other role knows them" in told
    assert said is bool(names)


def test_of_finishing_and_rolling_back_neither_is_advised_and_of_other_ways_nothing_is_said() -> (
    None
):
    """No other way out of it was looked at."""
    words = "and rolling it back is not advised either"
    twice, back = [failed(ODD)] * 2, [failed(ODD, "roll-back")] * 2
    alone: dict[Way, Choice] = {"finish": BOTH["finish"]}
    one_way = advice(*twice, ways=alone)
    assert words not in one_way.because and "rolling it back is not possible" in one_way.because
    for found in (
        advice(*twice, ways={**BOTH, "roll-back": BACK_TO_LOSS}),
        advice(*twice, *back),
    ):
        assert words in found.because and not found.advised
        assert "other way" not in found.because
    for stops in (twice, [failed(ODD)], [*back, failed(ODD)]):
        assert words not in advice(*stops).because
        assert "is not possible" not in advice(*stops).because


def test_no_journal_tells_is_said_only_where_none_does() -> None:
    words = "no journal here mentions it"
    assert words in advice().why
    for one in (died(), failed(ODD), failed(None)):
        assert words not in advice(one).why


@pytest.mark.parametrize("unseen", [(), ("h",)])
def test_no_engine_answers_is_said_of_machines_whose_engine_does_not(unseen: Any) -> None:
    for down in ((), ("pryvio_core",)):
        said = "What runs on h is not known: no engine answers there."
        assert (said in advice(died(), unseen=unseen, down=down).down) is bool(unseen)


def lines(*outcomes: Outcome) -> str:
    return "\n".join(one.text for one in lines_of(Comparison(set_id="s", outcomes=outcomes)))


@pytest.mark.parametrize("names", [[], ["igor"], None])
def test_none_but_those_that_come_back_is_said_of_a_look_that_found_none(
    names: list[str] | None,
) -> None:
    sides = [
        side("core", None, core("core", of_names("ab"))),
        side("reg", register(of_names("ab")), register(of_names("ab"))),
    ]
    amount = unknown("torn") if names is None else of_names(names)
    alone = Alone(amount=amount, asked="" if names is None else at(0))
    told = lines(msgspec.structs.replace(made(sides, "core"), alone=alone))
    words = "not counting those that come back; later ones are not known"
    assert (words in told) is (names == [])


@pytest.mark.parametrize(
    "exposed", [of_names(()), of_names((), why="torn"), of_names("x", why="torn"), unknown("torn")]
)
def test_no_name_is_known_that_would_look_free_is_said_of_none_that_is_not_certain(
    exposed: Amount,
) -> None:
    sides = [
        side("core", core("core", of_names("ab")), core("core", of_names("ab"))),
        side("reg", register(of_names("ab")), register(of_names("ab"))),
    ]
    told = lines(msgspec.structs.replace(made(sides, "reg"), exposed=exposed))
    said = "No name is known that would look free (torn)." in told
    assert said is (exposed.number == 0 and bool(exposed.why))


@pytest.mark.parametrize("vault", ["empty", "damaged", "whole"])
@pytest.mark.parametrize("here", [False, True])
def test_no_role_and_no_set_is_said_where_nothing_is_here_and_the_vault_is_empty(
    here: bool, vault: str
) -> None:
    damaged = BackupSet(id="20260101T020000Z", path="/v/x", state="damaged")
    sets = {"empty": [], "damaged": [damaged], "whole": [whole(1)]}[vault]
    last = sets[0] if vault == "whole" else None
    found = platform_of(host_state("single", "core")) if here else nothing_left()
    told = " ".join(one.text for one in attention(found, tuple(sets), last))
    words = "No role of a Pryv.io platform was found here, and no set of one in this vault"
    assert words in NOTHING.text
    assert (words in told) is (not here and vault == "empty")
    assert ("1 is damaged" in told) is (vault == "damaged")


@pytest.mark.parametrize("there", [False, True])
def test_no_container_is_said_of_a_store_that_has_none(there: bool) -> None:
    found = deployed("core")
    if not there:
        found = without(found, "mongodb")
    (store,) = [one for one in store_states(found.hosts[0]) if one["store"] == "mongodb"]
    assert (store["detail"] == "no container") is not there


@pytest.mark.parametrize("state", ["created", "exited", "dead", "paused"])
def test_was_never_started_is_said_of_what_was_made_alone(state: ContainerState) -> None:
    found = changed(deployed("single-node"), "core", state=state)
    told = role_words(role(serving(found), "core"))
    assert ("was never started" in told) is (state == "created")


def test_no_role_is_found_is_said_only_where_sets_hold_what_is_not_here() -> None:
    words = "No role of a Pryv.io platform is found here, and backups hold"

    def told(found: Any, *sets: BackupSet) -> str:
        return " ".join(text for text, _ in everything_lost(found, sets, practice=False))

    assert words in told(nothing_left(), whole(1))
    assert words not in told(nothing_left())
    assert words not in told(without_core(), whole(1))


def test_in_no_backup_for_long_is_said_of_a_role_that_was_moved_away() -> None:
    days = "not here, and in no backup for more than 30 days"
    early = [whole(1), *(rest(day) for day in range(2, 32))]
    for sets, moved in ((early, False), ([*early, rest(33)], True)):
        ((_, text, _),) = missing_told(sets)
        assert (days in text) is moved


def platform_line(found: Any) -> str:
    over = Overview(deployment=found, sets=(), last=None, attention=())
    return summary(over).plain.splitlines()[0]


def test_no_container_of_a_platform_is_said_only_where_every_engine_was_asked() -> None:
    words = "no container of a Pryv.io platform"
    assert words in platform_line(nothing_left())
    assert words not in platform_line(deployed("core"))
    away = msgspec.structs.replace(host_state("core"), reachable=False, roles=())
    assert words not in platform_line(platform_of(away))


def test_the_vault_holds_no_set_is_said_of_a_vault_that_was_seen_and_is_empty() -> None:
    words = "the vault holds no set"
    assert words in shown(found_of(made=None))
    assert words not in shown(found_of(made=None, in_doubt=True))
    assert words not in shown(found_of(made=9))


def test_tries_made_no_set_is_said_of_more_than_one() -> None:
    assert "2 tries made no set" in shown(found_of(a_try("failed", 3), a_try("died", 2)))
    assert "made no set" not in shown(found_of(a_try("failed", 3)))
    assert "made no set" not in shown(found_of())


@pytest.mark.parametrize("many", [0, 1])
def test_no_run_is_said_of_an_incident_that_has_none(many: int) -> None:
    told = incident_row(told_of(*[RESTORED] * many)).plain
    assert ("· no run ·" in told) is (many == 0)


def test_not_on_every_machine_is_said_of_a_part_alone() -> None:
    words = "it is gone on co1, but not on every machine"
    two = set_of(manifest_of(part("co1", "core"), part("co2", "core")))
    there = msgspec.structs.replace(host_state("co2", "core"), root_exists=False)
    found = platform_of(host_state("co1"), there)
    (one,) = parts_gone(found, [two])
    assert gone_part(one, found, There()).why == words
    neither = platform_of(host_state("co1"), host_state("co2"))
    assert parts_gone(neither, [two]) == []
    assert gone_since("core", neither, two, two.id, There()).why != words


@pytest.mark.parametrize("days", [0, 3])
def test_no_rule_keeps_it_is_said_only_of_what_goes(days: int) -> None:
    sets = [made_at(hours) for hours in (0, 24, 48)]
    for one in decided(sets, KeepRules(last=1, daily=days)):
        assert (one.why == "no rule keeps it") is not one.keep
    kept = [one.keep for one in decided(sets, KeepRules(last=1, daily=days))]
    assert kept == ([True] * 3 if days else [False, False, True])


@pytest.mark.parametrize("end", ENDS)
def test_never_began_is_the_state_of_a_try_that_never_began_alone(end: TryEnd) -> None:
    told = brief(found_of(a_try(end, 3)))
    assert ("never began" in told) is (end == "never_began")
