"""A drill where no set can be drilled: what is said leads to one that can."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from pryv_tui.cli.main import cli
from pryv_tui.drills.waiting import waiting_for
from pryv_tui.operations.sets.no_set import way_to_one
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.site import open_site
from pryv_tui.practice.platform import PracticePlatform
from tests.helpers import copied


class Ruined:
    """A platform of which each set is spoilt in one way."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "platform"
        copied.with_set(self.folder, users=1, attachments=1)

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
    assert done.exit_code == 2 and "To see the sets of this vault: pryv-tui " in done.stderr
    unreadable(ruined)
    done = ruined.type("drill", "run", "2020")
    assert done.exit_code == 2 and "Take one:" in done.stderr


WAYS = (
    ("drill", "run"),
    ("restore", "latest"),
    ("restore",),
    ("verify", "latest"),
    ("verify",),
)


@pytest.mark.parametrize("words", WAYS)
def test_without_any_set_the_way_out_is_no_empty_list(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    ruined = Ruined(tmp_path)
    shutil.rmtree(ruined.sets[0])
    done = ruined.type(*words)
    told = done.stdout + done.stderr
    assert f"Take one: pryv-tui --practice {ruined.folder} backup" in told
    assert f"{ruined.folder} list" not in told
    PracticePlatform.open(ruined.folder).wipe("all")
    done = ruined.type(*words)
    told = done.stdout + done.stderr
    # Nothing is there any more that a backup could take: nobody is sent to take one.
    assert "Take one" not in told and f"{ruined.folder} list" not in told
    assert "--vault" in told and "adopt FOLDER" in told


def test_an_empty_list_asks_no_engine_and_sends_nobody_to_take_a_backup_of_nothing(
    tmp_path: Path,
) -> None:
    ruined = Ruined(tmp_path)
    shutil.rmtree(ruined.sets[0])
    told = ruined.type("list").stdout
    assert "If the platform is here, take a backup: pryv-tui --practice" in told


@pytest.mark.parametrize("spoil", [unreadable, unfinished, wrong])
def test_of_a_platform_that_is_lost_nobody_is_sent_to_take_a_backup(
    tmp_path: Path, spoil: Callable[[Ruined], None]
) -> None:
    ruined = Ruined(tmp_path)
    name = ruined.sets[0].name
    spoil(ruined)
    PracticePlatform.open(ruined.folder).wipe("all")
    for asked in ((), (name,)):
        done = ruined.type("drill", "run", *asked)
        assert done.exit_code in (2, 4), done.output
        assert f"{name} is " in done.stderr
        assert "Take one" not in done.stderr and "adopt FOLDER" in done.stderr


def test_what_does_not_answer_is_not_said_to_be_lost(tmp_path: Path) -> None:
    ruined = Ruined(tmp_path)
    shutil.rmtree(ruined.sets[0])
    site = open_site(resolve_settings(practice=str(ruined.folder), environment={}))
    (host,) = site.discover().hosts
    away = msgspec.structs.replace(
        site.discover(),
        hosts=(msgspec.structs.replace(host, roles=(), reachable=False, remedy="Start it: x"),),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site, "discover", lambda: away)
        assert way_to_one(site) == "Start it: x"
    assert way_to_one(site).startswith("Take one")


def test_what_was_refused_waits_for_nobody_s_signature(tmp_path: Path) -> None:
    ruined = Ruined(tmp_path)
    state = Path(f"{ruined.folder}-state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pryv_tui.cli.drills.sandboxes.need_place", lambda *_given: None)
        done = ruined.type("drill", "run", "--sandbox", str(tmp_path / "nowhere"))
    assert done.exit_code == 4 and "drill sign" not in done.output
    assert "drill report" in done.output
    assert "refused" in ruined.type("drill", "list").stdout
    for act in ("sign", "review"):
        assert waiting_for(state, act) == []
