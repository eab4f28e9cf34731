"""What is decided or spelled in one place of the program, and nowhere beside it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from pryv_tui import own_folder
from pryv_tui.clock import timestamp
from pryv_tui.operations import debts
from pryv_tui.platform.roles import ROLE_NAMES
from pryv_tui.practice import contents
from pryv_tui.vault import set_files
from pryv_tui.vault.set_files import FILES_NAME
from pryv_tui.vault.set_names import PARTIAL, REMOVING
from tests.helpers.parsed import PACKAGE, searches, trees, walked

pytestmark = searches


@cache
def program() -> dict[str, list[ast.AST]]:
    """All that each module is made of, by its path."""
    return {
        path.relative_to(PACKAGE).as_posix(): walked(tree)
        for path, tree in trees().items()
        if path.relative_to(PACKAGE).parts[0] != "practice"  # it stands for other machines
    }


@pytest.fixture(scope="module", autouse=True)
def let_go() -> Iterator[None]:
    """The lists are nothing for other tests to carry along."""
    yield
    said.cache_clear()
    program.cache_clear()


def calls(nodes: list[ast.AST]) -> Iterator[str]:
    """What is called, as it is written."""
    for node in nodes:
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Name):
                yield called.id
            elif isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
                yield f"{called.value.id}.{called.attr}"  # ten times as fast
            else:
                yield ast.unparse(called)


def test_one_clock_tells_the_time_of_day() -> None:
    asked = {"datetime.now", "datetime.utcnow", "datetime.datetime.now", "datetime.today"}
    asked |= {"time.time", "time.time_ns", "time.gmtime", "time.localtime"}
    found = {
        path
        for path, nodes in program().items()
        if asked & set(calls(nodes)) or {"time.time", "time.time_ns"} & others_names(nodes)
    }
    assert found == {"clock.py"}


def test_how_a_moment_is_written_into_a_name_is_said_once() -> None:
    assert spelled("%Y%m%dT", but=("clock.py", "operations/adopting/dumps.py")) == []
    assert spelled("%Y%m%dT", but=("clock.py",)), "as InfluxDB names the files of its dumps"


def test_the_names_of_runs_and_of_drills_folders_are_read_in_one_place() -> None:
    # Sets have names of another form. The others look for names of InfluxDB, or for any moment.
    moment = r"\\d\{8\}T|\\d\{4\}\)\(\\d\\d"
    others = (
        *("vault/set_names.py", "drills/privacy.py"),
        *("operations/adopting/dumps.py", "operations/steps/taking/prepare_dump.py"),
    )
    assert spelled(moment, but=("runs/record/request.py", *others)) == []
    assert spelled(moment, but=others), "the one place"
    assert spelled("^pryvdrill-", but=("operations/drilling/places.py",)) == []


def others_names(nodes: list[ast.AST]) -> set[str]:
    """What is imported from a module by its own name, as it would be called with the module's."""
    return {
        f"{node.module}.{each.name}"
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        for each in node.names
    }


def test_a_time_is_told_as_rfc_3339_to_whole_milliseconds_or_seconds() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 6789, UTC)
    assert timestamp(moment) == "2026-01-02T03:04:05.006Z"
    assert timestamp(moment, to="seconds") == "2026-01-02T03:04:05Z"
    assert timestamp(datetime(2026, 1, 2, tzinfo=UTC)) == "2026-01-02T00:00:00.000Z"


