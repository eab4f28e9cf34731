"""The report: everything that others have named is escaped, no secret is in it, and it claims
nothing that was not looked at."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from pryv_tui.incidents.events import Audited, Closed, Lost, Noted, Opened, Serving
from pryv_tui.incidents.facts import Audit, RunFacts
from pryv_tui.incidents.gathering import Told, accepted_of
from pryv_tui.incidents.incident import incident_of
from pryv_tui.incidents.marks import audits, marks_of_done
from pryv_tui.incidents.reckoning import reckon
from pryv_tui.incidents.report import naming
from pryv_tui.incidents.report.as_html import as_html
from pryv_tui.incidents.report.as_text import as_markdown, as_text
from pryv_tui.incidents.report.brief import brief
from pryv_tui.incidents.report.page import as_json, page, sections_of
from pryv_tui.incidents.report.remaining import lost_lines, remains_lines, unsettled_lines
from pryv_tui.incidents.report.timeline import timeline
from pryv_tui.incidents.words import short, state_words
from pryv_tui.operations.acceptance import Acceptable, accept, read_accepted, withdraw
from pryv_tui.operations.comparing.alone import Alone
from pryv_tui.operations.comparing.amounts import of_names
from pryv_tui.operations.comparing.newer_words import nothing_newer
from pryv_tui.operations.facts import LiveFound, NewerFound
from pryv_tui.operations.overview.unsettled import acceptable
from pryv_tui.operations.plan import StepView
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.runs.record.events import AnyEvent, RunStarted, StepFinished
from pryv_tui.runs.record.journal import done_at
from pryv_tui.sanitize import acts
from pryv_tui.who import Who
from tests.incidents.test_reckoning import at, incident, lost, opened, run
from tests.operations.kit import manifest_of, part, set_of

NASTY = (
    '<script>alert(1)</script> "><img src=x onerror=alert(2)> \x1b[2J\n# heading\n'
    "- [x](javascript:0)"
    " ![i](http://evil/) `code` \u202etxt.exe restic:https://me:hunter2@host/ token=hunter2\r\x9b"
)


def told_of(*runs: RunFacts, text: str = "", **changes: object) -> Told:
    by = Who(user=text[:60], terminal="pts/3", address="10.0.0.1")
    one = incident(
        msgspec.structs.replace(opened(30), text=text, by=by, domain=text or "a.b", machine=text),
        lost(30, since=0),
        Noted(time=at(50), text=text or "seen", by=by, decision=True),
        Audited(time=at(300), outcome="remains", remains={text or "a.b": 2}, not_checked=[text]),
    )
    one = msgspec.structs.replace(one, **changes)
    return Told(one, runs, reckon(one, runs, at(400)), "")


class Seen(HTMLParser):
    """What a browser makes of a page: its elements, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.fixture(scope="module")
def nasty() -> Told:
    spoiled = msgspec.structs.replace(
        run("restore", 60, ends=80, serves=70),
        id=NASTY, set=NASTY, what=NASTY, roles=(NASTY,), checks=(NASTY,), warnings=(NASTY,),
        remains=(NASTY,), gap=(NASTY,), newer=(NASTY,), by=Who(user=NASTY), outcome="complete",
    )  # fmt: skip
    return told_of(spoiled, text=NASTY)


def test_hostile_names_act_in_none_of_the_formats(nasty: Told) -> None:
    made = page(nasty, now=at(400), by=NASTY, tool="x")
    text, marked, html = as_text(made), as_markdown(made), as_html(made)
    shown = json.dumps(as_json(nasty, now=at(400), by="x", tool="x"))
    for form in (text, marked, html, shown):
        assert not [line for line in form.split("\n") if acts(line)]
        assert "hunter2" not in form
    seen = Seen()
    seen.feed(html)
    assert seen.tags == {
        "html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "table", "tr", "th",
        "td", "div", "i", "ul", "li",
    }  # fmt: skip
    assert seen.attributes <= {
        "lang", "charset", "http-equiv", "content", "name", "class", "scope", "style"
    }  # fmt: skip
    assert "default-src 'none'" in html
    assert "://" not in re.sub(r"&lt;.*?&gt;|restic:[^\s<]*|http:[^\s<]*", "", html)
    headings = [line for line in marked.splitlines() if line.startswith("#")]
    assert len(headings) == 1 + len(made.sections)
    assert not re.search(r"(?<!\\)[<`\[]", marked)
    assert len([line for line in text.splitlines() if not line.startswith(("  - ", " "))]) < 30


