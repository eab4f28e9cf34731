"""Programs of a practice container that only answer a question; they run in the calling process.

A backup asks its stores dozens of questions, and a look at a platform nearly as many. An answer
takes less than a millisecond; starting a process for it takes ten times as long. A program that
works for a while, writes a file or can be ended half-way (a dump, a restore, a rewrite, a save)
gets its own process (`practice.machines.execution`).
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence

from pryv_tui.hosts.engine import OutputSink
from pryv_tui.practice.home import Home, Machine

_ASK = ("mongo", "influx", "redis-cli", "true", "bash", "getent", "curl")
_WORK = ("BGREWRITEAOF", "SAVE", "--RDB")
"""Arguments of `redis-cli` with which it does more than answer a question."""


def only_asks(tool: str, argv: Sequence[str]) -> bool:
    """Whether a tool with these arguments only gives an answer, at once."""
    return tool in _ASK and not any(word.upper() in _WORK for word in argv)


def answer(
    home: Home, machine: Machine, container: str, tool: str, argv: Sequence[str], tell: OutputSink
) -> int:
    """Run a tool in this process to get its answer. Return its exit code."""
    # Loaded here, since the tools import this package. A tool's own process loads them likewise.
    tools = importlib.import_module("pryv_tui.practice.tools.__main__")
    code: int = tools.answer(home, machine.name, container, tool, argv, tell)
    return code
