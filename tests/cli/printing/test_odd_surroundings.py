"""Arguments that are no text, a user without a home, a umask that takes nothing away."""

from __future__ import annotations

import os
import pwd
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pryv_tui.cli.main import cli
from pryv_tui.home import home, own_state
from pryv_tui.operations.guards.host import forbidden
from pryv_tui.operations.overview.first_start import practice_folder, remember_practice
from pryv_tui.operations.settings.resolve import resolve_settings
from tests.helpers import copied
from tests.journeys.program import Practice

ODD = os.fsdecode(b"odd\xff")


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Practice:
    folder = tmp_path_factory.mktemp("odd") / "platform"
    copied.new(folder, users=1, attachments=1)
    return Practice(folder)


@pytest.mark.parametrize(
    "words",
    [
        ("list", "--vault", f"/v/{ODD}"),
        ("list", "--state", f"/s/{ODD}"),
        ("doctor", "--root", f"/r/{ODD}"),
        ("backup", "--vault", f"restic:/v/{ODD}"),
        ("list", "--practice", f"/p/{ODD}"),
        ("practice", "create", f"/p/{ODD}"),
    ],
)
def test_a_path_that_is_no_text_is_refused_with_a_way_out(words: tuple[str, ...]) -> None:
    done = run(*words)
    assert done.exit_code == 2, done
    assert "odd\\xff" in done.stderr
    # A vault is not taken through a link, and a root is known by what is mounted.
    own = "--root" in words or "--vault" in words
    way = "a name that is text" if own else "a symbolic link that leads there is enough"
    assert way in done.stderr


@pytest.mark.parametrize("variable", ["PRYV_TUI_VAULT", "PRYV_TUI_STATE", "PRYV_CONF_ROOT"])
def test_so_it_is_in_the_environment(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, f"/x/{ODD}")
    done = run("list")
    assert (done.exit_code, "holds bytes that are not text" in done.stderr) == (2, True)


def test_and_where_the_working_folder_is_called_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ODD).mkdir()
    monkeypatch.chdir(tmp_path / ODD)
    assert run("list", "--vault", "here").exit_code == 2


def test_that_way_out_is_one(tmp_path: Path) -> None:
    (tmp_path / ODD).mkdir()
    (tmp_path / "text").symlink_to(tmp_path / ODD)
    done = run("list", "--vault", str(tmp_path / "text"), "--state", str(tmp_path / "state"))
    assert done.exit_code == 0


def test_a_file_whose_name_is_no_text_is_brought_back_as_the_refusal_says(
    practice: Practice, tmp_path: Path
) -> None:
    root = next((practice.folder / "hosts").iterdir()) / "root"
    (root / "pryv/core/data" / ODD).write_text("a letter")
    assert practice.run("backup").exit == 0
    words = ("--practice", str(practice.folder), "--to", str(tmp_path / "to"))
    done = run("restore", "latest", "--files", f"pryv/core/data/{ODD}", *words)
    assert done.exit_code == 2
    assert "Write a `?` for each of these bytes: --files 'pryv/core/data/odd?'" in done.stderr
    brought = practice.run(
        "restore", "latest", "--files", "pryv/core/data/odd?", "--to", tmp_path / "to"
    )
    assert brought.exit == 0, brought
    (host,) = (tmp_path / "to").iterdir()
    assert (host / "pryv/core/data" / ODD).read_text() == "a letter"
    (root / "pryv/core/data" / ODD).unlink()


@pytest.mark.parametrize(
    "words",
    [
        *[(one,) for one in ("verify", "attach", "undo", "restore", "audit", "cancel", "release")],
        ("accept",),
        ("accept", "--withdraw"),
        ("containers", "logs", "core", "--since"),
        ("backup", "--label"),
    ],
)
def test_a_name_that_is_no_text_is_unknown(practice: Practice, words: tuple[str, ...]) -> None:
    done = run(*words, ODD, "--practice", str(practice.folder))
    assert done.exit_code == 2, done
    assert "Traceback" not in done.output


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """No HOME, and no entry in the list of users; the folder that everything is done in."""
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)

    def nobody(_uid: int) -> pwd.struct_passwd:
        raise KeyError("uid not found")

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    assert not (tmp_path / "~").exists(), "a folder called `~`"


def test_without_a_home_there_is_no_folder_called_so(homeless: Path) -> None:
    assert home() is None
    assert own_state() is None
    assert not forbidden(homeless)
    assert forbidden(Path("/"))
    remember_practice(homeless / "platform")
    assert practice_folder().parent == homeless


@pytest.mark.parametrize("word", ["", "~", "here", "./here"])
def test_a_home_that_is_no_place_makes_no_folder_below_the_working_one(
    homeless: Path, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    """As a unit or a container may have it set."""
    monkeypatch.setenv("HOME", word)
    monkeypatch.setenv("XDG_STATE_HOME", word)
    for found in (home(), own_state()):
        assert found is None or (found.is_absolute() and homeless not in found.parents)
    assert run("list", "--state", str(homeless / "state")).exit_code in (0, 1, 2)
    assert {path.name for path in homeless.iterdir()} <= {"state"}


def test_a_user_without_a_home_names_where_runs_are_kept(
    homeless: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    monkeypatch.setattr(os, "access", lambda *_: False)
    done = run("list")
    assert done.exit_code == 2
    assert "Name a folder for runs with --state" in done.stderr
    settings = resolve_settings(state=str(homeless / "state"))
    assert settings.state == str(homeless / "state")


def test_doctor_and_backup_without_a_home(practice: Practice, homeless: Path) -> None:
    words = ("--practice", str(practice.folder))
    assert run("doctor", *words).exit_code in (0, 3)
    done = run("backup", *words)
    assert done.exit_code == 0, done


def test_a_umask_that_takes_nothing_away_opens_nothing(tmp_path: Path) -> None:
    """Sets hold keys and health data: what is made for them is closed by itself."""
    folder = tmp_path / "platform"
    copied.new(folder, users=1, attachments=1)
    program = [sys.executable, "-m", "pryv_tui"]
    done = subprocess.run(
        [*program, "backup", "--practice", str(folder)],
        umask=0,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done
    (made,) = (tmp_path / "platform-vault").glob("2*")
    files = next(made.glob("*/files"))
    ours = [tmp_path / "platform-vault", *(tmp_path / "platform-state").rglob("*"), made]
    ours += [path for path in made.rglob("*") if files not in path.parents and path != files]
    opened = [
        path for path in ours if not path.is_symlink() and stat.S_IMODE(path.stat().st_mode) & 0o022
    ]
    assert opened == [], "others may write there"
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