def test_what_was_lost_says_neither_nothing_nor_more_than_is_known() -> None:
    before = told_of()
    assert lost_lines(before)[0].startswith("Not known yet")
    restored = msgspec.structs.replace(
        run("restore", 60, ends=80, serves=70), as_of=at(-600), set="S",
        gap=("accounts 0.2 s", "it cost nothing, in what could be checked"),
    )  # fmt: skip
    lines = lost_lines(told_of(restored))
    assert lines[0] == (
        "core: restored from the set S, data as of 2026-03-04 08:50:00 UTC;"
        " what was written in the 10 min from then to the loss is gone"
    )
    assert all(line.startswith("Within that set") for line in lines if "cost nothing" in line)
    stranded = Audit(time=at(78), outcome="remains", remains={"accounts.register_only": 3})
    (said,) = (
        line
        for line in lost_lines(told_of(msgspec.structs.replace(restored, audit=stranded)))
        if "other half" in line
    )
    assert said.endswith("accounts that register knows and core does not: 3")
    undone = msgspec.structs.replace(restored, undone_by="U")
    assert lost_lines(told_of(undone))[0].startswith("Not known yet")
    failed = msgspec.structs.replace(restored, outcome="failed")
    assert lost_lines(told_of(failed))[0].startswith("Not known yet")


WHOLE = (
    "All that was down serves again",
    "the running platform was asked: nothing lacks its other half",
    "asked: of what could be checked nothing lacks",
    "nothing is known to be lost",
    "nothing is known to have been down",
    "nothing is known to be down",
)
"""Sentences of a report about all and nothing."""
CORE_BACK = run("restore", 60, ends=80, serves=70)


@pytest.mark.parametrize(
    ("events", "runs", "said"),
    [
        # Lost, and nothing done; another role lost after core was back; core lost again.
        ([lost(30, since=0)], [], ()),
        ([lost(30, since=0), lost(90, "register", since=85)], [CORE_BACK], ()),
        ([lost(30, since=0), lost(100, since=95, again=True)], [CORE_BACK], ()),
        # Back, and not asked since; asked, with something left; asked, and not all could be.
        ([lost(30, since=0)], [CORE_BACK], WHOLE[:1]),
        ([lost(30, since=0), Audited(time=at(300), outcome="remains", remains={"a.b": 1})],
         [CORE_BACK], WHOLE[:1]),
        ([lost(30, since=0), Audited(time=at(300), outcome="unknown", not_checked=["accounts"])],
         [CORE_BACK], (WHOLE[0], WHOLE[2])),
        ([lost(30, since=0), Audited(time=at(300), outcome="settled")], [CORE_BACK], WHOLE[:2]),
        # Declared, with no role named; and one whose time of loss nobody knows.
        ([], [], WHOLE[3:]),
        ([lost(30)], [], ()),
    ],
)  # fmt: skip
def test_all_and_nothing_are_said_only_where_they_are_so(
    events: list[Any], runs: list[RunFacts], said: tuple[str, ...]
) -> None:
    one = incident(opened(30), *events)
    told = Told(one, tuple(runs), reckon(one, runs, at(400)), "")
    text = as_text(page(told, now=at(400), by="x", tool="x"))
    flat = " ".join(text.split())
    assert {sentence for sentence in WHOLE if sentence in flat} == set(said), text


def test_what_remains_is_told_until_it_does_not() -> None:
    left = remains_lines(told_of())
    assert any(line.startswith("core is down since") for line in left)
    assert any("a.b: 2" in line for line in left)
    assert any("The incident is open" in line for line in left)
    settled = incident(
        opened(30), lost(30, since=0), Audited(time=at(300), outcome="settled"),
        Closed(time=at(390)),
    )  # fmt: skip
    runs = (run("restore", 60, ends=80, serves=70),)
    told = Told(settled, runs, reckon(settled, runs, at(400)), "")
    assert remains_lines(told) == ["No complete backup was taken since: pryv-tui backup"]
    assert remains_lines(told._replace(backed_up="S")) == []
    died = Told(settled, (run("restore", 60, ends=None),), told.times, "S")
    assert any("died" in line for line in remains_lines(died))