def constants(nodes: list[ast.AST]) -> Iterator[ast.Constant]:
    """Every constant that is no docstring."""
    words = {
        id(node.value)
        for node in nodes
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in nodes:
        if isinstance(node, ast.Constant) and id(node) not in words:
            yield node


@cache
def said() -> list[tuple[str, int, str]]:
    """Each string of the program: where it stands, and its text."""
    return [
        (path, node.lineno, value.decode("latin-1") if isinstance(value, bytes) else str(value))
        for path, nodes in program().items()
        for node in constants(nodes)
        for value in [node.value]
    ]


def spelled(pattern: str, *, but: tuple[str, ...]) -> list[str]:
    """Where a string of the program matches this, outside the modules that may say it."""
    wanted = re.compile(pattern)
    return [
        f"{path}:{line}: {text!r}"
        for path, line, text in said()
        if wanted.search(text) and path not in but
    ]


def test_what_lies_in_our_folder_is_named_in_one_module() -> None:
    assert spelled(r"\.pryv-tui", but=("own_folder.py",)) == []
    assert spelled(r"^restoring\.json$|(^|/)(aside|undone|dumps)/", but=("own_folder.py",)) == []
    parts = {own_folder.ASIDE, own_folder.UNDONE, own_folder.DUMPS, own_folder.DISKS}
    joined = [
        f"{path}:{node.lineno}"
        for path, nodes in program().items()
        for node in nodes
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)
        if isinstance(node.right, ast.Constant) and node.right.value in parts
    ]
    assert joined == []


def test_the_practice_platform_names_our_folder_as_the_program_does() -> None:
    assert contents._ASIDE.decode() == own_folder.NAME


def test_what_a_kind_of_debt_means_is_said_in_one_module() -> None:
    """No other module puts kinds together: it asks for those that touch a root, and so on."""
    kinds = set(get_args(debts.OwedKind))
    found = []
    for path, nodes in program().items():
        types = {id(node.slice) for node in nodes if isinstance(node, ast.Subscript)}
        for node in nodes:
            if id(node) in types:
                continue
            if isinstance(node, ast.Tuple | ast.List | ast.Set) and len(node.elts) > 1:
                said = {each.value for each in node.elts if isinstance(each, ast.Constant)}
                if len(said) == len(node.elts) and said <= kinds:
                    found.append((path, node.lineno))
    assert {path for path, _line in found} == {"operations/debts.py"}, found


def test_what_is_outstanding_is_reckoned_in_one_module() -> None:
    asked = [
        f"{path}: {ast.unparse(node)}"
        for path, nodes in program().items()
        for node in nodes
        if isinstance(node, ast.comprehension)
        and any(" not in " in text and "settled" in text for text in map(ast.unparse, node.ifs))
        and path != "operations/debts.py"
    ]
    assert asked == []


def test_the_kinds_of_debts() -> None:
    def owed(kind: debts.OwedKind) -> debts.Owed:
        return debts.Owed(kind=kind, host="h", what=f"of {kind}")

    every = [owed(kind) for kind in get_args(debts.OwedKind)]
    assert {one.kind for one in debts.of_roots(every)} == {"aside", "return"}
    assert debts.roots_changed(every) == {("h", "of aside"), ("h", "of return")}
    assert debts.containers_down(every) == {("h", "of start"), ("h", "of unpause")}
    assert debts.outstanding(every, every[1:]) == every[:1]
    assert debts.outstanding([], every) == []


SET_NAMES = {
    "vault/set_files.py": [
        name
        for constant, name in vars(set_files).items()
        if constant.isupper() and name != FILES_NAME  # a word like any other
    ],
    "vault/set_names.py": (PARTIAL, REMOVING),
}


def test_what_a_sets_files_are_called_is_said_once() -> None:
    for module, names in SET_NAMES.items():
        for name in names:
            assert spelled(rf"(?<![\w-]){re.escape(name)}(?![\w-])", but=(module,)) == []


def test_what_a_sets_folder_of_files_is_called_is_said_once() -> None:
    assert spelled(rf"(^|[ /\"']){FILES_NAME}/", but=()) == []
    joined = [
        f"{path}:{node.lineno}"
        for path, nodes in program().items()
        for node in nodes
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)
        if isinstance(node.right, ast.Constant) and node.right.value == FILES_NAME
    ]
    assert joined == []


