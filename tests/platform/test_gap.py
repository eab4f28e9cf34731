"""The gap: the windows that one backup leaves, and the notice in the guide's words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pryv_tui.platform.gap import (
    Gap,
    Hold,
    HoldKind,
    Moment,
    longest,
    measure,
    notice,
    went_back,
)

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def moment(what: str, role: str, start: float, end: float, host: str = "h") -> Moment:
    at = [(BEGAN + timedelta(seconds=s)).isoformat().replace("+00:00", "Z") for s in (start, end)]
    return Moment(what=what, role=role, host=host, started=at[0], finished=at[1])


def test_the_accounts_window_ends_with_the_copy_of_the_registers_files() -> None:
    gap = measure(
        [
            moment("mongodb", "core", 0, 10),
            moment("influxdb", "core", 10, 15),
            moment("files", "core", 15, 40),
            moment("redis", "register", 40, 41),
            moment("files", "register", 41, 45),
        ]
    )
    assert gap.accounts_seconds == 45
    assert gap.data_seconds == 40
    assert gap.accounts_from == "2026-01-01T00:00:00Z"


def test_one_machine_with_both_roles_has_one_copy_of_files() -> None:
    both = "core+register+static-web"
    gap = measure(
        [moment("mongodb", both, 0, 1), moment("redis", both, 1, 2), moment("files", both, 2, 9)]
    )
    assert (gap.accounts_seconds, gap.data_seconds) == (9, 9)


def test_a_side_that_was_not_taken_has_no_window() -> None:
    assert measure([]) == Gap()
    core = measure([moment("mongodb", "core", 0, 1), moment("files", "core", 1, 2)])
    assert core.accounts_seconds is None
    assert core.data_seconds == 2
    register = measure([moment("redis", "register", 0, 1), moment("files", "register", 1, 2)])
    assert (register.accounts_seconds, register.data_seconds) == (None, None)


def test_a_register_taken_before_core_is_no_gap_of_nothing() -> None:
    gap = measure(
        [
            moment("redis", "register", 0, 1),
            moment("files", "register", 1, 2),
            moment("mongodb", "core", 3600, 3610),
            moment("files", "core", 3610, 3620),
        ]
    )
    assert gap.accounts_seconds is None or gap.accounts_seconds >= 3600


@given(st.floats(0, 1e4), st.floats(0.001, 1e4), st.floats(0.001, 1e4))
def test_a_longer_copy_never_makes_a_shorter_window(start: float, dump: float, copy: float) -> None:
    def taken(seconds: float) -> Gap:
        return measure(
            [
                moment("mongodb", "core+register", start, start + dump),
                moment("files", "core+register", start + dump, start + dump + seconds),
            ]
        )

    short, long = taken(copy), taken(copy + 5)
    assert short.accounts_seconds is not None and long.accounts_seconds is not None
    assert 0 <= short.accounts_seconds < long.accounts_seconds


ONE_NODE = [
    moment("mongodb", "core+register", 10, 11),
    moment("accounts", "core+register", 11, 12),
    moment("redis", "core+register", 12, 13),
    moment("redis-files", "core+register", 13, 14),
    moment("files", "core+register", 14, 80),
]


def held(kind: HoldKind, started: float, released: float | None, **more: Any) -> Hold:
    at = [moment("", "", started, 0 if released is None else released)]
    return Hold(
        kind=kind,
        deadline=120,
        began=at[0].started,
        started=at[0].started,
        released="" if released is None else at[0].finished,
        seconds=0.0 if released is None else released - started,
        **more,
    )


def test_redis_that_is_copied_ahead_ends_the_accounts_window() -> None:
    gap = measure(ONE_NODE)
    assert (gap.accounts_seconds, gap.window_seconds) == (4, 4)
    assert (gap.data_seconds, gap.data_window_seconds) == (70, 70)


@pytest.mark.parametrize(
    ("hold", "accounts", "data"),
    [
        (held("registrations", 9, 15), 0, 70),
        (held("registrations", 9, 14), 0, 70),
        (held("registrations", 9, None), 0, 70),
        (held("registrations", 9, 12), 2, 70),
        (held("registrations", 9, 9.5), 4, 70),
        (held("registrations", 10.5, 15), 4, 70),
        (held("everything", 9, 81), 0, 0),
        (held("everything", 9, 30), 0, 50),
        (held("everything", 9, 13), 1, 67),
    ],
    ids=str,
)
def test_only_what_was_held_throughout_is_closed(hold: Hold, accounts: float, data: float) -> None:
    gap = measure(ONE_NODE, hold)
    assert (gap.accounts_seconds, gap.data_seconds) == (accounts, data)
    assert (gap.window_seconds, gap.data_window_seconds) == (4, 70)


def test_a_hold_that_never_took_effect_closes_nothing() -> None:
    never = msgspec.structs.replace(held("everything", 9, 81), started="")
    assert measure(ONE_NODE, never) == measure(ONE_NODE)


def test_what_took_the_longest_part_of_a_window() -> None:
    gap = measure(ONE_NODE)
    found = longest(ONE_NODE, gap.data_from, gap.data_to)
    assert found is not None
    assert (found[0].what, found[1]) == ("files", 66)
    assert longest([], gap.data_from, gap.data_to) is None


def test_the_notice_of_a_held_set_says_that_nothing_is_lost_and_for_how_long() -> None:
    hold = held("everything", 9, 81)
    text = " ".join(notice(measure(ONE_NODE, hold), expected=False, hold=hold))
    assert "No user account is lost" in text
    assert "No attachment" in text
    assert "held for 72.0 s" in text
    partly = held("everything", 9, 13)
    text = " ".join(notice(measure(ONE_NODE, partly), expected=False, hold=partly))
    assert "In this set: 1.0 s" in text


def test_the_notice_gives_the_numbers_of_this_set() -> None:
    gap = measure(
        [moment("mongodb", "core+register", 0, 1), moment("files", "core+register", 1, 8)]
    )
    text = " ".join(notice(gap, expected=False))
    assert "not usable after a restore" in text
    first, last = (datetime.fromisoformat(t) for t in (gap.accounts_from, gap.accounts_to))
    assert f"8.0 s, from {first:%Y-%m-%d %H:%M:%S}.0 to {last:%H:%M:%S}.0 UTC." in text
    night = msgspec.structs.replace(
        gap,
        accounts_from="2026-01-31T23:59:59.960Z",
        accounts_to="2026-02-01T01:00:00.940+01:00",
    )
    text = " ".join(notice(night, expected=False))
    assert "from 2026-01-31 23:59:59.9 to 2026-02-01 00:00:00.9 UTC." in text


def test_the_notice_of_a_set_with_one_side_says_so() -> None:
    assert "does not hold both core and register" in notice(Gap(), expected=False)[0]
    assert "does not hold both core and register" in notice(None, expected=False)[0]


def test_before_the_first_backup_the_window_is_unknown() -> None:
    lines = notice(None, expected=True)
    assert len(lines) == 2
    assert all("unknown" in line for line in lines)


def test_a_clock_that_was_set_back_meanwhile_is_seen_and_no_gap_is_negative() -> None:
    right = [
        moment("mongodb", "core", 0, 10),
        moment("influxdb", "core", 10, 10),
        moment("files", "core", 10, 40),
        moment("redis", "register", 40, 41),
        moment("files", "register", 41, 45),
    ]
    assert not went_back(right)
    assert not went_back([])
    for at in range(1, len(right)):
        back = right[:at] + [
            moment(m.what, m.role, -3600 + n, -3500 + n) for n, m in enumerate(right[at:])
        ]
        assert went_back(back), at
        gap = measure(back)
        assert (gap.accounts_seconds or 0) >= 0
        assert (gap.data_seconds or 0) >= 0
    assert went_back([moment("files", "core", 0, -1)])


def test_an_unknown_window_says_what_was_not_run_yet() -> None:
    first, _ = notice(None, expected=True)
    assert "no backup was run from here yet" in first
    first, _ = notice(None, expected=True, known=True)
    assert "no backup of these roles was run from here yet" in first


def test_a_backup_without_core_speaks_of_no_mongodb() -> None:
    assert notice(None, expected=True, roles=("static-web",)) == []
    (line,) = notice(None, expected=True, roles=("register", "static-web"))
    assert line.startswith("This backup takes register without core")
    first, second = notice(None, expected=True, roles=("core",))
    assert first.startswith("This backup takes core without register")
    assert "MongoDB dump" in second


def test_the_roles_of_a_moment_are_written_in_both_forms_and_read_from_either() -> None:
    """Older sets and journals have `role` alone; older readers know no other."""
    times = {"started": "2026-01-01T00:00:00.000Z", "finished": "2026-01-01T00:00:01.000Z"}
    now = Moment(what="files", roles=("core", "static-web"), host="h", **times)
    written = msgspec.to_builtins(now)
    assert (written["roles"], written["role"]) == (("core", "static-web"), "core+static-web")
    older = {key: value for key, value in written.items() if key != "roles"}
    assert msgspec.convert(older, Moment) == msgspec.convert(written, Moment) == now
    assert msgspec.json.decode(msgspec.json.encode(now), type=Moment) == now
    assert msgspec.structs.replace(now, roles=("register",)).role == "register"
    none = msgspec.convert({**older, "role": ""}, Moment)
    assert (none.roles, none.role) == ((), "")