def test_accounts_that_were_in_the_lost_core_alone_are_named_by_the_report() -> None:
    alone = Alone(amount=of_names(["igor", "jana"]), asked=at(10))
    loss = msgspec.structs.replace(lost(30, since=0), alone=alone)
    # What a person says of the loss later takes nothing away.
    said = msgspec.structs.replace(lost(40, since=5), source="asked")
    one = incident(opened(30), loss, said)
    told = Told(one, (), reckon(one, (), at(400)), "")
    assert lost_lines(told)[0].startswith("2 accounts (igor, jana) were in core alone")
    none = incident(opened(30), lost(30, since=0))
    assert "alone" not in " ".join(lost_lines(Told(none, (), reckon(none, (), at(400)), "")))


def test_each_role_is_told_with_its_own_loss_and_one_that_lived_with_its_stop() -> None:
    first = msgspec.structs.replace(
        run("restore", 60, ends=90, serves=80, stops=[(62, "register")],
            starts=[(80, "register")], roles=("core", "register", "static-web")),
        as_of=at(-40), set="S",
    )  # fmt: skip
    second = msgspec.structs.replace(run("restore", 200, ends=220, serves=210), as_of=at(-40),
                                     set="S", asked=at(200))  # fmt: skip
    one = incident(opened(30), lost(30, since=0), lost(30, "static-web", since=20))
    runs = (first, second)
    lines = lost_lines(Told(one, runs, reckon(one, runs, at(400)), ""))
    ends = [f"{line.partition(':')[0]}: {line.rpartition('; ')[2]}" for line in lines]
    assert ends == [
        "core: what was written in the 40 s from then to the loss is gone",
        "register: what was written in the 1 min 42 s from then to the restore's stop is gone",
        "static-web: what was written in the 1 min from then to the loss is gone",
        "core: what was written in the 4 min from then to the restore's stop is gone",
    ]
    unknown = incident(opened(30), lost(30))
    (said,) = lost_lines(Told(unknown, (second,), reckon(unknown, (second,), at(400)), ""))
    assert said.endswith("; what was written from then to the loss is gone")


def test_what_two_restores_cost_is_told_once_and_contradicts_nothing() -> None:
    first = msgspec.structs.replace(
        run("restore", 60, ends=90, serves=80, roles=("core", "register")), as_of=at(-40), set="S",
        gap=("accounts 0.2 s",), as_of_roles={"core": at(-40), "register": at(-37)},
        nothing_newer=("register",),
        newer=("nothing that was compared was newer: accounts of register",),
    )  # fmt: skip
    second = msgspec.structs.replace(first, id="again", asked=at(200))
    one = incident(opened(30), lost(30, since=0))
    runs = (first, second)
    lines = lost_lines(Told(one, runs, reckon(one, runs, at(400)), ""))
    assert [line for line in lines if "timing gap" in line] == [
        "Within the set S (its timing gap): accounts 0.2 s"
    ]
    # Each role is of the moment that whoever chose it has read, and is said to have lost nothing
    # only where it was compared.
    (core, register), more = lines[:2], [line for line in lines if "is gone" in line]
    assert "data as of 2026-03-04 08:59:20 UTC; what was written" in core
    assert "data as of 2026-03-04 08:59:23 UTC; in the " in register
    assert register.endswith("nothing was written in what was compared")
    assert not [line for line in more if "register" in line]
    none = NewerFound(host="one", role="register", what="accounts", number=0)
    assert nothing_newer([none]) == ("register",)
    for changes in ({"number": 1}, {"number": None}, {"why": "it was down"}, {"fewer": "x"}):
        assert nothing_newer([none, msgspec.structs.replace(none, **changes)]) == ()
    another = (first, msgspec.structs.replace(second, set="T"))
    told = lost_lines(Told(one, another, reckon(one, another, at(400)), ""))
    assert len([line for line in told if "timing gap" in line]) == 2


def test_before_a_restore_it_is_told_what_the_newest_whole_set_would_cost() -> None:
    assert len(lost_lines(told_of())) == 1, "where the vault can't be read no set is named"
    told = told_of()._replace(newest=(("core", "S", at(-9)),))
    not_known, newest = lost_lines(told)
    assert not_known.startswith("Not known yet") and newest == (
        "The newest whole set of core is S, of 2026-03-04 08:59:51 UTC: what was written to it"
        " since is lost if core is restored from that"
    )


