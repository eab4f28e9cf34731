"""An empty value is what an unset variable leaves: it never means "the usual one", which would be
the real platform where a practice one was meant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from pryv_tui.cli.main import cli
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.settings.place_names import NEVER_EMPTY
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.vault.restic.protocol import FILES, PASSWORDS, PLACES, check_environment


def parameters() -> Iterator[tuple[tuple[str, ...], click.Parameter]]:
    """Every parameter of every command, with the words that lead to it."""
    pending: list[tuple[tuple[str, ...], click.Command]] = [((), cli)]
    while pending:
        words, command = pending.pop()
        context = click.Context(command)
        yield from ((words, parameter) for parameter in command.params)
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                found = command.get_command(context, name)
                assert found is not None
                pending.append(((*words, name), found))


TAKING = [
    (words, option)
    for words, parameter in parameters()
    if isinstance(parameter, click.Option) and not parameter.is_flag and not parameter.count
    for option in parameter.opts
]
ARGUMENTS = sorted({words for words, one in parameters() if isinstance(one, click.Argument)})


def refused(*words: str) -> str:
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 2, (words, done.output)
    assert "empty" in done.output
    return done.output


def test_every_option_of_every_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert len(TAKING) > 150, "all commands were looked at"
    for words, option in TAKING:
        for value in ("", " ", "\t"):
            assert f"{option} is empty" in refused(*words, option, value)
        assert f"{option} is empty" in refused(*words, f"{option}=")
    assert list(tmp_path.iterdir()) == []


def test_every_argument_of_every_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`practice contents ""` was the folder that one is in."""
    monkeypatch.chdir(tmp_path)
    assert ("practice", "contents") in ARGUMENTS and ("restore",) in ARGUMENTS
    for words in ARGUMENTS:
        assert f"after {words[-1]}" in refused(*words, "")
        refused(*words, "first", "")
    assert list(tmp_path.iterdir()) == []


def test_before_a_command_too() -> None:
    assert "--practice is empty" in refused("--practice", "", "backup")
    assert "--practice is empty" in refused("--practice=", "backup", "--json")


@pytest.mark.parametrize("name", [*NEVER_EMPTY, "PRYV_TUI_PATIENCE", "PRYV_TUI_NO_SUCH_THING"])
@pytest.mark.parametrize("practice", [None, "/srv/practice"])
def test_every_variable_that_says_what_is_meant(name: str, practice: str | None) -> None:
    for value in ("", " "):
        with pytest.raises(PryvTuiError, match=f"{name} is empty") as caught:
            resolve_settings(practice=practice, environment={name: value})
        assert caught.value.exit == 2


@pytest.mark.parametrize("name", [*PLACES, *PASSWORDS, *FILES])
def test_restic_s_own_variables(name: str) -> None:
    """An empty one beside another that is filled is a script's mistake."""
    good = {"RESTIC_PASSWORD": "word", "RESTIC_REPOSITORY": "/srv/restic"}
    check_environment("", good)
    with pytest.raises(PryvTuiError, match=f"{name} is empty"):
        check_environment("", {**good, name: ""})


def test_what_means_no_by_being_empty_may_be() -> None:
    """https://no-color.org, and Docker's switches for TLS."""
    none = {"NO_COLOR": "", "DOCKER_TLS": "", "DOCKER_TLS_VERIFY": ""}
    assert resolve_settings(environment=none) == resolve_settings(environment={})


def test_given_a_value_or_taken_away_it_is_none() -> None:
    with pytest.raises(PryvTuiError) as caught:
        resolve_settings(environment={"DOCKER_HOST": ""})
    assert caught.value.remedy.endswith("unset DOCKER_HOST")
    assert resolve_settings(environment={}).hosts[0].docker is None
    found = resolve_settings(environment={"DOCKER_HOST": "tcp://10.0.0.7:2376"})
    assert found.hosts[0].docker == "tcp://10.0.0.7:2376"
