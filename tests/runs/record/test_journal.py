"""The journal: whole lines, harmless text, and a reader that goes on where it stopped."""

from __future__ import annotations

import json
import os
import unicodedata
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pryv_tui.operations.debts import Owed
from pryv_tui.operations.drilling.facts import (
    Check,
    Disposal,
    DrillFact,
    Erased,
    Fingerprint,
    Image,
    Newest,
    Phase,
    Probe,
    Sandbox,
)
from pryv_tui.runs.record.events import (
    GuardChecked,
    Note,
    Output,
    RunFinished,
    StepFinished,
    decode_event,
)
from pryv_tui.runs.record.journal import NAME, JournalReader, JournalWriter
from pryv_tui.sanitize import sanitized


def writer(folder: Path) -> JournalWriter:
    return JournalWriter(folder, "RUN")


def lines(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / NAME).read_text().splitlines()]


def acts(text: str) -> bool:
    """Whether a terminal would do something at a character of this text."""
    return any(unicodedata.category(c) == "Cc" and c not in "\t\n" for c in text)


class TestHarmless:
    @given(st.text(st.characters(exclude_categories=["Cs"])))
    def test_nothing_is_left_that_acts_on_a_terminal(self, text: str) -> None:
        assert not acts(sanitized(text))
        assert sanitized(sanitized(text)) == sanitized(text)

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("\x1b]0;title\x07", "␛]0;title␇"),
            ("\x9b31mred", "\ufffd31mred"),
            ("\x7f\x00", "␡␀"),
            ("50%\r100%\r\nend", "50%\n100%\nend"),
            ("tab\tand\nline é", "tab\tand\nline é"),
        ],
    )
    def test_what_is_shown_instead(self, text: str, shown: str) -> None:
        assert sanitized(text) == shown


class TestWriter:
    def test_each_event_is_one_line_with_version_time_and_run(self, tmp_path: Path) -> None:
        journal = writer(tmp_path)
        journal.enter("01-x")
        journal.note("a note\nof two lines")
        journal.guard("space", "failed", "too little", "free some")
        journal.owe(Owed(kind="start", host="core", what="pryvio_core"))
        journal.close()
        found = lines(tmp_path)
        assert [event["event"] for event in found] == ["note", "guard", "owed"]
        for event in found:
            assert (event["v"], event["run"]) == (1, "RUN")
            assert str(event["time"]).endswith("Z") and "T" in str(event["time"])
        assert found[1]["name"] == "space"
        assert (found[1]["outcome"], found[1]["remedy"]) == ("failed", "free some")
        assert (tmp_path / NAME).stat().st_mode & 0o7777 == 0o600

    def test_each_fact_of_a_drill_comes_back_as_it_was_told(self, tmp_path: Path) -> None:
        facts: list[DrillFact] = [
            Check(name="collections", about="mongodb", state="failed", expected="2", found="1"),
            Probe(what="host", target="10.0.0.1:22", reached=False, answer="unreachable"),
            Fingerprint(moment="before", containers="aa", networks="bb", root="cc"),
            Phase(name="restore", began="2026-01-01T00:00:00Z", of="machine"),
            Newest(store="redis", moment="", why="Redis keeps no time"),
            Erased(count=None, role="core", why="core does not run"),
            Image(service="mongodb", reference="x/mongodb:1", digest="sha256:0"),
            Disposal(what="pryvdrill_x", when="2026-01-01T00:00:00Z", proof="not in the list"),
            Sandbox(id="d", set="s", depth="data", root="/r", expires="2026-01-02T00:00:00Z"),
        ]
        assert {type(fact) for fact in facts} == set(get_args(DrillFact))
        journal = writer(tmp_path)
        for fact in facts:
            journal.drilled(fact)
        journal.close()
        events = JournalReader(tmp_path / NAME).read()
        told = [msgspec.structs.asdict(event) for event in events]
        assert [next(f for f in event.values() if f in facts) for event in told] == facts

    def test_a_character_split_over_chunks_and_streams(self, tmp_path: Path) -> None:
        journal = writer(tmp_path)
        whole = "é€🎼".encode()
        for at in range(len(whole)):
            journal.output("stdout", whole[at : at + 1])
            journal.output("stderr", b"-")
        out = "".join(str(e["text"]) for e in lines(tmp_path) if e["stream"] == "stdout")
        assert out == "é€🎼"

    def test_bytes_that_are_no_text_are_shown(self, tmp_path: Path) -> None:
        journal = writer(tmp_path)
        journal.output("stdout", b"a\xffb\x1b[2J\x9b\n")
        assert not acts(str(lines(tmp_path)[0]["text"]))
        assert "\\xff" in str(lines(tmp_path)[0]["text"])

    @pytest.mark.parametrize("bad", ["\x1b]0;evil\x07", "\x9b2J", "name \udcff"])
    def test_no_event_at_all_carries_what_acts_on_a_terminal(
        self, tmp_path: Path, bad: str
    ) -> None:
        """An error repeats what a container printed, a guard names files, an end names both."""
        journal = writer(tmp_path)
        journal.write(GuardChecked(name=bad, outcome="failed", text=bad, remedy=bad))
        journal.write(
            StepFinished(
                step="s", title=bad, command=[bad], outcome="failed", seconds=1, reason=bad
            )
        )
        journal.write(
            RunFinished(outcome="failed", exit=1, what=bad, remains=[bad], next=[bad], checks=[bad])
        )
        journal.note(bad)
        journal.owe(Owed(kind="aside", host=bad, what=bad, where=bad))
        events = JournalReader(tmp_path / NAME).read()
        assert len(events) == 5
        assert not acts((tmp_path / NAME).read_text().replace("\n", ""))
        told = [text for event in lines(tmp_path) for text in strings(event)]
        assert not any(acts(text) for text in told)

    def test_progress_is_told_at_its_end_whatever_was_told_before(self, tmp_path: Path) -> None:
        journal = writer(tmp_path)
        for done in range(1001):
            journal.progress(done, 1000, "bytes")
        told = [event["done"] for event in lines(tmp_path)]
        assert told[-1] == 1000
        assert len(told) < 1000

    def test_a_write_that_failed_half_way_costs_that_line_alone(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        journal = writer(tmp_path)
        journal.note("first")
        real = os.write
        calls = 0

        def full(descriptor: int, data: bytes) -> int:
            nonlocal calls
            calls += 1
            if calls == 1:
                return real(descriptor, bytes(data)[:20])
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space"):
            journal.note("second")
        monkeypatch.setattr(os, "write", real)
        journal.write(RunFinished(outcome="failed", exit=1))
        events = JournalReader(tmp_path / NAME).read()
        assert [type(event) for event in events] == [Note, RunFinished]


def strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for item in value.values() for text in strings(item)]
    if isinstance(value, list):
        return [text for item in value for text in strings(item)]
    return []


