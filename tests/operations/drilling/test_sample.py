"""A sandbox's events and points beside those of its set: one that is another one is found."""

from __future__ import annotations

import base64
import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pryv_tui.drills.times import gone, recovery_point
from pryv_tui.errors import PryvTuiError
from pryv_tui.formats.influx.some_points import Found, Key, Known, Told
from pryv_tui.formats.influx.tsm_values import Point
from pryv_tui.formats.sqlite.files import newest_row
from pryv_tui.operations.drilling.facts import Newest
from pryv_tui.operations.drilling.newest import newest_of
from pryv_tui.operations.drilling.sample.events import Events
from pryv_tui.operations.drilling.sample.points import compare
from pryv_tui.operations.steps.drilling import check_sandbox
from pryv_tui.operations.steps.drilling.check_sandbox import CheckSandbox, Sampled
from pryv_tui.operations.steps.drilling.live_points import nanoseconds
from pryv_tui.operations.stores.redis_keys import newest_user
from pryv_tui.vault.set_files import FILES_NAME, SUMS_NAME

A, B = (Key("autogen", name, (), "value") for name in ("event.a", "event.b"))
POINTS: tuple[Point, ...] = ((1, 1.5), (2, 2), (3, 4))


def known(**more: int) -> Found:
    found = Found()
    found.series = {A: Known(3, POINTS), B: Known(5, None)}
    found.untold.update(more)
    return found


def told(a: list[Point], *, many: int | None = None, b: int = 5, until: int | None = None) -> Told:
    last: dict[tuple[str, str, tuple[tuple[str, str], ...]], int] = {}
    if until is not None:
        last["autogen", "event.a", ()] = until
    return Told({A: len(a) if many is None else many, B: b}, {A: a}, last)


def test_points_are_the_same_by_number_and_by_value() -> None:
    one = compare({"user.x": known()}, [("user.x", told(list(POINTS)))])
    assert (one.series, one.points, one.there, one.by_value) == (2, 8, 8, 3)
    assert not one.wrong and not one.not_compared
    # A whole number is told as one, also where it is a float's.
    assert not compare(
        {"user.x": known()}, [("user.x", told([(1, 1.5), (2, 2.0), (3, 4.0)]))]
    ).wrong
    # Where there are more, those up to the last that came are compared.
    some = compare({"user.x": known()}, [("user.x", told([(1, 1.5)], many=3, until=1))])
    assert (some.wrong, some.by_value) == ("", 1)


@pytest.mark.parametrize(
    ("live", "wrong"),
    [
        (told(list(POINTS[:2])), "1 series with another number of points"),
        (told([*POINTS, (4, 1)]), "1 series with another number of points"),
        (told(list(POINTS), b=0), "1 series with another number of points"),
        (told([(1, 1.5), (2, 2), (3, 5)]), "1 series with other values or times"),
        (told([(1, 1.5), (2, 2), (4, 4)]), "1 series with other values or times"),
        (told([(1, True), (2, 2), (3, 4)]), "1 series with other values or times"),
        (told([], many=3), "1 series with other values or times"),
        (Told({}, {}, {}), "2 series with another number of points"),
    ],
)
def test_a_point_that_is_not_as_in_the_set_is_found(live: Told, wrong: str) -> None:
    assert compare({"user.x": known()}, [("user.x", live)]).wrong == wrong


def test_what_the_set_does_not_have_is_no_restore_of_it() -> None:
    more = Told({A: 3, B: 5, Key("autogen", "c", (), "value"): 1}, {A: list(POINTS)}, {})
    assert compare({"user.x": known()}, [("user.x", more)]).wrong
    # Unless its files do not tell all of it.
    one = compare({"user.x": known(deleted=2)}, [("user.x", more)])
    assert not one.wrong and one.not_compared == "2 series were not compared: deleted"
    assert compare({"user.x": known()}, []).another_number == 2


def event(**more: Any) -> dict[str, Any]:
    return {
        "_id": "e",
        "userId": "u",
        "type": "note/txt",
        "content": "x",
        "streamIds": ["s"],
        **more,
    }


def read(*events: dict[str, Any]) -> Events:
    found = Events()
    for one in events:
        found.take(one)
    return found


def test_events_are_compared_whatever_their_order() -> None:
    first, second = event(_id="1"), event(_id="2", userId="v")
    assert read(first, second).unlike(read(second, first)) == ""
    assert read(first, second).words == "2 events of 2 accounts"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"content": "y"}, "other content of events: 1 of 1 account"),
        ({"content": {"a": 1}}, "other content of events: 1 of 1 account"),
        ({"streamIds": []}, "other content of events: 1 of 1 account"),
        ({"type": "note/html"}, "other content of events: 1 of 1 account"),
        ({"trashed": True}, "other content of events: 1 of 1 account"),
        ({"userId": "v"}, "another number of events: 2 of 2 accounts"),
    ],
)
def test_an_event_that_is_another_one_is_found(more: dict[str, Any], why: str) -> None:
    assert read(event()).unlike(read(event(**more))) == why
    # One twice in place of two is not the same as both.
    assert read(event(), event()).unlike(read(event(), event(**more)))


