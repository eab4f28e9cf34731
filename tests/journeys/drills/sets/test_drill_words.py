"""A set whose own words were changed is refused before anything of a sandbox is made: by its seal,
and where it has none by what it said when it was verified."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from pryv_tui.operations.guards.drill import words_line
from pryv_tui.operations.site import open_site
from pryv_tui.runs.record.events import AnyEvent, GuardChecked, SandboxPlanned
from pryv_tui.vault.seal import seal
from pryv_tui.vault.set_files import SEAL, SET_JSON
from tests.journeys.drills import spoilt_sets as spoilt
from tests.journeys.drills.rehearsed import Rehearsed, end, rehearsed, untouched
from tests.journeys.performing import perform

__all__ = ["rehearsed", "untouched"]

SET = "20250101T000000Z"
LINE = "words of the set"


@pytest.fixture
def copy(rehearsed: Rehearsed) -> Iterator[Path]:
    """A good set of its own name; how it says that it is sealed is up to the test."""
    vault = open_site(rehearsed.settings).vault.folder
    made = spoilt.copied(vault / rehearsed.set, SET)
    yield made
    shutil.rmtree(made)


def say(made: Path, **more: object) -> None:
    """Edit what it says of itself, and nothing else."""
    place = made / SET_JSON
    place.write_text(json.dumps(json.loads(place.read_bytes()) | more, indent=1))


def unsealed(made: Path) -> None:
    """As earlier versions made them."""
    say(made, sealed=False)
    (made / SEAL).unlink()


_NUMBERS = count(1)


def drill(rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch) -> list[AnyEvent]:
    name = f"20260104T{next(_NUMBERS):06d}Z-drill-0001"
    return perform(rehearsed.settings, name, "drill", monkeypatch, set_id=SET)


def line_of(events: list[AnyEvent]) -> GuardChecked:
    found = [one for one in events if isinstance(one, GuardChecked) and one.name == LINE]
    return found[0]


def refused(events: list[AnyEvent], why: str) -> None:
    last = end(events)
    assert (last.outcome, last.exit) == ("refused", 4), last
    assert f"the manifest of {SET} was changed after it was written: {why}" in last.what, last.what
    way = [one for one in last.next if one.startswith("See what is wrong with it: pryv-tui")]
    assert len(way) == 1 and way[0].endswith(f" verify {SET}"), last.next
    assert not [one for one in events if isinstance(one, SandboxPlanned)]


@pytest.mark.parametrize("key", ["created", "moments", "warnings"])
def test_a_sealed_one(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch, copy: Path, key: str
) -> None:
    say(copy, **{key: "2026-01-02T00:00:00Z" if key == "created" else []}, label="another")
    refused(drill(rehearsed, monkeypatch), f"{SET_JSON} differs from its hash in {SEAL}")
    done = rehearsed.type("verify", SET)
    assert done.exit_code == 1 and "differs from its hash" in done.output


def test_one_without_a_seal_that_was_verified_before(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch, copy: Path
) -> None:
    unsealed(copy)
    assert rehearsed.type("verify", SET).exit_code == 0
    say(copy, created="2026-01-02T00:00:00Z")
    why = f"{SET_JSON} is not what it was when the set was verified, "
    refused(drill(rehearsed, monkeypatch), why)
    # What the way out shows, as often as it is asked: no check makes it good.
    for _ in range(2):
        done = rehearsed.type("verify", SET)
        assert done.exit_code == 1 and why in done.output, done.output


def test_one_that_was_sealed_anew_after_it_was_verified(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch, copy: Path
) -> None:
    assert rehearsed.type("verify", SET).exit_code == 0
    say(copy, created="2026-01-02T00:00:00Z")
    seal(copy)
    refused(drill(rehearsed, monkeypatch), f"{SET_JSON} is not what it was")


@pytest.mark.parametrize("how", ["whole", "unsealed", "verified", "changed"])
def test_what_is_said_of_a_sets_own_words_is_so(rehearsed: Rehearsed, copy: Path, how: str) -> None:
    if how != "whole":
        unsealed(copy)
    if how in ("verified", "changed"):
        assert rehearsed.type("verify", SET).exit_code == 0
    if how == "changed":
        say(copy, created="2026-01-02T00:00:00Z")
    line = words_line(open_site(rehearsed.settings).vault.resolve(SET))
    assert ("its seal is whole" in line.text) is (how == "whole")
    assert ("it has no seal, like sets of earlier versions, and was not" in line.text) is (
        how == "unsealed"
    )
    assert (
        "it has no seal; its manifest is the same as when the set was verified, " in line.text
    ) is (how == "verified")
    found = {"changed": "failed", "unsealed": "not_known"}
    assert line.outcome == found.get(how, "ok")


def test_one_of_an_earlier_version_is_drilled_and_known_from_then_on(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch, copy: Path
) -> None:
    unsealed(copy)
    first = drill(rehearsed, monkeypatch)
    assert end(first).exit == 0, end(first)
    assert (
        line_of(first).outcome == "not_known" and "it is not known whether" in line_of(first).text
    )
    say(copy, created="2026-01-02T00:00:00Z")
    refused(drill(rehearsed, monkeypatch), f"{SET_JSON} is not what it was")