def test_the_roles_are_listed_once_and_joined_by_nobody() -> None:
    every = set(ROLE_NAMES)
    lists = {
        path
        for path, nodes in program().items()
        for node in nodes
        if isinstance(node, ast.Tuple | ast.List | ast.Set | ast.Dict)
        for items in [node.keys if isinstance(node, ast.Dict) else node.elts]
        if every <= {each.value for each in items if isinstance(each, ast.Constant)}
    }
    assert lists == {"platform/roles.py"}
    split = {path for path, nodes in program().items() for text in joins(nodes)}
    assert split == {"platform/gap.py"}


def joins(nodes: list[ast.AST]) -> Iterator[str]:
    """What is joined or split by a plus."""
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            told = ast.unparse(node) if node.func.attr in ("join", "split") else ""
            yield from [told] if "'+'" in told else []


def test_whether_a_set_is_whole_is_decided_on_the_set() -> None:
    asked = {
        f"{path}:{node.lineno}"
        for path, nodes in program().items()
        for node in nodes
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Attribute)
        if node.left.attr == "state" and '"complete"' in ast.unparse(node).replace("'", '"')
        if path != "vault/sets.py"
    }
    assert asked == set()


STACK = re.compile(r"(?:push|pop|switch|install|uninstall)_(?:screen|mode)|push_screen_wait")
"""What changes which screen lies over which, as Textual calls it; a screen may close itself."""


def stacked(nodes: list[ast.AST]) -> Iterator[str]:
    """Where the screens over each other are changed: by a call, or by the name of an action."""
    for node in nodes:
        if isinstance(node, ast.Attribute) and STACK.fullmatch(node.attr):
            yield ast.unparse(node)
        if isinstance(node, ast.Constant) and STACK.search(str(node.value)):
            yield str(node.value)


def test_only_the_application_puts_screens_over_each_other() -> None:
    found = {path for path, nodes in program().items() for _ in stacked(nodes)}
    assert found == {"tui/app.py"}


@pytest.mark.parametrize(
    "line",
    [
        "self.app.push_screen(dialog, answered)",
        "await page.app.push_screen_wait(Confirm(desk))",
        "show = app.push_screen",
        "Binding('x', 'app.pop_screen', 'Back')",
        "self.app.switch_screen(page)",
    ],
)
def test_each_way_to_do_it_is_seen(line: str) -> None:
    assert list(stacked(list(ast.walk(ast.parse(line)))))


def test_closing_oneself_is_no_such_way() -> None:
    assert not list(stacked(list(ast.walk(ast.parse("self.dismiss(True); self.app.exit(0)")))))


def test_no_screen_imports_another_wherever_it_does_it() -> None:
    """Also not for its types alone, which the import contracts leave out."""
    found = [
        f"{path}: {ast.unparse(node)}"
        for path, nodes in program().items()
        if path.startswith(("tui/screens/", "tui/flows/", "tui/base/"))
        for node in nodes
        if (isinstance(node, ast.ImportFrom) and "tui.screens" in (node.module or ""))
        or (isinstance(node, ast.Import) and any("tui.screens" in a.name for a in node.names))
    ]
    assert found == []


SLEEPS = {
    "fuzz/planted.py": "a program that hangs, to be found",
    "kill/killing.py": "kills come at a random moment; what follows has a deadline of its own",
    "real/standins/bench.py": "as `waiting`, for what may also raise",
    "real/testbed/platform.py": "as `waiting`, for what may also raise",
    "real/pausing.py": "a worker that stays for a while where nobody comes",
    "real/images/app/standin_app.py": "stands alone in its image",
    "real/images/mongodb/standin_mongo/console.py": "stands alone in its image",
    "real/images/mongodb/standin_mongo/wire.py": "stands alone in its image",
    "helpers/waiting.py": "waits for a thing",
}
"""Where a test may sleep, and why."""


def test_tests_wait_for_things_in_one_place() -> None:
    tests = Path(__file__).parents[1]
    found = {
        path.relative_to(tests).as_posix()
        for path in tests.rglob("*.py")
        if path != Path(__file__)
        if re.search(
            r"\b(?:time|asyncio)\.sleep\(|from time import .*sleep", path.read_text("utf-8")
        )
    }
    assert found == set(SLEEPS)
