"""What is loaded when, and that the error table has no empty row.

Which layer may import which is declared in `pyproject.toml` and checked by import-linter; here the
program is started and asked what it really loaded.
"""

from __future__ import annotations

import ast
import importlib
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from pryv_tui import cli as cli_package
from pryv_tui.cli.main import MODULES
from pryv_tui.errors import ERRORS, Exit
from pryv_tui.practice.platform import PracticePlatform
from tests.helpers.parsed import PACKAGE, searches, trees, walked

HEAVY = ("textual", "docker")
MOST_LINES = 400
MOST_FILES = 16
NO_COMMANDS = ("__init__", "main")


def loaded(code: str, *words: str) -> set[str]:
    """The top packages that a fresh interpreter has loaded after this code."""
    return {module.partition(".")[0] for module in modules(code, *words)}


def modules(code: str, *words: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after this code."""
    report = "import sys; sys.stderr.write('LOADED ' + ' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}", *words],
        # What measures coverage would load itself, and be found here.
        env={k: v for k, v in os.environ.items() if not k.startswith("COVERAGE")},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith("LOADED ")
    return set(last.split()[1:])


def test_who_looks_at_runs_and_sets_loads_no_guards_and_nothing_that_makes_plans() -> None:
    """They are a quarter of what `status`, `list` and `runs` would load."""
    found = modules("import pryv_tui.cli.look")
    assert "pryv_tui.runs.recovery" in found
    assert not {
        name
        for name in found
        if re.match(r"pryv_tui\.operations\.(guards|plans|steps|comparing\.look)\b", name)
    }


@pytest.mark.parametrize(
    "module",
    [
        "pryv_tui.cli.main",
        "pryv_tui.cli.practice",
        "pryv_tui.runs.worker.process",
        "pryv_tui.operations.site",
        "pryv_tui.practice.platform",
        "pryv_tui.hosts.docker_engine",
    ],
)
def test_nothing_heavy_is_loaded_by_an_import(module: str) -> None:
    found = loaded(f"import {module}")
    assert "pryv_tui" in found
    assert not found & set(HEAVY)


def test_the_interface_is_textual_but_no_docker() -> None:
    found = loaded("import pryv_tui.tui.app")
    assert "textual" in found
    assert "docker" not in found


@pytest.mark.parametrize("command", ["status", "doctor", "list", "plan backup"])
def test_a_command_on_a_practice_platform_loads_neither(tmp_path: Path, command: str) -> None:
    PracticePlatform.create(tmp_path / "p", users=1, attachments=0)
    code = (
        "import sys\n"
        "from pryv_tui.cli.main import cli\n"
        "try:\n"
        "    cli(sys.argv[1:], prog_name='pryv-tui')\n"
        "except SystemExit as end:\n"
        "    assert end.code in (None, 0, 3), end.code\n"  # `status`: there is no set yet
    )
    found = loaded(code, *command.split(), "--practice", str(tmp_path / "p"))
    assert "pryv_tui" in found
    assert not found & set(HEAVY)


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_every_row_of_the_error_table_says_something(name: str) -> None:
    row = ERRORS[name]
    assert row.name == name
    assert row.meaning.strip().endswith(".")
    # Where it depends on what happened, the message says what to do, or a run's last word.
    # A command stands at the end without a full stop, which would be copied along with it.
    command = re.search(r": pryv-tui [a-z -]+(\.?)$", row.remedy.strip())
    assert not row.remedy or (not command[1] if command else row.remedy.strip().endswith("."))
    assert row.exit in set(Exit) - {Exit.DONE, Exit.WARNINGS}


def test_the_exit_codes_are_the_promised_ones() -> None:
    assert {code.name: int(code) for code in Exit} == {
        "DONE": 0,
        "FAILED": 1,
        "USAGE": 2,
        "WARNINGS": 3,
        "REFUSED": 4,
        "BUSY": 5,
        "CANCELLED": 130,
    }


def test_what_every_command_begins_with_knows_no_run_no_set_and_no_machine() -> None:
    """It is all that `--version` and a wrong word load."""
    found = modules("import pryv_tui.cli.main")
    assert "pryv_tui.cli.base.options" in found
    heavy = r"pryv_tui\.(runs|hosts|drills|incidents|formats|practice|vault\.(sets|vault|lists)|"
    heavy += r"operations\.(site|guards|plans|steps|stores|overview))\b|sqlite3|concurrent|difflib"
    assert sorted(name for name in found if re.match(heavy, name)) == []


def test_the_first_screen_loads_nothing_that_is_asked_for_by_a_key() -> None:
    found = modules("import pryv_tui.tui.app")
    assert "pryv_tui.tui.screens.overview" in found
    later = r"pryv_tui\.(operations\.(guards|plans|steps|stores|audit\.live)|vault\.copying|"
    later += r"drills\.(report|record\.(closing|gathering))|incidents\.(auditing|report\.naming)|"
    later += r"runs\.accepting)\b"
    assert sorted(name for name in found if re.match(later, name)) == []


SLOW = {"http", "ssl", "yaml", "bson", "tomllib"}
"""What would take a good part of a command's start; a platform is opened without it."""


@pytest.mark.parametrize("command", ["list", "runs"])
def test_what_a_command_does_not_need_is_not_loaded(tmp_path: Path, command: str) -> None:
    PracticePlatform.create(tmp_path / "p", users=1, attachments=0)
    code = (
        "import contextlib, sys\n"
        "from pryv_tui.cli.main import cli\n"
        "with contextlib.suppress(SystemExit):\n"
        "    cli(sys.argv[1:], prog_name='pryv-tui')\n"
    )
    assert not loaded(code, command, "--practice", str(tmp_path / "p")) & SLOW


def test_every_command_is_found_in_the_module_that_is_declared() -> None:
    found = {
        module: tuple(
            command.name for command in importlib.import_module(f"pryv_tui.cli.{module}").COMMANDS
        )
        for module in MODULES
    }
    assert found == MODULES
    folder = Path(cli_package.__file__).parent
    assert {path.stem for path in folder.glob("*.py")} == {*MODULES, *NO_COMMANDS}


@searches
def test_each_refusal_says_what_to_do() -> None:
    """The table's own remedy speaks of a check's line, and most refusals have none."""
    silent = []
    for path, tree in trees().items():
        for node in walked(tree):
            called = node.func if isinstance(node, ast.Call) else None
            if not isinstance(called, ast.Name) or called.id != "PryvTuiError":
                continue
            assert isinstance(node, ast.Call)
            named = isinstance(node.args[0], ast.Constant) and node.args[0].value == "refused"
            if named and len(node.args) + len(node.keywords) < 3:
                silent.append(f"{path.relative_to(PACKAGE)}: {ast.unparse(node)}")
    # A vault inside the root, or the other way round, is refused by a check long before.
    allowed = "vault/copying/walk.py: PryvTuiError('refused', what)"
    assert [one for one in silent if one != allowed] == []


def test_a_file_has_one_subject_and_a_folder_a_number_of_rooms_that_can_be_read() -> None:
    """Beyond that a reader no longer finds the one place where something is decided."""
    package = Path(cli_package.__file__).parents[1]
    # A style sheet lies beside the screen that it is for.
    sources = [path for path in package.rglob("*.*") if path.suffix in {".py", ".c", ".h"}]
    assert len(sources) > 400
    long = {
        str(path.relative_to(package)): lines
        for path in sources
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    }
    assert long == {}
    rooms = Counter(str(path.parent.relative_to(package)) for path in sources)
    assert {folder: count for folder, count in rooms.items() if count > MOST_FILES} == {}


def test_a_file_of_tests_has_one_subject_too_and_no_folder_of_them_is_crowded() -> None:
    project = Path(__file__).parents[2]
    below = [path for name in ("tests", "benchmarks") for path in (project / name).rglob("*.*")]
    sources = [path for path in below if path.suffix in {".py", ".sh"}]
    assert len(sources) > 500
    long = {
        str(path.relative_to(project)): lines
        for path in sources
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    }
    assert long == {}
    rooms = Counter(str(path.parent.relative_to(project)) for path in sources)
    assert {folder: count for folder, count in rooms.items() if count > MOST_FILES} == {}
