"""Entry of every tool; its arguments: FOLDER HOST CONTAINER TOOL PROGRAM [ARG]…

PROGRAM is the tool as it was called, by name or by path.
"""

from __future__ import annotations

import gc
import importlib
import os
import socket
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from pryv_tui.decoding import Undecodable, decode_json
from pryv_tui.hosts.engine import OutputSink
from pryv_tui.practice.faults import Active
from pryv_tui.practice.home import Home
from pryv_tui.practice.nursery import born_of
from pryv_tui.practice.settings import Settings
from pryv_tui.practice.state import EngineRecord
from pryv_tui.practice.tools.context import Context

_MODULES = {
    "mongo": "mongo",
    "mongodump": "mongodump",
    "mongorestore": "mongorestore",
    "influxd": "influxd",
    "influx": "influx",
    "redis-cli": "redis_cli",
    "redis-check-aof": "redis_check_aof",
    "kill": "kill",
    "true": "true",
    "bash": "reaching",
    "getent": "reaching",
    "curl": "reaching",
}


def main(arguments: list[str]) -> int:
    """Run one tool; its exit code."""
    folder, host, container, tool, *argv = arguments
    context = Context(Home(Path(folder)), host, container, argv[1:])
    context.record(argv)
    return _run_of(tool)(context)


def _run_of(tool: str) -> Callable[[Context], int]:
    module = importlib.import_module(f"pryv_tui.practice.tools.{_MODULES[tool]}")
    run: Callable[[Context], int] = module.run
    return run


def answer(
    home: Home, host: str, container: str, tool: str, argv: Sequence[str], tell: OutputSink
) -> int:
    """Run a tool in this process, one that `practice.machines.questions` says may be; its exit
    code. What goes wrong in it is told as Python tells it of a program."""
    context = Context(home, host, container, argv[1:], tell)
    try:
        return _run_of(tool)(context)
    except Exception:
        context.err(traceback.format_exc())
        return 1


def serve(number: int) -> NoReturn:
    """Be forked for each tool that is asked for through a socket, by its number.

    `pryv_tui.practice.nursery` says how.
    """
    for name in _MODULES.values():
        importlib.import_module(f"pryv_tui.practice.tools.{name}")
    # What msgspec learns of a type takes it longer than any tool's work: learnt here, it is known
    # to each that is forked.
    for kind in (EngineRecord, Settings, Active):
        with suppress(Undecodable):
            decode_json(b"{}", kind)
    # Nor does any of them look for garbage among what was loaded here, which would copy it all.
    gc.collect()
    gc.freeze()
    words = born_of(socket.socket(fileno=number))
    code = main(words)
    # Nothing is left to do, and nobody may be left to read a complaint about a closed pipe.
    os._exit(code)