def test_a_time_is_read_as_the_program_and_as_the_server_tell_it() -> None:
    assert nanoseconds(1_767_225_600_000_000_001) == 1_767_225_600_000_000_001
    assert nanoseconds("2026-01-01T00:00:00Z") == 1_767_225_600_000_000_000
    assert nanoseconds("2026-01-01T00:00:00.000000001Z") == 1_767_225_600_000_000_001
    assert nanoseconds("2026-01-01T00:00:00.5Z") == 1_767_225_600_500_000_000
    for bad in (None, True, "yesterday", 1.5):
        with pytest.raises(PryvTuiError):
            nanoseconds(bad)


def test_the_newest_account_is_told_by_the_server_and_registers_own_is_left_out() -> None:
    asked: list[tuple[str, ...]] = []

    def lines(*words: str) -> list[str]:
        asked.append(words)
        return ["1767225600000"]

    assert newest_user(lines, {"b:users", "a:users", "wactiv:users"}) == 1_767_225_600
    ((name, script, many, *keys),) = asked
    assert (name, many, keys) == ("EVAL", "2", ["a:users", "b:users"])
    assert "registeredTimestamp" in script
    assert newest_user(lines, {"wactiv:users"}) is None
    assert newest_user(lambda *_words: ["0"], {"a:users"}) is None
    with pytest.raises(PryvTuiError, match="EVAL says"):
        newest_user(lambda *_words: ["ERR unknown command"], {"a:users"})


def test_the_newest_row_of_a_database_is_told_by_the_times_that_it_has(tmp_path: Path) -> None:
    path = tmp_path / "audit.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE events (id TEXT, created REAL, modified REAL)")
        database.execute("INSERT INTO events VALUES ('a', 5, 7), ('b', 6, NULL), ('c', NULL, 6.5)")
        database.commit()
    columns = ("modified", "created", "time")
    assert newest_row(path, "events", columns) == 7.0
    assert newest_row(path, "events", ("time",)) is None
    assert newest_row(path, "other", columns) is None


def test_a_store_in_which_nothing_has_a_time_does_not_hide_whether_a_target_was_met() -> None:
    declared = "2026-01-01T01:00:00Z"
    known_one = newest_of("redis", "h", 1_767_225_600)
    nothing = newest_of("influxdb", "h", None, "it holds no point")
    assert nothing.timeless and not known_one.timeless
    found = recovery_point(gone(declared, [known_one, nothing]), 7_200.0)
    assert (found.seconds, found.met) == (3_600.0, True)
    # What could not be asked is not known: that is another thing.
    unasked = Newest(store="mongodb", moment="", why="it did not answer")
    assert recovery_point(gone(declared, [known_one, unasked]), 7_200.0).met is None
    assert recovery_point(gone(declared, [nothing]), 7_200.0).met is None


USER, FILE = "cjc2nyh3y000008l4", "cjc2nyh3y000108l5"
PLACE = f"pryv/core/data/users/5/l/4/{USER}/attachments/e1/{FILE}"
GOOD, BAD = b"as it was sent", b"damaged"


def integrity(content: bytes) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content).digest()).decode()}"


@pytest.mark.parametrize(
    ("there", "in_set", "in_event", "found", "why"),
    [
        (GOOD, GOOD, integrity(GOOD), "1 file with the set's hash, 1 with their event's hash", ""),
        (GOOD, GOOD, "", "1 file with the set's hash", ""),
        # Damaged while it was restored: neither hash is its own.
        (BAD, GOOD, integrity(GOOD), "0 files with the set's hash, 0 with their event's hash",
         "1 with another hash than in the set"),
        # Damaged before the backup.
        (BAD, BAD, integrity(GOOD), "1 file with the set's hash, 0 with their event's hash",
         "1 with another hash than in the event"),
        # Only the set's list is wrong.
        (GOOD, BAD, integrity(GOOD), "0 files with the set's hash, 1 with their event's hash",
         "1 with another hash than in the set"),
    ],
)  # fmt: skip
def test_a_file_is_counted_for_each_hash_that_it_has(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    there: bytes,
    in_set: bytes,
    in_event: str,
    found: str,
    why: str,
) -> None:
    file = tmp_path / PLACE
    file.parent.mkdir(parents=True)
    file.write_bytes(there)
    line = f"{hashlib.sha256(in_set).hexdigest()}  {FILES_NAME}/{PLACE}\n"
    (tmp_path / SUMS_NAME).write_text(line)
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(check_sandbox, "note_check", lambda *_given, **words: told.append(words))
    ctx: Any = SimpleNamespace(check_cancelled=lambda: None)
    state: Any = SimpleNamespace(root_path=tmp_path)
    part: Any = SimpleNamespace(name="core")
    sampled = Sampled(files={USER: {FILE: in_event}})
    step = CheckSandbox(host="", set_id="S")
    step._attached(ctx, state, part, tmp_path, sampled, [USER])
    (one,) = told
    assert (one["found"], one.get("why", "")) == (found, why)
