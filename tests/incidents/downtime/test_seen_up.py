"""When what was lost came back is known only where something tells it: else it was seen to serve by
then, and may have for longer."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.clock import timestamp
from pryv_tui.incidents.events import Lost, Serving
from pryv_tui.incidents.gathering import Told
from pryv_tui.incidents.incident import Incident
from pryv_tui.incidents.reckoning import reckon
from pryv_tui.incidents.report.as_text import as_text
from pryv_tui.incidents.report.page import page
from pryv_tui.incidents.words import short, state_words
from tests.incidents.scripted import at, incident, opened, run
from tests.remedies.shell import Shell


def said(one: Incident, *runs: object) -> str:
    times = reckon(one, runs, at(900))  # type: ignore[arg-type]
    return state_words(Told(one, runs, times, ""))  # type: ignore[arg-type]


def declared(since: float | None, *, up: float | None) -> Incident:
    loss = Lost(time=at(600), role="core", since=at(since) if since is not None else "",
                source="asked")  # fmt: skip
    back = Serving(time=at(610), role="core", since=at(up) if up is not None else "")
    return incident(opened(600), loss, back)


@pytest.mark.parametrize("up", [-5000, None, 4000])
def test_what_ran_all_the_while_is_not_said_to_have_come_back_when_it_was_looked_at(
    up: float | None,
) -> None:
    """Its containers run since before the loss, or by another clock, or nobody tells."""
    one = declared(0, up=up)
    times = reckon(one, [], at(900))
    assert times.down["core"].spans[-1].seen_end
    assert times.any_down.spans[-1].seen_end
    words = said(one)
    assert "was down at most 10 min 10 s" in words and "not known" in words
    assert "serves again since" not in words
    line = short(Told(one, (), times, ""), at(900))
    assert "at most 10 min 10 s" in line and len(line) < 80
    text = as_text(page(Told(one, (), times, ""), now=at(900), by="x", tool="x"))
    assert "at most 10 min 10 s" in text
    assert "It is not known when exactly core served again" in text


def test_what_started_after_the_loss_came_back_then() -> None:
    one = declared(0, up=300)
    times = reckon(one, [], at(900))
    assert not times.down["core"].spans[-1].seen_end
    assert (times.serving, times.any_down.seconds) == (at(300), 300)
    assert "serves again since" in said(one) and "at most" not in said(one)
    text = as_text(page(Told(one, (), times, ""), now=at(900), by="x", tool="x"))
    assert "It is not known when exactly" not in text


def test_what_was_seen_gone_after_its_containers_started_came_back_later() -> None:
    """A person has said since when; a look had found it gone, with its containers running."""
    found = Lost(time=at(500), role="core", since=at(450), source="files", set="S")
    told = Lost(time=at(600), role="core", since=at(0), source="asked")
    back = Serving(time=at(610), role="core", since=at(300))
    times = reckon(incident(opened(500), found, told, back), [], at(900))
    (span,) = times.down["core"].spans
    assert (span.seconds, span.seen_end) == (610, True)


def test_what_neither_end_is_known_of_is_about_so_long() -> None:
    words = said(declared(None, up=None))
    assert "was down about 10 s" in words


def test_a_restore_that_came_to_its_end_is_known_to_the_second() -> None:
    back = run("restore", 605, ends=620, serves=615)
    loss = Lost(time=at(600), role="core", since=at(0), source="asked")
    late = Serving(time=at(700), role="core")
    words = said(incident(opened(600), loss, late), back)
    assert "was down 10 min 15 s" in words and "at most" not in words


def test_a_loss_that_is_declared_of_what_is_up_is_not_said_to_have_ended_now(
    tmp_path: Path,
) -> None:
    shell = Shell.on_new(tmp_path / "p")
    words = ("incident", "declare", "X", "--role", "core", "--lost-at", timestamp())
    assert shell.type(*words).exit == 0
    status = shell.type("status").out
    assert "seen to serve at" in status and "serves again since" not in status
    assert "was down at most" in status
    closed = shell.type("incident", "close").out
    assert "was down at most" in closed and "serves again since" not in closed
