"""The report: everything that others have named is escaped, no secret is in it, and it claims
nothing that was not looked at."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from pryv_tui.hosts.deployment import Deployment
from pryv_tui.incidents.events import Audited, Closed, Opened
from pryv_tui.incidents.facts import Audit, RunFacts
from pryv_tui.incidents.gathering import Told
from pryv_tui.incidents.incident import incident_of
from pryv_tui.incidents.reckoning import reckon
from pryv_tui.incidents.report import naming
from pryv_tui.incidents.report.as_html import as_html
from pryv_tui.incidents.report.as_text import as_markdown, as_text
from pryv_tui.incidents.report.page import as_json, page
from pryv_tui.incidents.report.remaining import lost_lines, remains_lines
from pryv_tui.operations.comparing.alone import Alone
from pryv_tui.operations.comparing.amounts import of_names
from pryv_tui.operations.comparing.newer_words import nothing_newer
from pryv_tui.operations.facts import NewerFound
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.sanitize import OneLine, acts
from pryv_tui.who import Who
from tests.incidents.reported.told import told_of
from tests.incidents.scripted import at, incident, lost, opened, run
from tests.operations.kit import manifest_of, part, set_of

NASTY = (
    '<script>alert(1)</script> "><img src=x onerror=alert(2)> \x1b[2J\n# heading\n'
    "- [x](javascript:0)"
    " ![i](http://evil/) `code` \u202etxt.exe restic:https://me:hunter2@host/ token=hunter2\r\x9b"
)


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
    "asked: nothing that could be checked lacks",
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


@pytest.mark.parametrize("unread", [(), ("its journal is empty",)])
def test_a_report_of_runs_alone_says_nothing_of_what_is_down(unread: tuple[str, ...]) -> None:
    """Nobody looked at the platform for it: core may be gone by now, and is where runs say so."""
    one = msgspec.structs.replace(incident(opened(30)), kind="runs", problems=unread)
    told = Told(one, (), reckon(one, (), at(400)), "")
    sheet = page(told, now=at(400), by="x", tool="x")
    assert "Nothing is known to be down" not in as_text(sheet)
    assert sheet.state.startswith("A report of runs alone does not check what is down now")
    whole = msgspec.structs.replace(one, kind=incident(opened(30)).kind, problems=())
    told = Told(whole, (), reckon(whole, (), at(400)), "")
    assert "nothing is known to be down" in page(told, now=at(400), by="x", tool="x").state


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
    assert remains_lines(told) == [
        "No complete backup of core was taken since all roles serve again"
        " (2026-03-04 09:01:10 UTC): pryv-tui backup"
    ]
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
    again = run("restore", 200, ends=220, serves=210, stops=[(200, "core")], starts=[(210, "core")])
    second = msgspec.structs.replace(again, as_of=at(-40), set="S", asked=at(200))
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
        run("restore", 60, ends=90, serves=80, stops=[(60, "register")],
            starts=[(80, "register")], roles=("core", "register")), as_of=at(-40), set="S",
        gap=("accounts 0.2 s",), as_of_roles={"core": at(-40), "register": at(-37)},
        nothing_newer=("register",),
        newer=("nothing newer was found among: accounts of register",),
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
        "The newest whole set of core is S, of 2026-03-04 08:59:51 UTC: if core is restored"
        " from that set, data written later is lost"
    )


def test_the_newest_whole_set_is_looked_for_among_the_platforms_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = msgspec.structs.replace(set_of(manifest_of(part("one", "core"))), id="whole")
    damaged = msgspec.structs.replace(whole, id="damaged", state="damaged")
    assert whole.manifest is not None
    domain = whole.manifest.domain
    nothing_here = Deployment(
        domain=OneLine(domain), domain_source="t", release=None, form="unknown"
    )
    site = SimpleNamespace(
        vault=SimpleNamespace(sets=lambda: [whole, damaged]),
        practice=whole.manifest.practice,
        discover=lambda: nothing_here,
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
    assert "the entry that opened it can&#x27;t be read" in as_html(
        page(told, now=at(0), by="x", tool="x")
    )
    assert Opened().kind == "incident"
