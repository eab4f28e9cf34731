"""A drill where no set can be drilled: what is said leads to one that can."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pryv_tui.cli.main import cli
from pryv_tui.practice.platform import PracticePlatform


class Ruined:
    """A platform of which each set is spoilt in one way."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "platform"
        PracticePlatform.create(self.folder, users=1, attachments=1)
        assert self.type("backup", "--quiet").exit_code == 0

    def type(self, *words: str) -> Result:
        return CliRunner().invoke(cli, [*words, "--practice", str(self.folder)])

    @property
    def sets(self) -> list[Path]:
        return [path.parent for path in (self.folder.parent / "platform-vault").glob("*/set.json")]


def unreadable(ruined: Ruined) -> None:
    (ruined.sets[0] / "set.json").write_text("x")


def unfinished(ruined: Ruined) -> None:
    ruined.sets[0].rename(f"{ruined.sets[0]}.partial")


def wrong(ruined: Ruined) -> None:
    """A file is another one than it was, and a check has found it."""
    path = next(one for one in ruined.sets[0].rglob("appendonly.aof*") if one.is_file())
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert ruined.type("verify", "latest").exit_code != 0


@pytest.mark.parametrize("spoil", [unreadable, unfinished, wrong])
def test_where_no_set_can_be_drilled_a_backup_is_the_way_out(
    tmp_path: Path, spoil: Callable[[Ruined], None]
) -> None:
    ruined = Ruined(tmp_path)
    name = ruined.sets[0].name
    spoil(ruined)
    for asked in ((), (name,)):
        done = ruined.type("drill", "run", *asked)
        assert done.exit_code in (2, 4), done.output
        assert f"{name} is " in done.stderr  # which one, and what is wrong with it
        assert f"Take one: pryv-tui --practice {ruined.folder} backup" in done.stderr
        assert " list" not in done.stderr
    if spoil is wrong:
        assert f"verify {name}" in ruined.type("drill", "run", name).stderr
    assert ruined.type("backup", "--quiet").exit_code in (0, 3)
    done = ruined.type("drill", "run", "--json")
    assert done.exit_code == 0, done.output
    end = json.loads(done.stdout.splitlines()[-1])
    assert end["outcome"] == "complete"
    # With one that can be drilled beside it, that is among those to choose from.
    again = ruined.type("drill", "run", name)
    assert "Choose a complete set: pryv-tui --practice" in again.stderr


def test_a_name_that_no_set_has_is_looked_up_where_one_can_be_drilled(tmp_path: Path) -> None:
    ruined = Ruined(tmp_path)
    done = ruined.type("drill", "run", "2020")
    assert done.exit_code == 2 and " list shows the sets of this vault" in done.stderr
    unreadable(ruined)
    done = ruined.type("drill", "run", "2020")
    assert done.exit_code == 2 and "Take one:" in done.stderr