def test_the_newest_whole_set_is_looked_for_among_the_platforms_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = msgspec.structs.replace(set_of(manifest_of(part("one", "core"))), id="whole")
    damaged = msgspec.structs.replace(whole, id="damaged", state="damaged")
    assert whole.manifest is not None
    domain = whole.manifest.domain
    site = SimpleNamespace(
        vault=SimpleNamespace(sets=lambda: [whole, damaged]), practice=whole.manifest.practice
    )
    monkeypatch.setattr(naming, "open_site", lambda _settings: site)
    settings = Settings(vault="/v", state="/s")
    told = told_of(domain=domain)
    assert [(role, name) for role, name, _ in naming.newest_of(settings, told)] == [
        ("core", "whole")
    ]
    assert not naming.newest_of(settings, told_of(domain="another.example"))
    # Once a restore stands, what it brought back is told.
    assert not naming.newest_of(settings, told_of(CORE_BACK, domain=domain))


@pytest.mark.parametrize("ends", [80, None])
def test_a_restore_half_way_is_named_with_its_way_out_until_another_saw_to_it(
    ends: float | None,
) -> None:
    half = msgspec.structs.replace(
        run("restore", 60, ends=ends, outcome="failed"), half=("local:/var/pryv",), owes=True
    )
    (left,) = (line for line in remains_lines(told_of(half)) if half.id in line)
    assert "local:/var/pryv half-restored" in left and left.endswith("pryv-tui recover")
    assert left in unsettled_lines(told_of(half))
    (cost,) = lost_lines(told_of(half))
    assert "nothing was restored" not in cost and half.id in cost
    again = run("restore", 100, ends=120, outcome="failed")
    again = msgspec.structs.replace(again, recovers=(half.id,))
    assert left in remains_lines(told_of(half, again))
    finish = msgspec.structs.replace(run("recover", 200, ends=220), recovers=(again.id,))
    for later in ((again, finish), (run("restore", 200, ends=220, serves=210),)):
        assert not [line for line in remains_lines(told_of(half, *later)) if half.id in line]
    nothing = msgspec.structs.replace(run("backup", 60, ends=None), owes=False)
    assert not [line for line in remains_lines(told_of(nothing)) if nothing.id in line]


def test_a_finish_says_which_run_it_continues_and_a_root_is_named_once() -> None:
    roots = ("local:/var/pryv",)
    failed = run("restore", 60, ends=80, outcome="failed")
    first = msgspec.structs.replace(failed, half=roots, owes=True)
    other = run("restore", 100, ends=120, outcome="failed")
    again = msgspec.structs.replace(other, half=roots, owes=True, recovers=(first.id,))
    (left,) = [line for line in unsettled_lines(told_of(first, again)) if "half-restored" in line]
    assert again.id in left and first.id not in left
    # Another root of the first one is named beside.
    more = msgspec.structs.replace(first, half=(*roots, "reg:/var/pryv"))
    assert len([x for x in unsettled_lines(told_of(more, again)) if "half-restored" in x]) == 2
    begins = {each.run: each.what for each in timeline(told_of(first, again)) if each.kind == "run"}
    assert f"begins, to see to what was left by {first.id}" in begins[again.id]
    assert "left by" not in begins[first.id]
    undo = msgspec.structs.replace(run("undo", 200, ends=220), recovers=(again.id,))
    (said,) = [x.what for x in timeline(told_of(undo)) if x.kind == "run"]
    assert f"undoing {again.id}" in said


def test_a_restore_that_died_when_it_was_done_left_nothing_half_restored() -> None:
    """Neither the report nor the closing says so; what it cost nobody told."""
    died = msgspec.structs.replace(run("restore", 60, ends=None), set="S")
    done = msgspec.structs.replace(
        died, done=at(70), owes=False, marks=(*died.marks, *marks_of_done(("core",), at(70)))
    )
    told = told_of(done)
    assert not [line for line in unsettled_lines(told) if done.id in line or "is down" in line]
    (cost,) = lost_lines(told)
    assert "was done, and its process died" in cost and "half-way" not in cost
    assert "audit S --live" in cost
    # One that still has a container to start is told, and what it is that died.
    owes = msgspec.structs.replace(done, owes=True)
    (left,) = [line for line in unsettled_lines(told_of(owes)) if owes.id in line]
    assert "died when it was done" in left and "half-restored" not in left
    # It has seen to what a restore before it left; one that died before that has not.
    half = msgspec.structs.replace(
        run("restore", 40, ends=50, outcome="failed"), half=("local:/var/pryv",), owes=True
    )
    again = msgspec.structs.replace(done, recovers=(half.id,))
    assert not [line for line in remains_lines(told_of(half, again)) if half.id in line]
    not_done = msgspec.structs.replace(died, recovers=(half.id,))
    assert [line for line in remains_lines(told_of(half, not_done)) if half.id in line]


