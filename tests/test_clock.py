"""Times as they are written and shown: in UTC, whatever zone they come with."""

from __future__ import annotations

import time

import pytest

from pryv_tui.clock import moment_of, now_seconds, seconds_of, shown, timestamp, utc_now


@pytest.mark.parametrize(
    ("text", "after", "told"),
    [
        ("2026-01-02T03:04:05.678Z", "", "2026-01-02 03:04:05 UTC"),
        ("2026-01-02T05:04:05+02:00", "", "2026-01-02 03:04:05 UTC"),
        ("2026-01-02T03:04:05", "", "2026-01-02 03:04:05 UTC"),
        ("2026-01-02T03:04:05Z", "2026-01-02T00:00:00Z", "03:04:05 UTC"),
        ("2026-01-02T03:04:05Z", "2026-01-01T23:59:59Z", "2026-01-02 03:04:05 UTC"),
        ("2026-01-02T03:04:05Z", "yesterday", "2026-01-02 03:04:05 UTC"),
        ("", "", "not known"),
        ("yesterday", "", "yesterday"),
        ("0001-01-01T00:00:00+10:00", "", "0001-01-01T00:00:00+10:00"),
    ],
)
def test_a_time_is_shown_in_utc_and_what_is_none_as_it_stands(
    text: str, after: str, told: str
) -> None:
    assert shown(text, after) == told
    assert (moment_of(text) is None) == (told in (text, "not known"))


def test_what_is_written_is_read_again() -> None:
    now = utc_now()
    read = moment_of(timestamp(now))
    assert read is not None and abs((now - read).total_seconds()) < 0.001


def test_seconds_are_counted_from_1970_on_as_those_of_files_are() -> None:
    assert seconds_of("1970-01-01T00:01:00.5Z") == seconds_of("1970-01-01T01:01:00.5+01:00") == 60.5
    assert seconds_of("") == seconds_of("yesterday") == 0.0
    assert now_seconds() <= time.time() <= now_seconds() + 0.001, "one is told to microseconds"
