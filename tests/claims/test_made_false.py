"""Sentences about all and nothing, each made false, and seen not to be said then."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from textual.content import Content

from pryv_tui.incidents.gathering import Told
from pryv_tui.incidents.reckoning import reckon
from pryv_tui.incidents.report.timeline import timeline
from pryv_tui.incidents.words import title
from pryv_tui.operations.audit.from_set import Audit, NotChecked
from pryv_tui.operations.audit.live import LiveAudit
from pryv_tui.operations.audit.live_words import live_lines
from pryv_tui.operations.comparing.model import Condition, RoleNow
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.guards.line import GuardLine, failed, ok, warning
from pryv_tui.operations.kind import Request
from pryv_tui.operations.overview.attention import Attention, host_attention
from pryv_tui.operations.overview.backup_words import told as backup_told
from pryv_tui.operations.overview.last_backup import LastBackup
from pryv_tui.operations.overview.overview import Overview
from pryv_tui.operations.plan import Plan
from pryv_tui.operations.steps.taking import audit_gap
from pryv_tui.operations.steps.taking.audit_gap import AuditGap
from pryv_tui.platform.casualties import KINDS
from pryv_tui.platform.gap import Gap, Hold, Moment, notice
from pryv_tui.practice import simulated
from pryv_tui.runs.cancelling import outlook
from pryv_tui.runs.record.events import GapKnown, OwedNoted, RunStarted
from pryv_tui.tui.text.comparing import ticked_words
from pryv_tui.tui.text.overview import attention_text, summary
from pryv_tui.tui.text.plan import guards_verdict, plan_text
from pryv_tui.tui.text.practice import done_text
from pryv_tui.tui.text.run import gap_text
from tests.incidents.scripted import at, incident, lost, opened
from tests.operations.kit import context, deployed
from tests.operations.overview.served import on_each

NOTHING_CHECKED = [NotChecked(what, "it is away") for what in (
    "accounts", "attachments", "series without event", "series without account",
)]  # fmt: skip
SOME = Attention("warning", "A disk fills.", "Look.")


def audit(
    *not_checked: NotChecked,
    stranded: list[str] | None = None,
    exposed: list[str] | None = None,
) -> Audit:
    every: dict[str, dict[str, list[str]]] = {"accounts": {}, "attachments": {}, "series": {}}
    for each in KINDS:
        every[each.group][each.name] = []
    every["accounts"]["register_only"] = stranded or []
    every["accounts"]["core_only"] = exposed or []
    return Audit(
        set="",
        accounts=every["accounts"],
        attachments=every["attachments"],
        series=every["series"],
        not_checked=list(not_checked),
    )


ACCOUNTS = NotChecked("accounts", "register is away")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (audit(), "Nothing remains."),
        (audit(ACCOUNTS), "Nothing remains of what could be checked."),
        (audit(*NOTHING_CHECKED), "Nothing could be checked."),
        (audit(stranded=["anna"]), ""),
        (audit(ACCOUNTS, stranded=["anna"]), ""),
    ],
)
def test_nothing_remains_is_said_only_where_all_was_checked(found: Audit, said: str) -> None:
    lines = live_lines(LiveAudit(found=found, domain="pryv.example", practice=False), None)
    assert [line for line in lines if line.startswith("Nothing")] == ([said] if said else [])
    assert not [line for line in lines if "nothing answers these commands" in line]


@pytest.mark.parametrize(
    ("found", "said"),
    [(audit(), 0), (audit(exposed=["dario"]), 0), (audit(stranded=["anna"]), 1)],
)
def test_of_commands_something_is_said_only_where_some_stand_above(found: Audit, said: int) -> None:
    lines = live_lines(LiveAudit(found=found, domain="pryv.example", practice=True), None)
    assert len([line for line in lines if "nothing answers these commands" in line]) == said
    assert any("curl" in line for line in lines) == bool(said)


def test_of_names_that_look_free_it_is_said_that_register_runs_and_how_it_is_stopped() -> None:
    live = LiveAudit(found=audit(exposed=["dario"]), domain="pryv.example", practice=True)
    (line,) = [
        line for line in live_lines(live, None, ("--practice", "/p")) if "What to do" in line
    ]
    assert "pryv-tui --practice /p containers stop pryvio_register;" in line
    assert "as it is after a restore" in line
    assert "This program does not know how an account is added" in line


def test_no_casualty_is_said_of_what_was_checked() -> None:
    assert audit().none_found.startswith("no casualty was found: inside the set each account")
    assert audit(ACCOUNTS).none_found == "no casualty was found in what was checked"
    assert audit(*NOTHING_CHECKED).none_found.startswith("nothing could be checked")


@pytest.mark.parametrize(
    ("found", "free"),
    [(audit(), True), (audit(ACCOUNTS), False), (audit(stranded=["anna"]), False)],
)
def test_the_gap_cost_nothing_only_where_all_of_the_set_was_looked_at(
    found: Audit, free: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_gap, "audit_files", lambda *_given: found)
    monkeypatch.setattr(audit_gap, "unexplained", lambda *_given: [])
    monkeypatch.setattr(audit_gap, "hosts_of", lambda *_given: [])
    ctx, _heard = context(tmp_path)
    step = AuditGap(id="audit", host="", hosts=())
    step.perform(ctx)
    said = "inside the set no account, attachment or series lacks"
    assert any(said in line for line in ctx.facts.checks) is free
    assert not any("cost nothing" in line for line in ctx.facts.checks)


def held(until: str = "run") -> Hold:
    return Hold(kind="everything", deadline=60, began=at(0), started=at(0), released=at(9),
                released_by=until, seconds=9.0)  # type: ignore[arg-type]  # fmt: skip


@pytest.mark.parametrize(
    ("gap", "hold", "accounts", "data"),
    [
        (Gap(accounts_seconds=0, data_seconds=0), held(), True, True),
        # Let go before all was taken; nobody held anything; core alone.
        (Gap(accounts_seconds=2.5, data_seconds=3.0), held("deadline"), False, False),
        (Gap(accounts_seconds=0, data_seconds=0), None, False, False),
        (Gap(accounts_seconds=None, data_seconds=0), held(), False, True),
        (None, held(), False, False),
    ],
)
def test_no_account_is_lost_only_where_none_could_come_in(
    gap: Gap | None, hold: Hold | None, accounts: bool, data: bool
) -> None:
    text = " ".join(notice(gap, expected=False, hold=hold))
    assert ("No user account is lost" in text) is accounts
    assert ("No attachment and no high-frequency data is without its event" in text) is data


def test_none_yet_is_not_said_of_a_vault_in_doubt() -> None:
    known = LastBackup(state="none", newest=None)
    assert backup_told(known) == "none yet"
    assert backup_told(msgspec.structs.replace(known, in_doubt=True)).startswith("not known")


# --- what is up, and what needs a person ----------------------------------------------------------


def test_none_of_a_roles_containers_runs_is_not_said_where_one_does() -> None:
    single = deployed("single-node")

    def stopped(*but: str) -> str:
        services = [c.service for c in single.hosts[0].containers if c.service not in but]
        down = on_each(single, lambda c: msgspec.structs.replace(c, state="exited"), *services)
        return " ".join(item.text for item in host_attention(down.hosts[0], "", (), {}))

    assert re.search(r"none of the \d+ containers of core is running", stopped())
    assert not re.search(r"none of the \d+ containers of core is running", stopped("core"))
    assert re.search(r"none of the \d+ containers of register is running", stopped("core"))


def test_nothing_here_is_not_said_while_a_machine_was_not_asked() -> None:
    empty = on_each(deployed("core", "register"), lambda _c: None)
    bare = [msgspec.structs.replace(each, roles=(), containers=()) for each in empty.hosts]

    def line(*hosts: Any) -> str:
        found = Overview(
            deployment=msgspec.structs.replace(empty, hosts=hosts),
            sets=(), last=None, attention=(),
        )  # fmt: skip
        return summary(found).plain.splitlines()[0]

    assert "nothing here" in line(*bare)
    away = msgspec.structs.replace(bare[0], reachable=False, problem="it is away")
    for hosts in ((away, bare[1]), (bare[1], away), (away,)):
        assert "nothing here" not in line(*hosts)
        assert "no engine answers on" in line(*hosts)


def test_nothing_urgent_is_not_said_where_something_waits() -> None:
    def line(*items: Attention) -> str:
        found = Overview(deployment=deployed("core"), sets=(), last=None, attention=items)
        return summary(found).plain

    def pane(*items: Attention) -> str:
        return "\n".join(para.text.plain for para in attention_text(items, str))

    def shown(*items: Attention) -> str:
        return line(*items) + pane(*items)

    assert "nothing urgent" in line() and "✓ nothing urgent" in pane()
    assert "nothing urgent" in shown()
    note = Attention("info", "A note.", "Look.", but="what it cost is not known")
    assert "○ nothing urgent, but what it cost is not known" in shown(note)
    assert "✓ nothing urgent" not in shown(note)
    assert "nothing urgent" not in shown(SOME)
    assert "nothing urgent" not in shown(msgspec.structs.replace(SOME, level="failed"))


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        (("healthy", "damaged"), "Nothing is gone"),
        (("healthy", "unknown"), "Nothing is known to be gone"),
        ((), "Nothing is known to be gone"),
        (("gone", "healthy"), "Ticked at first"),
        (("gone", "unknown"), "Ticked at first"),
    ],
)
def test_nothing_is_gone_is_not_said_of_what_was_not_seen(
    conditions: tuple[Condition, ...], said: str
) -> None:
    roles = [RoleNow(role=f"r{n}", host="h", condition=one) for n, one in enumerate(conditions)]
    assert ticked_words(roles, single=False).startswith(said)
    assert "restored as a whole" not in ticked_words(roles, single=False)
    assert "it is restored as a whole" in ticked_words(roles, single=True)


def line_of(outcome: Callable[..., GuardLine]) -> GuardLine:
    return outcome("room", "text") if outcome is ok else outcome("room", "text", "remedy")


@pytest.mark.parametrize(
    ("outcomes", "all_ok", "none_failed"),
    [
        ((ok, ok), True, False),
        ((ok, warning), False, True),
        ((ok, failed), False, False),
        ((warning, failed), False, False),
    ],
)
def test_all_checks_are_ok_only_where_each_is(
    outcomes: tuple[Callable[..., GuardLine], ...], all_ok: bool, none_failed: bool
) -> None:
    told = guards_verdict([line_of(each) for each in outcomes], way_on=False).plain
    assert ("✓ all" in told) is all_ok
    assert ("nothing FAILED" in told) is none_failed


# --- what a run changed, and what it would leave --------------------------------------------------

ASIDE = Owed(kind="aside", host="h", what="/var/pryv", where="/var/pryv/.pryv-tui/aside/R")
BACK = msgspec.structs.replace(ASIDE, kind="return")


@pytest.mark.parametrize(
    ("kind", "debt", "words"),
    [("restore", ASIDE, "Nothing was replaced yet"), ("undo", BACK, "Nothing was put back yet")],
)
def test_nothing_was_replaced_yet_is_not_said_once_a_root_was_changed(
    kind: str, debt: Owed, words: str
) -> None:
    begun = RunStarted(kind=kind, roles=[], plan=[], pid=1)
    assert words in outlook(kind, [begun]).whole
    assert words not in outlook(kind, [begun, OwedNoted(owed=debt)]).whole


def test_nothing_was_changed_is_not_said_after_a_change(tmp_path: Path) -> None:
    ctx, _heard = context(tmp_path)
    plan = Plan(kind="backup", roles=(), steps=(), domain="d")
    said = {
        changed: Request.stands(plan, ctx, changed=changed, half=False) for changed in (False, True)
    }
    assert "Nothing was changed" in said[False] and said[True] == ""


def test_nothing_is_to_be_done_is_said_of_an_empty_plan_alone() -> None:
    plan = Plan(kind="backup", roles=(), steps=(), domain="d")
    assert "Nothing is to be done" in plan_text(plan, commands=False).plain
    one = msgspec.structs.replace(plan, steps=(AuditGap(id="a", host="", hosts=()),))
    assert "Nothing is to be done" not in plan_text(one, commands=False).plain


def test_nothing_was_copied_is_not_said_of_what_was_taken() -> None:
    moment = Moment(what="mongodb", host="h", started=at(0), finished=at(1), role="core")
    made = msgspec.to_builtins(moment)
    taken = GapKnown(accounts_seconds=None, data_seconds=None, moments=[made])
    assert "nothing copied yet" in gap_text(None, over=False)
    assert "Gap: none, nothing was copied" in gap_text(None, over=True)
    for over in (False, True):
        assert "nothing" not in gap_text(taken, over=over)


def test_nothing_yet_is_not_said_of_acts_that_can_not_be_read() -> None:
    def text(told: simulated.Told) -> str:
        made = done_text(told)
        assert isinstance(made, Content)
        return made.plain

    assert text(simulated.Told()) == "Nothing yet."
    assert "Nothing yet" not in text(simulated.Told(unread=1))


# --- incidents ------------------------------------------------------------------------------------


def test_a_role_is_lost_only_where_somebody_or_something_tells_since_when() -> None:
    for one, told in (
        (incident(opened(0), lost(30, since=10)), True),
        (incident(opened(0), lost(30)), False),
        (incident(opened(0)), False),
    ):
        found = Told(one, (), reckon(one, (), at(60)), "")
        assert any("is lost" in moment.what for moment in timeline(found)) is told
        assert ("lost" in title(found)) is bool(one.losses)
