"""Which programs of a practice container only ask, and their answers.

A backup asks its stores dozens of questions, and a look at a platform nearly as many. An answer is
there in less than a thousandth of a second, and a process for it takes ten times that: so these run
in the process that asks. What works for a while, writes a file or could be ended half-way (a dump,
a restore, a rewrite, a save) is a process of its own (`practice.machines.execution`).
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence

from pryv_tui.hosts.engine import OutputSink
from pryv_tui.practice.home import Home, Machine

_ASK = ("mongo", "influx", "redis-cli", "true", "bash", "getent", "curl")
_WORK = ("BGREWRITEAOF", "SAVE", "--RDB")
"""What of `redis-cli` is no question."""


def only_asks(tool: str, argv: Sequence[str]) -> bool:
    """Whether a tool, called like that, answers at once and is done."""
    return tool in _ASK and not any(word.upper() in _WORK for word in argv)


def answer(
    home: Home, machine: Machine, container: str, tool: str, argv: Sequence[str], tell: OutputSink
) -> int:
    """Have a tool answer in this process; its exit code."""
    # The tools stand on this folder: they are loaded when one is asked, as their own process does.
    tools = importlib.import_module("pryv_tui.practice.tools.__main__")
    code: int = tools.answer(home, machine.name, container, tool, argv, tell)
    return code
