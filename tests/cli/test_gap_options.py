"""What the command line understands of the gap: durations, what goes together, what a plan says."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from pryv_tui.cli.base.options import Seconds, gap_options
from pryv_tui.cli.main import cli
from pryv_tui.platform.gap import GapChoices, span
from pryv_tui.practice.platform import PracticePlatform


@click.command()
@gap_options
def told(gap: GapChoices) -> None:
    click.echo(repr((gap, gap.deadline)))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("30s", 30), ("2m", 120), ("2 min", 120), ("1h", 3600), ("0.5s", 0.5), (" 5 ", 5)],
)
def test_durations(text: str, seconds: float) -> None:
    assert Seconds().convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "soon", "-5s", "5d", "0", "0s", "1h30", "1e9", "s"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(click.UsageError):
        Seconds().convert(text, None, None)


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        ([], (GapChoices(), 0.0)),
        (["--hold", "registrations"], (GapChoices(hold="registrations"), 120.0)),
        (["--hold", "everything"], (GapChoices(hold="everything"), 1800.0)),
        (
            ["--hold", "everything", "--hold-deadline", "5m", "--order", "documented"],
            (GapChoices(order="documented", hold="everything", hold_deadline=300.0), 300.0),
        ),
        (["--gap-budget", "30s"], (GapChoices(budget=30.0), 0.0)),
    ],
    ids=str,
)
def test_what_is_chosen(words: list[str], chosen: tuple[GapChoices, float]) -> None:
    done = CliRunner().invoke(told, words, catch_exceptions=False)
    assert done.output.strip() == repr(chosen)


@pytest.mark.parametrize(
    "words", [["--hold", "nginx"], ["--order", "any"], ["--gap-budget", "soon"]], ids=" ".join
)
def test_what_there_is_not(words: list[str]) -> None:
    assert CliRunner().invoke(told, words).exit_code == 2


def test_a_plan_says_what_it_holds_and_a_restore_has_nothing_to_hold(tmp_path: Path) -> None:
    folder = PracticePlatform.create(tmp_path / "p", users=1, attachments=1).folder
    where = ["--practice", str(folder)]
    held = CliRunner().invoke(cli, ["plan", "backup", "--hold", "registrations", *where], obj={})
    assert held.exit_code == 0
    assert "docker pause pryvio_register" in held.output
    assert "Nobody can sign up" in held.output
    for wrong in (["backup", "--hold-deadline", "5s"], ["restore", "--hold", "everything"]):
        assert CliRunner().invoke(cli, ["plan", *wrong, *where], obj={}).exit_code == 2


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.5, "0.5 s"), (90, "90 s"), (120, "120 s"), (1800, "30 min"), (86400, "24 h")],
)
def test_durations_in_words(seconds: float, text: str) -> None:
    assert span(seconds) == text
