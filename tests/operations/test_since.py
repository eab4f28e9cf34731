"""A time or an age, as people write it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pryv_tui.operations.ages import since

NOW = datetime(2026, 1, 15, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10m", "2026-01-15T11:50:00+00:00"),
        (" 10 min ", "2026-01-15T11:50:00+00:00"),
        ("2h", "2026-01-15T10:00:00+00:00"),
        ("1H30m", "2026-01-15T10:30:00+00:00"),
        ("90s", "2026-01-15T11:58:30+00:00"),
        ("1d", "2026-01-14T12:00:00+00:00"),
        ("2w", "2026-01-01T12:00:00+00:00"),
        ("11:45", "2026-01-15T11:45:00+00:00"),
        ("9:05:30", "2026-01-15T09:05:30+00:00"),
        # Of the last 24 hours, so that it is never one that has still to come.
        ("12:01", "2026-01-14T12:01:00+00:00"),
        ("2026-01-15T10:00:00Z", "2026-01-15T10:00:00+00:00"),
        ("2026-01-15 10:00:00", "2026-01-15T10:00:00+00:00"),
        ("2026-01-15T10:00:00+02:00", "2026-01-15T08:00:00+00:00"),
        ("2026-01-15T12:00:00Z", "2026-01-15T12:00:00+00:00"),
        ("2026-01-14", "2026-01-14T00:00:00+00:00"),
    ],
)
def test_what_is_meant(text: str, found: str) -> None:
    assert since(text, NOW).isoformat() == found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no time was given"),
        ("  ", "no time was given"),
        ("soon", "is not a time or an age"),
        ("10", "is not a time or an age"),
        ("10x", "is not a time or an age"),
        ("10m and more", "is not a time or an age"),
        ("-5m", "is not a time or an age"),
        ("25:00", "is not a time or an age"),
        ("12:60", "is not a time or an age"),
        ("2026-13-01", "is not a time or an age"),
        ("9999999999999999999d", "is not a time or an age"),
        ("99999999w", "is not a time or an age"),
        ("2026-01-15T12:00:01Z", "is in the future"),
    ],
)
def test_what_is_none_is_said_so(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        since(text, NOW)
