"""What a restore asks for goes when a later look shows it to be settled, and for nothing else."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pryv_tui.operations.audit.afterwards import (
    checked_words,
    next_of,
    settled_words,
    warnings_of,
    worded,
)
from pryv_tui.operations.facts import LiveFound, NotKnown
from pryv_tui.operations.overview.unsettled import unsettled
from pryv_tui.platform.casualties import KINDS, in_brief
from pryv_tui.runs.record.events import RunFinished, decode_event
from pryv_tui.runs.record.report import report

KINDS_BY_NAME = [f"{each.group}.{each.name}" for each in KINDS]
STRANDED, EXPOSED = "accounts.register_only", "accounts.core_only"


def look(at: str = "2026-11-29T03:00:00.000Z", run: str = "RUN", **more: Any) -> LiveFound:
    """A look at everything: what is named, and none of the rest."""
    names = dict(more.pop("names", {}))
    counts = dict.fromkeys(KINDS_BY_NAME, 0) | {kind: len(found) for kind, found in names.items()}
    facts = {"counts": counts, "names": names, "domain": "pryv.example", "set": "SET", **more}
    return LiveFound(time=at, run=run, **facts)


def ended(found: LiveFound) -> RunFinished:
    """A restore whose look at the end was that."""
    said = [*warnings_of(found), *next_of(found, "SET")]
    warned = [one.text for one in warnings_of(found)]
    return RunFinished(
        outcome="warnings",
        exit=3,
        warnings=warned,
        next=[one.text for one in said],
        live=worded(found, said),
    )


def later(**more: Any) -> LiveFound:
    return look("2026-11-29T04:00:00.000Z", "", **more)


THREE = look(names={STRANDED: ["anna", "bela", "chiara"], EXPOSED: ["dario"]})


def test_what_is_found_is_named_with_its_commands() -> None:
    told = report(None, ended(THREE))
    assert "Accounts that register knows and core does not: 3 (anna, bela, chiara)" in told
    assert "Accounts that core knows and register does not: 1 (dario)" in told
    for name in ("anna", "bela", "chiara"):
        line = next(line for line in told.splitlines() if line.startswith(f"  - {name}, dry run"))
        assert line.index("dryRun=true") < line.index("; then: curl")
    assert "BEFORE the platform is opened" in told
    assert "pryv-tui audit SET --live" in told


def test_what_is_settled_is_not_offered_any_more_and_the_rest_is() -> None:
    told = report(None, ended(THREE), (), later(names={STRANDED: ["bela"]}))
    assert "  - bela, dry run first" in told
    assert "  - anna, dry run" not in told
    assert "core knows and register does not: 1 (dario)" not in told
    assert "Settled since:" in told
    assert "accounts that register knows and core does not: 2 of 3" in told
    assert "pryv-tui audit SET --live" in told
    done = report(None, ended(THREE), (), later())
    assert "curl" not in done
    assert "--live" not in done
    assert "Warnings:" not in done


@pytest.mark.parametrize(
    "other",
    [
        None,
        THREE,
        look("2026-11-29T02:00:00.000Z", "OLDER"),
        later(domain="another.example"),
        later(practice=True),
        later(counts={}),
        later(not_known=[NotKnown(what="accounts", why="down", kinds=(STRANDED, EXPOSED))]),
    ],
    ids=["none", "its own", "older", "of another", "of practice", "asked nothing", "of a part"],
)
def test_nothing_else_settles_anything(other: LiveFound | None) -> None:
    assert report(None, ended(THREE), (), other) == report(None, ended(THREE))


def test_more_names_than_are_kept_are_not_taken_for_settled() -> None:
    many = later(names={STRANDED: ["zoe"]}, counts={**THREE.counts, STRANDED: 2_000, EXPOSED: 0})
    told = report(None, ended(THREE), (), many)
    assert "  - anna, dry run" in told
    assert settled_words(THREE, many) == [
        "accounts that core knows and register does not: 1 of 1, according to the audit of"
        " 2026-11-29T04:00:00.000Z"
    ]


def test_what_could_not_be_asked_is_not_known_and_never_nothing() -> None:
    none = LiveFound(
        time="2026-11-29T03:00:00.000Z",
        run="RUN",
        set="SET",
        domain="pryv.example",
        not_known=[NotKnown(what="all", why="core is away", kinds=tuple(KINDS_BY_NAME))],
    )
    assert checked_words(none) == ""
    told = report(None, ended(none))
    assert "Not known after this restore: all: core is away" in told
    assert "Check again what is not known" in told
    assert "core is away" not in report(None, ended(none), (), later())
    part = look(not_known=[NotKnown(what="accounts", why="x", kinds=(STRANDED, EXPOSED))])
    assert "in 4 kinds that could be checked" in checked_words(part)
    assert checked_words(look()).endswith("nothing lacks its other half")


def test_attention_names_what_is_left_and_what_a_run_could_not_ask() -> None:
    first, second = unsettled(THREE)
    assert "3 (anna, bela, chiara)" in first.text
    assert "pryv-tui audit SET --live" in first.remedy
    assert "1 (dario)" in second.text
    assert first.key != second.key
    assert unsettled(look()) == []
    doubtful = look(not_known=[NotKnown(what="accounts", why="Redis is down", kinds=(STRANDED,))])
    (item,) = unsettled(doubtful)
    assert "not known" in item.text
    assert "Redis is down" in item.text
    # A person who has asked has been told.
    assert unsettled(msgspec.structs.replace(doubtful, run="")) == []


def test_a_journal_without_it_reads_as_before() -> None:
    old = b'{"event":"run_finished","v":1,"outcome":"complete","exit":0,"next":["Go on."]}'
    event = decode_event(old)
    assert isinstance(event, RunFinished)
    assert event.live is None
    assert report(None, event, (), later()) == report(None, event)


@pytest.mark.parametrize(
    ("counts", "said", "never"),
    [
        (dict.fromkeys(KINDS_BY_NAME, 0), "no account, attachment or series lacks", "not counted"),
        # A set of core alone: of its accounts nobody knows anything.
        (dict.fromkeys(KINDS_BY_NAME[2:], 0), "not counted: accounts that register", "no account,"),
        # A set without core.
        ({}, "casualties not counted", "no account,"),
        (None, "casualties not counted", "no account,"),
        ({STRANDED: 2}, "core does not: 2; not counted", "no account,"),
    ],
)
def test_a_gap_cost_nothing_only_where_all_of_it_was_counted(
    counts: dict[str, int] | None, said: str, never: str
) -> None:
    told = in_brief(counts, "SET")
    assert said in told
    assert never not in told
    assert "cost nothing" not in told


def test_what_no_look_at_a_release_tells_is_told_and_asks_nobody() -> None:
    """Before 1.8 nobody can do anything about it: it stays not known."""
    of_old = NotKnown(what="accounts", why="no index", kinds=(STRANDED, EXPOSED), for_good=True)
    found = look(not_known=[of_old], counts=dict.fromkeys(KINDS_BY_NAME[2:], 0))
    assert warnings_of(found) == []
    assert next_of(found, "SET") == []
    assert unsettled(found) == []
    assert checked_words(found).endswith("in 4 kinds that could be checked")
