"""A report that is filed says whose data is lost: by name, as many as a page has room for, and how
those that are more are told."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import msgspec
import pytest

from pryv_tui.incidents import auditing
from pryv_tui.incidents.acts import declare
from pryv_tui.incidents.auditing import ask_live
from pryv_tui.incidents.events import Audited
from pryv_tui.incidents.facts import Audit, RunFacts
from pryv_tui.incidents.files import all_incidents
from pryv_tui.incidents.gathering import Told
from pryv_tui.incidents.reckoning import reckon
from pryv_tui.incidents.report.as_html import as_html
from pryv_tui.incidents.report.as_text import as_markdown, as_text
from pryv_tui.incidents.report.page import as_json, page
from pryv_tui.incidents.report.remaining import lost_lines, remains_lines
from pryv_tui.operations.acceptance import Acceptance
from pryv_tui.operations.audit.afterwards import ON_A_PAGE, told_names
from pryv_tui.operations.audit.from_set import Audit as FoundIn
from pryv_tui.operations.audit.live import LiveAudit
from pryv_tui.operations.facts import LiveFound
from pryv_tui.sanitize import acts
from tests.incidents.scripted import at, incident, lost, opened, run
from tests.runs.test_recovery import Past

STRANDED, FILES = "accounts.register_only", "attachments.without_event"
ID = "cpc8y0xz7yp59mqgg6qra5657"
PATH = f"pryv/core/data/attachments/{ID}/e/f"


def looked(second: float, *names: str, **more: object) -> Audit:
    """A look that found these accounts stranded, of so many as there are."""
    many = more.pop("many", len(names))
    facts = {"remains": {STRANDED: many}, "names": {STRANDED: [*names]}, "set": "S", **more}
    return msgspec.convert({"time": at(second), "outcome": "remains", **facts}, Audit)


def restored(audit: Audit | None) -> RunFacts:
    made = run("restore", 60, ends=80, serves=70)
    mine = None if audit is None else msgspec.structs.replace(audit, run=made.id)
    return msgspec.structs.replace(made, as_of=at(-600), set="S", audit=mine)


def told(audit: Audit | None, *asked: Audit) -> Told:
    runs = (restored(audit),)
    events = [
        Audited(time=one.time, set=one.set, outcome="remains", remains=one.remains, names=one.names)
        for one in asked
    ]
    one = incident(opened(30), lost(30, since=0), *events)
    return Told(one, runs, reckon(one, runs, at(400)), "")


def by_name(lines: list[str]) -> list[str]:
    return [line for line in lines if "by name" in line]


def test_every_form_names_whom_a_restore_stranded() -> None:
    one = told(looked(78, "jana", "kofi"))
    made = page(one, now=at(400), by="x", tool="x")
    said = "Accounts that register knows and core does not, by name: jana, kofi"
    for form in (as_text(made), as_html(made), as_markdown(made)):
        assert form.count(said) == 1
    shown = as_json(one, now=at(400), by="x", tool="x")
    assert said in shown["lost"]
    assert shown["audits"][0]["names"] == {STRANDED: ["jana", "kofi"]}


def test_a_later_look_names_what_is_left_and_the_same_is_not_said_twice() -> None:
    later = told(looked(78, "jana", "kofi"), looked(200, "kofi"))
    (then,), (now,) = by_name(lost_lines(later)), by_name(remains_lines(later))
    assert then.endswith("by name: jana, kofi") and now.endswith("by name: kofi")
    same = told(looked(78, "jana"), looked(200, "jana"))
    assert len(by_name(lost_lines(same))) == 1 and by_name(remains_lines(same)) == []
    # Nobody asked at the restore's end: it is told where it remains.
    assert by_name(remains_lines(told(None, looked(200, "jana")))) == [
        "Accounts that register knows and core does not, by name: jana"
    ]


def twice(first: Audit, second: Audit) -> Told:
    """Two restores, one after the other, each with what its look at the end found."""
    again = msgspec.structs.replace(
        run("restore", 200, ends=220, serves=210), as_of=at(-600), set="S", audit=second
    )
    runs = (restored(first), again)
    one = incident(opened(30), lost(30, since=0))
    return Told(one, runs, reckon(one, runs, at(400)), "")


@pytest.mark.parametrize(
    ("then", "now", "lines"),
    [
        (("jana", "kofi"), ("jana", "kofi"), ["by name: jana, kofi"]),
        (("jana",), ("jana", "kofi"), ["by name: jana", "by name: kofi, 1 that is named above"]),
        (("jana", "kofi"), ("kofi",), ["by name: jana, kofi"]),
        (("jana",), ("kofi",), ["by name: jana", "by name: kofi"]),
    ],
)
def test_who_was_stranded_by_two_restores_is_named_once(
    then: tuple[str, ...], now: tuple[str, ...], lines: list[str]
) -> None:
    told = twice(looked(78, *then), looked(218, *now))
    found = by_name(lost_lines(told))
    assert [line.partition("core does not, ")[2] for line in found] == lines
    # How many there were each time is said each time, and what remains is not named once more.
    assert len([one for one in lost_lines(told) if "without their other half" in one]) == 2
    assert by_name(remains_lines(told)) == []
    both = page(told, now=at(400), by="x", tool="x")
    assert as_text(both).count("kofi") == ("kofi" in then + now)


def test_those_that_are_more_are_counted_and_asked_for_where_the_answer_is_the_same() -> None:
    many = told(looked(78, "jana", many=41))
    (line,) = by_name(lost_lines(many))
    assert line.endswith("by name: jana and 40 more: pryv-tui audit S --live --all")
    (of_none,) = by_name(lost_lines(told(looked(78, "jana", many=41, set=""))))
    assert of_none.endswith("and 40 more: pryv-tui audit --live --all")
    # What a later restore has replaced nobody can ask any more.
    again = msgspec.structs.replace(run("restore", 300, ends=320, serves=310), as_of=at(-600))
    runs = (restored(looked(78, "jana", many=41)), again)
    one = incident(opened(30), lost(30, since=0))
    replaced = Told(one, runs, reckon(one, runs, at(400)), "")
    (past,) = by_name(lost_lines(replaced))
    assert past.endswith("by name: jana and 40 more")
    assert "--live --all" not in past


def test_names_that_were_not_kept_are_not_made_up() -> None:
    older = told(looked(78, many=3))
    assert by_name(lost_lines(older)) == []
    assert any("core does not: 3" in line for line in lost_lines(older))


def test_what_a_person_has_accepted_is_not_named_as_what_remains() -> None:
    one = told(None, looked(200, "jana"))
    accepted = one._replace(
        accepted={STRANDED: Acceptance(event="accepted", key="k", about="a", time=at(250))}
    )
    assert by_name(remains_lines(one)) != [] and by_name(remains_lines(accepted)) == []


def test_a_name_from_outside_acts_in_no_form() -> None:
    nasty = "<script>\x1b[2J\n# h\u202e token=hunter2"
    one = told(looked(78, nasty))
    made = page(one, now=at(400), by="x", tool="x")
    forms = [as_text(made), as_html(made), as_markdown(made)]
    forms.append(json.dumps(as_json(one, now=at(400), by="x", tool="x")))
    for form in forms:
        assert not [line for line in form.split("\n") if acts(line)]
        assert "hunter2" not in form
    assert "<script>" not in forms[1]


def test_so_many_are_kept_as_a_page_holds_with_whose_they_are() -> None:
    names = [f"n{number:03}" for number in range(ON_A_PAGE + 40)]
    found = LiveFound(
        time="t",
        counts={STRANDED: len(names), FILES: 1, "series.without_event": 0},
        names={STRANDED: names, FILES: [PATH], "series.without_event": []},
        people={ID: "goran"},
    )
    assert told_names(found) == {
        STRANDED: names[:ON_A_PAGE],
        FILES: [f"{PATH} (account goran)"],
    }


def test_a_look_that_a_person_asked_for_leaves_its_names_in_the_incident_for_its_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = Past(tmp_path)
    declare(past.site.settings, text="core is lost")
    found = FoundIn(
        set="", accounts={"register_only": ["jana"], "core_only": []}, series={},
        attachments={"without_event": [PATH], "missing": []}, not_checked=[], people={ID: "goran"},
    )  # fmt: skip
    live = LiveAudit(found=found, domain="", practice=False)
    monkeypatch.setattr(auditing, "audit_live", lambda *_given: live)
    assert ask_live(past.site).unwritten == ""
    (one,) = all_incidents(past.site.state)
    assert one.audits[0].names == {STRANDED: ["jana"], FILES: [f"{PATH} (account goran)"]}
    for file in [path for path in Path(one.folder).rglob("*") if path.is_file()]:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
