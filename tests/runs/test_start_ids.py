"""The folder of a run is its own, also where another was asked for in the same second."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.runs import start as starting
from pryv_tui.runs.start import start_run


class Still(datetime):
    """A clock that stands."""

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
        return datetime(2026, 1, 1, tzinfo=UTC)


def test_a_run_whose_name_is_taken_gets_another_and_takes_nothing_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = iter(("aaaa", "aaaa", "bbbb"))
    monkeypatch.setattr(starting, "launch", lambda *_words, **_more: None)
    monkeypatch.setattr("pryv_tui.clock.datetime", Still)
    monkeypatch.setattr("pryv_tui.runs.start.secrets.token_hex", lambda _count: next(names))
    settings = resolve_settings(practice=str(tmp_path), state=str(tmp_path / "s"), environment={})
    first = start_run(settings, "backup")
    journal = Path(first.folder) / "journal.jsonl"
    journal.write_text("what it did\n")
    second = start_run(settings, "backup")
    assert [first.id[-4:], second.id[-4:]] == ["aaaa", "bbbb"]
    assert journal.read_text() == "what it did\n"
