"""What each choice about what was left half-done costs is counted: time by now and to come, what is
newer than the set; and what nobody has counted is not called none."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from pryv_tui.clock import timestamp
from pryv_tui.hosts.discovery import discover
from pryv_tui.operations.advice import WAYS, Choice, Facts, advise
from pryv_tui.operations.facts import NewerFound
from pryv_tui.operations.site import open_site
from pryv_tui.runs.costs import NOT_COUNTED, amounts, back_costs, priced
from pryv_tui.runs.left import left_behind
from pryv_tui.runs.record.events import NewerCounted, RunFinished, RunStarted
from pryv_tui.runs.record.history import all_runs
from pryv_tui.runs.record.journal import JournalReader, JournalWriter
from pryv_tui.runs.recovery import first_look
from pryv_tui.tui.flows.recover import left_text
from tests.remedies.shell import Shell
from tests.runs.test_recovery import START, Past

SINCE = "2026-01-02T03:00:00Z"
NOW = 1767322980.0
"""Three minutes later."""
FACTS = Facts(
    run="R", kind="restore", what="Half-way.", half=True, down=("pryvio_core",), since=SINCE,
    ways={"finish": Choice(does="Finish.", cost="A."),
          "roll-back": Choice(does="Back.", cost="B.")},
)  # fmt: skip


def found(
    what: str,
    number: int | None,
    *,
    role: str = "core",
    host: str = "one",
    why: str = "",
    fewer: str = "",
) -> NewerFound:
    return NewerFound(host=host, role=role, what=what, number=number, why=why, fewer=fewer)


@pytest.mark.parametrize(
    ("newer", "said"),
    [
        ((), NOT_COUNTED),
        (
            (found("accounts", 0), found("events", 0)),
            "none was found in the data that was compared",
        ),
        (
            (found("accounts", 1), found("events", 12), found("points", 0)),
            "1 account of core, 12 events",
        ),
        # What is not known is said, beside what is and alone.
        (
            (found("accounts", 3), found("events", None, why="it does not answer")),
            "3 accounts of core, and events: not known",
        ),
        (
            (found("accounts", None, why="w", role="register"), found("events", None, why="w")),
            "accounts of register, events: not known",
        ),
        ((found("points", 0, why="a part could not be read"),), "points: not known"),
        # Of two machines it is one number, and only as sure as both are.
        ((found("events", 2), found("events", 3, host="two")), "5 events"),
        ((found("events", 2), found("events", None, host="two", why="w")), "at least 2 events"),
        ((found("events", 2, fewer="w"),), "at most 2 events"),
    ],
)
def test_how_much_is_newer_is_counted_and_unknown_is_not_none(
    newer: tuple[NewerFound, ...], said: str
) -> None:
    assert amounts(newer) == said
    sure = all(one.number == 0 and not one.why for one in newer) and bool(newer)
    assert ("none was found in the data that was compared" in amounts(newer)) is sure


def test_what_is_gone_again_is_not_said_to_be_there_again() -> None:
    newer = (found("accounts", 2), found("accounts", 1, role="register"))
    assert "comes back: 2 accounts of core, 1 account of register." in back_costs(newer)
    told = back_costs(newer, ["register"])
    assert "2 accounts of core" in told and "register" not in told
    assert back_costs(newer, ["core", "register"]) == "Nothing is deleted."


def ended(state: Path, number: int, kind: str, seconds: int, *roles: str, domain: str = "") -> None:
    """A run that came to its end after so many seconds."""
    run = f"2026010{number}T000000Z-{kind}-0000"
    folder = state / "runs" / run
    folder.mkdir(parents=True)
    journal = JournalWriter(folder, run)
    journal.write(RunStarted(kind=kind, roles=list(roles), plan=[], pid=1, domain=domain))
    journal.write(RunFinished(outcome="complete", exit=0))
    lines = (folder / "journal.jsonl").read_text().splitlines()
    at = [f"2026-01-0{number}T00:00:00Z", f"2026-01-0{number}T00:00:{seconds:02}Z"]
    told = [
        json.dumps({**json.loads(line), "time": time}) for line, time in zip(lines, at, strict=True)
    ]
    (folder / "journal.jsonl").write_text("".join(f"{line}\n" for line in told))


def costs(facts: Facts, state: Path, now: float = NOW, **more: str) -> dict[str, str]:
    told = priced(facts, state, ("core",), now=now, **more)
    return {one.choice: one.cost for one in advise(told).options}


def test_how_long_it_is_down_is_told_by_now_and_to_come(tmp_path: Path) -> None:
    ended(tmp_path, 1, "restore", 54, "core")
    ended(tmp_path, 2, "restore", 20, "register")
    told = costs(FACTS, tmp_path)
    assert told["finish"] == (
        "Down 3 min by now; about 54 s more if it takes as long as the last restore. A."
    )
    assert told["roll-back"] == (
        "Down 3 min by now; it is not known how much longer: no undo has ended here yet. B."
    )
    assert told["leave"] == "The root stays half-way; pryvio_core stays down, 3 min by now."
    ended(tmp_path, 3, "undo", 7, "core", "register")
    assert (
        "about 7 s more if it takes as long as the last undo of core, register. B."
        in (costs(FACTS, tmp_path)["roll-back"])
    )
    # Of another platform in the same state folder nothing is to be expected.
    assert "not known how much longer" in costs(FACTS, tmp_path, domain="b.example")["finish"]


@pytest.mark.parametrize(
    ("since", "now", "said"),
    [
        (SINCE, NOW - 150, "under a minute by now"),
        (SINCE, NOW + 7200, "2 h 3 min by now"),
        (SINCE, NOW + 7 * 86_400, "7 days by now"),
        ("", NOW, "not known for how long"),
        # A clock that went back tells nothing.
        (SINCE, NOW - 86_400, "not known for how long"),
    ],
)
def test_a_time_that_goes_on_is_told_in_minutes(
    tmp_path: Path, since: str, now: float, said: str
) -> None:
    told = costs(msgspec.structs.replace(FACTS, since=since), tmp_path, now)
    assert all(said in told[one] for one in (*WAYS, "leave"))


def test_what_runs_is_not_said_to_be_down(tmp_path: Path) -> None:
    ended(tmp_path, 1, "restore", 54, "core")
    told = costs(msgspec.structs.replace(FACTS, down=(), since=""), tmp_path)
    assert told["finish"] == "Down about 54 s if it takes as long as the last restore. A."
    assert told["roll-back"].startswith(
        "It is not known how long services will be down: no undo has ended here yet."
    )
    assert told["leave"] == "The root stays half-way."


@pytest.mark.parametrize("counted", [True, False])
def test_of_an_undo_that_stopped_it_is_told_what_goes_aside(tmp_path: Path, counted: bool) -> None:
    past = Past(tmp_path)
    restored = past.run("restore", end="complete", set_id="SET")
    owed = msgspec.structs.replace(past.aside("core", restored), kind="return")
    run = past.run("undo", START, owed, undone_run=restored)
    folder = tmp_path / "state/runs" / run
    began, *rest = (folder / "journal.jsonl").read_text().splitlines()
    lines = [json.dumps({**json.loads(began), "set": "SET"}), *rest]
    (folder / "journal.jsonl").write_text("".join(f"{line}\n" for line in lines))
    if counted:
        journal = JournalWriter(folder, run)
        journal.write(NewerCounted(newer=[found("accounts", 2), found("events", None, why="w")]))
    (left,) = left_behind(past.site, discover(past.hosts))
    (cost,) = [one.cost for one in left.advice.options if one.choice == "finish"]
    told = "2 accounts of core, and events: not known" if counted else NOT_COUNTED
    assert f"Nothing is deleted; data written after the restore is moved aside: {told}." in cost
    assert (NOT_COUNTED in cost) is not counted and "there again" not in cost


def test_dialog_attention_status_result_and_recover_count_the_same(tmp_path: Path) -> None:
    """A restore that fails after people have gone on: what each way costs is what was added."""
    shell = Shell.with_set(tmp_path / "p", form="cluster")
    before = shell.platform.contents()
    shell.platform.grow(users=2, attachments=3)
    grown = shell.platform.contents()
    shell.platform.faults.set("mongorestore-failures")
    domain = shell.platform.domain if hasattr(shell.platform, "domain") else "practice.pryv.example"
    failed = shell.type("restore", shell.latest, "--confirm", domain)
    assert failed.exit == 1
    events = grown["mongodb"]["events"] - before["mongodb"]["events"]
    count = f"2 accounts of core, {events} events, 3 attachments"
    (left,) = first_look(open_site(shell.settings)).left
    told = {one.choice: one.cost for one in left.advice.options}
    assert f"is not in the set: {count}" in told["finish"]
    assert f"comes back: {count}" in told["roll-back"]
    assert "by now" in told["leave"]
    last = all_runs(Path(shell.settings.state))[-1]
    ends = [one for one in JournalReader(last.journal).read() if isinstance(one, RunFinished)]
    status = json.loads(shell.type("status", "--json").out)["attention"]
    places = {
        "result": " ".join(ends[-1].next),
        "attention": " ".join(f"{one['text']} {one['remedy']}" for one in status),
        "status": " ".join(shell.type("status").out.split()),
        "dialog": " ".join(str(left_text(left)).split()),
    }
    for place, words in places.items():
        assert words.count(count) == 2, (place, words)
        assert "some " in words or "not known how much longer" in words, place
    # And so it is: who goes back has them again.
    shell.platform.faults.clear()
    assert shell.type("recover", "--roll-back").exit in (0, 3)
    assert shell.platform.contents()["mongodb"] == grown["mongodb"]
    assert timestamp() > last.finished
