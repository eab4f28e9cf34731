"""Programs of a practice container that only answer a question, run in the calling process.

A backup asks its stores dozens of questions, and a look at a platform nearly as many. An answer
takes less than a millisecond, a process for it ten times that. A program that works for a while,
writes a file or can be ended half-way (a dump, a restore, a rewrite, a save) gets a process of its
own (`practice.machines.execution`).
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence

from pryv_tui.hosts.engine import OutputSink
from pryv_tui.practice.home import Home, Machine

_ASK = ("mongo", "influx", "redis-cli", "true", "bash", "getent", "curl")
_WORK = ("BGREWRITEAOF", "SAVE", "--RDB")
"""Words of `redis-cli` that are not questions."""


def only_asks(tool: str, argv: Sequence[str]) -> bool:
    """Whether a tool with these arguments answers at once and is done."""
    return tool in _ASK and not any(word.upper() in _WORK for word in argv)


def answer(
    home: Home, machine: Machine, container: str, tool: str, argv: Sequence[str], tell: OutputSink
) -> int:
    """Have a tool answer in this process. Returns its exit code."""
    # Loaded here: the tools import this package. Their own process loads them in the same way.
    tools = importlib.import_module("pryv_tui.practice.tools.__main__")
    code: int = tools.answer(home, machine.name, container, tool, argv, tell)
    return code
