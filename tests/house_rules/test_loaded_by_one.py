"""Modules that are loaded late, by screens and by looks in threads, come to each of them whole."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.helpers.parsed import PACKAGE, searches, trees, walked

THREADS = """
import importlib, sys, threading
from pryv_tui.programs import one_at_a_time
one_at_a_time()
import pryv_tui.tui.app, pryv_tui.tui.screens.overview

sys.setswitchinterval({interval})
wrong = []
orders = {orders!r}
begin = threading.Barrier(len(orders))

def load(names):
    begin.wait()
    for name in names:
        try:
            importlib.import_module(name)
        except Exception as error:
            wrong.append(f"{{name}}: {{error!r}}")

threads = [threading.Thread(target=load, args=(names,)) for names in orders]
[one.start() for one in threads]
[one.join() for one in threads]
sys.exit("; ".join(wrong) or 0)
"""
LOOK = "pryv_tui.operations.audit.whose"
"""What a look of the overview loads in its thread."""
RUN = "pryv_tui.tui.screens.run"
"""What Enter on a run loads meanwhile."""


@cache
def loaded_late() -> list[str]:
    """Our modules that a function loads, as a command, a screen or a look comes to it."""
    found = set()
    for tree in trees().values():
        for function in walked(tree):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                for node in ast.walk(function):
                    if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pryv"):
                        found.add(str(node.module))
    return sorted(found)


def in_threads(*orders: list[str], interval: float = 0.005) -> str:
    """What goes wrong where a thread each loads these in their order, in a process of its own."""
    code = THREADS.format(orders=orders, interval=interval)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    return done.stderr


def test_a_look_loads_what_it_needs_while_a_run_is_opened() -> None:
    assert in_threads([LOOK], [RUN]) == ""


@searches
@pytest.mark.parametrize("step", [3, 7])
def test_whatever_is_loaded_late_comes_whole_to_threads_that_load_it_at_once(step: int) -> None:
    """Each thread has an order of its own, so that many pairs meet."""
    names = loaded_late()
    assert {LOOK, "pryv_tui.tui.screens.run"} <= set(names)
    assert len(names) > 60
    mixed = [name for begin in range(step) for name in names[begin::step]]
    assert in_threads(names, names[::-1], mixed, mixed[::-1], interval=0.001) == ""


def test_a_child_of_a_fork_can_load_where_another_thread_was_loading() -> None:
    code = """
import os, sys, threading
from pathlib import Path
from pryv_tui.programs import one_at_a_time
one_at_a_time()
one_at_a_time()
thread = threading.Thread(target=lambda: __import__("pryv_tui.tui.app"))
thread.start()
child = os.fork()
if child == 0:
    import pryv_tui.operations.audit.whose
    os._exit(7)
thread.join()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=120)
    assert done.returncode == 7


def programs() -> list[Path]:
    """Our modules that are a process of their own."""
    return [one for one in PACKAGE.rglob("*.py") if '__name__ == "__main__"' in one.read_text()]


@pytest.mark.parametrize("program", programs(), ids=lambda one: str(one.relative_to(PACKAGE)))
def test_each_process_of_ours_loads_one_at_a_time(program: Path) -> None:
    """Then what is loaded late needs no care of its own, wherever it is written next."""
    calls = [
        node.func.id
        for node in ast.walk(ast.parse(program.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    assert "one_at_a_time" in calls


def test_the_interface_loads_one_at_a_time_whoever_opens_it() -> None:
    """By a line of Python as well, without the program before it: it calls it before the first
    look is taken."""
    (opened,) = [
        node
        for node in ast.parse((PACKAGE / "tui/app.py").read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name == "run_interface"
    ]
    calls = [
        node.func.id
        for node in ast.walk(opened)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    assert calls.index("one_at_a_time") < calls.index("Interface")


def test_the_processes_of_ours_are_found() -> None:
    assert len(programs()) == 4