@pytest.mark.parametrize(
    ("kind", "done", "outcome", "is_done"),
    [
        ("restore", "close-restore", "done", True),
        ("restore", "close-restore", "failed", False),
        ("restore", "copy-back", "done", False),
        ("backup", "close-restore", "done", False),
    ],
)
def test_a_run_is_done_by_the_steps_that_are(
    kind: str, done: str, outcome: str, is_done: bool
) -> None:
    view = StepView(step="s1", title="t", kind=done, host="", command=(), leaves="", undone="",
                    destructive=False)  # fmt: skip
    events: list[AnyEvent] = [
        RunStarted(time=at(0), kind=kind, roles=["core"], plan=[view], pid=1),
        StepFinished(time=at(5), step="s1", title="t", command=[], outcome=outcome, seconds=1.0),  # type: ignore[arg-type]
    ]
    assert done_at(kind, events) == (at(5) if is_done else "")


def test_what_somebody_accepted_remains_no_more_and_is_told_with_who(tmp_path: Path) -> None:
    look = LiveFound(time=at(290), counts={"accounts.core_only": 2, "accounts.register_only": 0},
                     names={"accounts.core_only": ["igor", "jana"]})  # fmt: skip
    fact = acceptable(look)
    kind = "accounts.core_only"
    restore = run("restore", 100, ends=120, serves=110)
    one = incident(
        opened(30), lost(30, since=0),
        Audited(time=at(300), outcome="remains", remains={kind: 2}, facts=fact),
    )  # fmt: skip

    def told() -> Told:
        taken = accepted_of(audits(one, (restore,)), read_accepted(tmp_path))
        times = reckon(one, (restore,), at(400), {name: each.time for name, each in taken.items()})
        return Told(one, (restore,), times, "", accepted=taken)

    def remains() -> bool:
        return any("register does not" in line for line in unsettled_lines(told()))

    assert remains() and not told().times.proved
    warning = Acceptable(key=fact[kind][0], about=fact[kind][1], text="2 (igor, jana)")
    accept(tmp_path, warning, why="tests", by=Who(user="anna"))
    assert not remains() and told().times.proved
    (said,) = [each for each in timeline(told()) if each.kind == "accepted"]
    assert "tests: 2 (igor, jana)" in said.what and "anna" in said.by
    # Another account later is another fact, and one that is withdrawn remains as before.
    more = msgspec.structs.replace(look, counts={kind: 3}, names={kind: ["igor", "jana", "kofi"]})
    assert acceptable(more)[kind] != fact[kind]
    withdraw(tmp_path, fact[kind][0])
    assert remains() and not told().times.proved


def test_what_is_closed_with_something_left_is_told_and_what_is_over_is_not() -> None:
    left = unsettled_lines(told_of())
    assert left[0].startswith("core is down since")
    assert "a.b: 2" in left[-1]
    one = incident(opened(30), lost(30, since=0), Audited(time=at(300), outcome="settled"))
    runs = (run("restore", 60, ends=80, serves=70),)
    assert unsettled_lines(Told(one, runs, reckon(one, runs, at(400)), "")) == []


def test_each_role_is_down_by_its_own_gap_and_in_all_only_where_that_differs() -> None:
    one = incident(
        opened(0), lost(0, "register", since=0), Serving(time=at(230), role="register"),
        lost(300, "core", since=300), lost(300, "static-web", since=300),
        lost(378, "register", since=378, again=True),
    )  # fmt: skip
    told = Told(one, (), reckon(one, (), at(400)), "")
    assert state_words(told.times) == (
        "core, static-web are down since 2026-03-04 09:05:00 UTC, 1 min 40 s; register is down"
        " since 2026-03-04 09:06:18 UTC, 22 s (4 min 12 s in all)"
    )
    said = short(told, at(400))
    assert said == "Incident: core, static-web down 1 min 40 s, since 09:05:00 UTC; 1 more role"
    alone = incident(
        opened(0), lost(0, "register", since=0), Serving(time=at(230), role="register"),
        lost(378, "register", since=378, again=True),
    )  # fmt: skip
    told = Told(alone, (), reckon(alone, (), at(400)), "")
    assert short(told, at(400)) == (
        "Incident: register down 22 s (4 min 12 s in all), since 09:06:18 UTC"
    )
    worst = incident(opened(0), *(lost(0, role) for role in ("static-web", "register", "core")))
    told = Told(worst, (), reckon(worst, (), at(86_400 * 400)), "")
    assert len(short(told, at(86_400 * 400))) < 80