class TestReader:
    def test_a_torn_last_line_waits_for_its_rest(self, tmp_path: Path) -> None:
        journal = writer(tmp_path)
        journal.note("one")
        journal.note("two")
        whole = (tmp_path / NAME).read_bytes()
        torn = tmp_path / "torn.jsonl"
        cut = len(whole) - 10
        torn.write_bytes(whole[:cut])
        reader = JournalReader(torn)
        assert [event.text for event in reader.read() if isinstance(event, Note)] == ["one"]
        assert reader.read() == []
        with torn.open("ab") as file:
            file.write(whole[cut:])
        assert [event.text for event in reader.read() if isinstance(event, Note)] == ["two"]

    @given(st.lists(st.integers(1, 60), max_size=30))
    def test_whatever_the_pieces_each_event_comes_once(
        self, tmp_path_factory: pytest.TempPathFactory, pieces: list[int]
    ) -> None:
        folder = tmp_path_factory.mktemp("journal")
        journal = writer(folder)
        for number in range(5):
            journal.note(f"ünmber {number}")
        whole = (folder / NAME).read_bytes()
        growing = folder / "growing.jsonl"
        growing.touch()
        reader, found, at = JournalReader(growing), [], 0
        for piece in [*pieces, len(whole)]:
            with growing.open("ab") as file:
                file.write(whole[at : at + piece])
            at += piece
            found += [event.text for event in reader.read() if isinstance(event, Note)]
        assert found == [f"ünmber {number}" for number in range(5)]

    def test_a_line_larger_than_any_chunk(self, tmp_path: Path) -> None:
        journal = writer(tmp_path)
        journal.output("stdout", b"x" * (3 << 20) + b"\n")
        journal.note("after")
        events = JournalReader(tmp_path / NAME).read()
        assert isinstance(events[0], Output)
        assert len(events[0].text) == (3 << 20) + 1
        assert isinstance(events[1], Note)

    def test_events_and_fields_of_a_later_version_are_passed_over(self, tmp_path: Path) -> None:
        path = tmp_path / NAME
        path.write_text(
            '{"event":"from_the_future","v":2}\n'
            "not json\n"
            '{"event":"note","text":"known","v":1,"more":[1]}\n'
        )
        events = JournalReader(path).read()
        assert [event.text for event in events if isinstance(event, Note)] == ["known"]
        assert len(events) == 1

    def test_a_journal_that_does_not_exist_yet(self, tmp_path: Path) -> None:
        reader = JournalReader(tmp_path / NAME)
        assert reader.read() == []
        writer(tmp_path).note("now")
        assert len(reader.read()) == 1

    def test_a_line_that_is_no_event(self) -> None:
        assert decode_event(b"") is None
        assert decode_event(b'{"event":"note"}') is None
        assert decode_event(b"\xff\xfe") is None


def test_what_a_drill_finds_out_reaches_the_disk_with_the_end_of_its_step_and_its_sandbox_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A drill finds out some hundred things: each waited for would be half of all its waits for a
    disk. What it makes has to be known before it is made."""
    journal = JournalWriter(tmp_path, "R")
    asked: list[int] = []
    monkeypatch.setattr(os, "fsync", asked.append)
    journal.drilled(Check(name="files", state="passed"))
    journal.drilled(Phase(name="p", began="", of="machine"))
    assert asked == []
    journal.drilled(Sandbox(id="R", set="S", depth="data", root="/d", expires=""))
    assert len(asked) == 1
    done = StepFinished(step="1", title="t", command=[], outcome="done", seconds=0.0)
    journal.write(done, durable=True)
    assert len(asked) == 2
    journal.drilled(Disposal(what="/d", when="", proof="no such folder"))
    assert len(asked) == 3
    # All of it is in the file at once, for whoever reads while the worker lives or was killed.
    assert len(list(JournalReader(tmp_path / "journal.jsonl").read())) == 5
