"""What a restore says of what was newer than its set: never "nothing" of what was not compared."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from pryv_tui import own_folder
from pryv_tui.operations.comparing.amounts import of_names, of_number
from pryv_tui.operations.comparing.live_side import beyond
from pryv_tui.operations.comparing.model import Newer, at_least
from pryv_tui.operations.comparing.newer_words import newer_words, set_aside_words, short_words
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.facts import NewerFound, RunFacts
from pryv_tui.operations.plan import Plan
from pryv_tui.operations.sets.missing_roles import OWN_FOLDERS
from pryv_tui.operations.steps.bringing_back.ask_newer import with_back
from pryv_tui.operations.steps.bringing_back.put_back_root import PutBackRoot
from pryv_tui.runs.record.chain import newer_before
from pryv_tui.runs.record.events import AnyEvent, NewerCounted, RunFinished
from pryv_tui.runs.record.history import RunRecord
from pryv_tui.runs.record.report import report
from pryv_tui.runs.worker.closing import newer_asides, undo_leaves

AT = "2026-11-29T09:11:51.000Z"


def found(what: str, number: int | None, **more: Any) -> NewerFound:
    return NewerFound(host="one", role="core", what=what, number=number, since=AT, **more)


NONE = [found(what, 0) for what in ("accounts", "events", "attachments", "points")]


def test_nothing_was_newer_only_where_all_was_compared() -> None:
    (told,) = newer_words(NONE, ["/aside"])
    compared = "accounts of core on one, events of core on one, attachments of core on one"
    assert told == f"nothing newer was found among: {compared}, points of core on one"
    assert newer_words([]) == []


@pytest.mark.parametrize(
    "one",
    [
        found("points", None, why="InfluxDB is down"),
        found("points", None),
        found("points", 0, why="3 of 9 databases were asked"),
        found("points", 4),
    ],
)
def test_a_store_that_was_not_compared_or_has_more_is_not_nothing(one: NewerFound) -> None:
    told = "\n".join(newer_words([*NONE[:3], one]))
    assert "nothing" not in told and "newer was found" not in told
    assert "core on one: " in told
    assert one.why in told
    assert ("not known" in told) == (not one.number)


def test_an_account_that_is_back_is_named_with_how_it_is_erased_again() -> None:
    """Whoever was erased after the set was made is there again: nobody says "nothing" of that."""
    told = "\n".join(
        newer_words([found("accounts", 0, back=2, back_names=["ann", "bob"]), *NONE[1:]])
    )
    assert "2 accounts of the set (ann, bob) are there again that were not when" in told
    # The command of each that is known; a word in capitals alone for whoever is not.
    assert "pryv-cli delete-user ann ; pryv-cli delete-user bob" in told
    assert "NAME" not in told
    assert "nothing" not in told
    (one,) = newer_words([found("accounts", 0, back=1), *NONE[1:]])
    assert "1 account of the set is there again that was not when" in one
    assert one.endswith("pryv-cli delete-user NAME")
    (one,) = newer_words([found("accounts", 0, back=2, back_names=["ann"]), *NONE[1:]])
    assert one.endswith("pryv-cli delete-user ann ; pryv-cli delete-user NAME")
    many = [f"u{number}" for number in range(9)]
    (one,) = newer_words([found("accounts", 0, back=9, back_names=many), *NONE[1:]])
    assert one.count("delete-user u") == 6
    assert one.endswith("pryv-cli delete-user NAME")


def test_what_is_back_is_what_the_set_has_and_the_platform_had_not() -> None:
    none = found("accounts", 0)
    assert with_back(none, None) == none
    assert with_back(none, of_number(0)) == none
    assert with_back(none, of_number(3)).back == 3
    assert with_back(none, of_names(["ann"])).back_names == ["ann"]


def test_what_is_newer_has_its_number_its_names_since_when_and_how_it_is_looked_at() -> None:
    names = ["anna", "bela"]
    end = RunFinished(
        outcome="complete",
        exit=0,
        newer=[found("accounts", 2, names=names), found("events", 1, why="it was cut off"),
               *(found(what, None, why="core was gone") for what in ("attachments", "points"))],
        asides=["/var/pryv/.pryv-tui/aside/RUN it"],
    )  # fmt: skip
    told = report(None, end)
    assert "core on one: 2 accounts: anna, bela, since 2026-11-29 09:11:51 UTC" in told
    assert "core on one: at least 1 event, since" in told
    assert "core on one: attachments, points: not known (core was gone)" in told
    assert "find '/var/pryv/.pryv-tui/aside/RUN it' -type f -not -path " in told
    assert "-newermt '2026-11-29 09:11:51" in told


def test_the_files_of_nothing_newer_are_not_looked_for() -> None:
    told = newer_words([*NONE[:3], found("points", None, why="core was gone")], ["/aside"])
    assert not any("find" in line for line in told)


def test_the_dumps_are_none_of_the_files_that_are_looked_for(tmp_path: Path) -> None:
    for name in ("mongodb/backup/a.bson", "influxdb/backup/b", "core/data/backup/c"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    early = msgspec.structs.replace(found("events", 1), since="2020-01-01T00:00:00Z")
    (line,) = [line for line in newer_words([early], [str(tmp_path)]) if ": find " in line]
    ran = subprocess.run(
        shlex.split(line.partition(": ")[2]), capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == [f"{tmp_path}/core/data/backup/c"]


def told_by(folder: Path, name: str, events: list[AnyEvent], set_id: str = "SET") -> RunRecord:
    place = folder / name
    place.mkdir()
    lines = [msgspec.json.encode(event) + b"\n" for event in events]
    (place / "journal.jsonl").write_bytes(b"".join(lines))
    return RunRecord(
        id=name, folder=str(place), kind="restore", state="died", pid=None, asked=name, started="",
        set=set_id,
    )  # fmt: skip


def test_what_a_chain_had_counted_is_known_to_the_one_that_ends_it(tmp_path: Path) -> None:
    gone = found("points", None, why="InfluxDB was down")
    first = told_by(tmp_path, "1", [NewerCounted(newer=[found("events", 28), gone])])
    begun = [found("events", None, why="begun"), found("points", None, why="begun")]
    failed = RunFinished(outcome="failed", exit=1, newer=begun)
    second = told_by(tmp_path, "2", [failed])
    died = told_by(tmp_path, "3", [])
    assert newer_before([died, second, first], "SET") == [found("events", 28), gone]
    assert newer_before([died, second, first], "OTHER") == [], "counted against another set"
    again = told_by(tmp_path, "4", [NewerCounted(newer=[found("events", 30)])])
    assert found("events", 30) in newer_before([again, first], "SET"), "asked before it was begun"


@pytest.mark.parametrize("role", ["core", "register"])
def test_the_files_are_looked_for_where_the_role_lies_aside(tmp_path: Path, role: str) -> None:
    aside, other = tmp_path / "aside/one", tmp_path / "aside/two"
    place = {"core": "pryv/core/data/user", "register": "pryv/redis/data/dump.rdb"}[role]
    for each in (aside, other):
        (each / "pryv").mkdir(parents=True)
    ctx = SimpleNamespace(
        facts=RunFacts(
            newer=[NewerFound(host="one", role=role, what="accounts", number=2)],
            owed=[
                Owed(kind="aside", host=host, what="/root", where=str(where))
                for host, where in (("one", aside), ("two", other))
            ],
        )
    )
    bare = newer_asides(ctx)  # type: ignore[arg-type]
    for each in (aside, other):
        (each / place).parent.mkdir(parents=True)
        (each / place).touch()
    assert newer_asides(ctx) == [str(aside)]  # type: ignore[arg-type]
    assert bare == ([] if OWN_FOLDERS[role] else [str(aside)])


def test_more_than_the_set_holds_is_newer_whatever_its_time_says() -> None:
    def events(by_time: int, now: int, saved: int) -> int | None:
        one = Newer(
            host="one", role="core", what="events", since=AT, amount=of_number(by_time),
            now=of_number(now), in_set=of_number(saved),
        )  # fmt: skip
        return at_least(one).number

    assert events(0, 12, 10) == 2
    assert events(5, 12, 10) == 5
    assert events(1, 8, 10) == 1


def test_of_what_an_undo_set_aside_each_store_is_told_and_nothing_is_no_line() -> None:
    some = found("accounts", 1, names=["zoe"])
    gone = found("events", None, why="MongoDB was down")
    assert set_aside_words(NONE) == []
    assert short_words(NONE) == short_words([gone]) == ""
    known, doubted = set_aside_words([some, gone, *NONE[2:]])
    assert "1 account: zoe" in known
    assert "events: not known (MongoDB was down)" in doubted
    assert short_words([some, found("attachments", 2, why="it was cut off")]) == (
        "1 account (zoe) of core, at least 2 attachments"
    )


def test_what_an_undo_set_aside_lies_under_its_own_name(tmp_path: Path) -> None:
    root = tmp_path / "root"
    kept = own_folder.undone(root, "UNDO")
    (kept / "pryv/core/data").mkdir(parents=True)
    (kept / "pryv/core/data/user").touch()
    owed = Owed(kind="return", host="one", what=str(root), where="/aside/RESTORE")
    for many, places in ((2, [str(kept)]), (0, []), (None, [])):
        facts = RunFacts(newer=[found("attachments", many)], owed=[owed])
        ctx = SimpleNamespace(facts=facts, run_id="UNDO")
        assert newer_asides(ctx) == places  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("now", "held", "by_time", "many", "doubt"),
    [(5, 3, 2, 2, False), (3, 3, 0, 0, False), (3, 3, 12, 0, True), (2, 3, 0, 0, False),
     (5, 3, 1, 2, False)],
)  # fmt: skip
def test_what_was_restored_from_a_set_has_beyond_it_what_it_holds_more(
    now: int, held: int, by_time: int, many: int, doubt: bool
) -> None:
    """What was written while the set was made, or by a clock that is ahead, is in the set too."""
    told = beyond(now, held, of_number(by_time))
    assert (told.number, bool(told.why)) == (many, doubt)


@pytest.mark.parametrize(
    ("newer", "says"),
    [
        (NONE, "nothing there was newer"),
        ([*NONE[:3], found("points", 4)], "with what was written after the restore: 4 points"),
        ([*NONE[:3], found("points", None, why="it was down")], "it is not known how much"),
        ([*NONE[:3], found("points", 0, why="3 of 9 were asked")], "it is not known how much"),
        ([], "it is not known how much"),
        ([msgspec.structs.replace(NONE[0], host="two")], "it is not known how much"),
    ],
)
def test_an_undo_says_that_nothing_was_newer_only_where_all_was_compared(
    tmp_path: Path, newer: list[NewerFound], says: str
) -> None:
    step = PutBackRoot(host="one", root="/r", aside="/a", undone_run="R", kept=str(tmp_path))
    plan = Plan(kind="undo", roles=(), steps=(step,), domain="a.b", set_id="SET")
    ctx = SimpleNamespace(facts=RunFacts(newer=newer), run_id="UNDO")
    (line,) = undo_leaves(plan, ctx)  # type: ignore[arg-type]
    assert says in line and "bring it back, undo this run: pryv-tui undo UNDO --confirm a.b" in line
    assert ("nothing there was newer" in line) == (newer is NONE)