def test_an_unknown_moment_of_loss_is_said_to_be_none_and_the_downtime_at_least_that() -> None:
    unknown = told_of(losses=(Lost(time=at(30), role="core"),))
    text = as_text(page(unknown, now=at(400), by="x", tool="x", given=("--practice", "/p")))
    assert "Lost: not known" in text
    assert "core: at least 6 min 10 s (since before" in text
    assert "pryv-tui --practice /p incident declare --lost-at TIME" in text


def test_the_json_has_a_version_and_what_is_documented() -> None:
    told = as_json(told_of(run("restore", 60, ends=80, serves=70)), now=at(400), by="x", tool="t")
    assert told["v"] == 1
    assert set(told) == {
        "v", "made", "made_by", "tool", "incident", "times", "down", "any_down",
        "in_runs_seconds", "clock_back_seconds", "timeline", "runs", "audits", "lost", "checked",
        "remains", "not_known",
    }  # fmt: skip
    assert [one["kind"] for one in told["timeline"]] == [
        "lost", "noticed", "noticed", "decision", "run", "serving", "end", "audit",
    ]  # fmt: skip
    assert msgspec.json.encode(told)


def test_a_damaged_incident_has_a_report_that_says_so() -> None:
    spoiled = incident_of("20260304T090000Z-incident-abcd", "/x", [], ["its journal is gone"])
    told = Told(spoiled, (), reckon(spoiled, (), at(0)), "")
    assert "its journal is gone" in as_text(page(told, now=at(0), by="x", tool="x"))
    assert "opened with can&#x27;t be read" in as_html(page(told, now=at(0), by="x", tool="x"))
    assert Opened().kind == "incident"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"aside": ("/r/.pryv-tui/undone/U",)}, "It lies only in /r/.pryv-tui/undone/U"),
        ({"released_by": "RELEASE"}, "It was removed for good by RELEASE"),
        ({}, "It is not where it was moved to any more"),
    ],
)
def test_what_an_undo_set_aside_is_lost_whichever_restore_stands(
    changes: dict[str, Any], says: str
) -> None:
    def told(outcome: str, set_aside: tuple[str, ...]) -> Told:
        first, undo, again = (
            run("restore", 60, ends=80),
            run("undo", 90, ends=95),
            run("restore", 100, ends=120),
        )
        undo = msgspec.structs.replace(
            undo, kind="undo", outcome="warnings", set_aside=set_aside, **changes
        )
        first = msgspec.structs.replace(first, outcome=outcome, undone_by=undo.id)
        again = msgspec.structs.replace(again, outcome="complete", as_of=at(0), set="S")
        return told_of(first, undo, again)

    lines = ("core on one: 2 attachments", "core on one: events: not known (it was down)")
    (one,) = [line for line in lost_lines(told("complete", lines)) if "2 attachments" in line]
    assert says in one and "events: not known" in one
    for nothing in (told("complete", ()), told("failed", lines)):
        assert not any("set aside by" in line for line in lost_lines(nothing))
    remains = [
        line for line in remains_lines(told("complete", lines)) if "set aside lies in" in line
    ]
    assert len(remains) == len(changes.get("aside", ()))


def test_what_a_closed_incident_left_down_is_told_as_of_its_close() -> None:
    """What came back later, by an undo or by hand, is no part of it: nothing is told as of now."""
    still = told_of()
    told = told_of(closed=at(350))
    sheet, short = (
        "\n".join([made.state, *(line for _, lines in sections_of(made) for line in lines)])
        for made in (
            page(told, now=at(400), by="me", tool="t"),
            brief(told, now=at(400), by="me", tool="t"),
        )
    )
    for text in (sheet, short):
        assert "when it was closed, core was down since" in text
        assert "When the incident was closed, core was down since" in text
        for untrue in ("core is down since", "to now", "not yet"):
            assert untrue not in text
        assert "Serving again: not before it was closed" in text
    now = page(still, now=at(400), by="me", tool="t")
    assert now.state.startswith("OPEN: core is down since")
    back = (run("restore", 60, ends=80, serves=70),)
    assert "down since" not in page(told_of(*back, closed=at(350)), now="", by="", tool="").state
