"""What is said after a step that failed, done as it is said, on one practice platform."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.vault.copy import copy_tree
from tests.remedies.kit import refusal
from tests.remedies.shell import Said, Shell, commands_in, paste


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    return Shell.on_new(tmp_path_factory.mktemp("failed") / "platform")


@pytest.fixture
def shell(made: Shell) -> Iterator[Shell]:
    """Without any fault, before and after."""
    yield made
    made.platform.faults.clear()


def hint(said: Said, words: str) -> str:
    """The one line of what is next that begins like this."""
    (line,) = [one for one in said.out.splitlines() if one.strip(" -").startswith(words)]
    return line.strip(" -")


@pytest.mark.parametrize("fault", ["mongodump-short"])
def test_what_a_failed_backup_printed_is_shown_and_it_is_taken_again(
    shell: Shell, fault: str
) -> None:
    shell.platform.faults.set(fault)
    failed = shell.type("backup")
    assert failed.exit == 1
    shown, again = commands_in(hint(failed, "See what was printed: ") + ".")
    printed = paste(shown)
    assert "| " in printed.out and "mongodump" in printed.out
    shell.platform.faults.clear()
    assert paste(again).exit == 0


def test_a_failure_without_a_remedy_has_no_empty_line(capsys: pytest.CaptureFixture[str]) -> None:
    from pryv_tui.cli.output import fail

    for error, lines in (
        (PryvTuiError("check-failed", "x differs"), ["pryv-tui: x differs"]),
        (PryvTuiError("check-failed", "x", "Do y."), ["pryv-tui: x", "  Do y."]),
    ):
        with pytest.raises(SystemExit):
            fail(error)
        assert capsys.readouterr().err.splitlines() == lines
    assert PryvTuiError("check-failed", "x differs").told == "x differs."


def test_a_copy_that_would_hold_itself_goes_elsewhere(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "a").mkdir(parents=True)
    told = refusal(lambda: copy_tree(root, root / "a/vault"))
    assert told.remedy == "Name a vault outside of it with --vault."
    copy_tree(root, tmp_path / "vault")
    assert (tmp_path / "vault/a").is_dir()
