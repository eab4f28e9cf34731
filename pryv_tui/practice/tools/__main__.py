"""Entry point of every tool. Arguments: FOLDER HOST CONTAINER TOOL PROGRAM [ARG]…

PROGRAM is the tool's name or path as the caller gave it.
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
    """Run one tool. Return its exit code."""
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
    """Run a tool in this process, if `practice.machines.questions` allows that. Return its exit
    code. An exception is printed as a traceback with exit code 1, as by a separate program."""
    context = Context(home, host, container, argv[1:], tell)
    try:
        return _run_of(tool)(context)
    except Exception:
        context.err(traceback.format_exc())
        return 1


def serve(number: int) -> NoReturn:
    """Fork for each tool that is requested through the socket with this number.

    `pryv_tui.practice.nursery` explains how.
    """
    for name in _MODULES.values():
        importlib.import_module(f"pryv_tui.practice.tools.{name}")
    # msgspec needs longer to analyse a type than a tool needs for its work. Types that are analysed
    # here need no analysis in the forked processes.
    for kind in (EngineRecord, Settings, Active):
        with suppress(Undecodable):
            decode_json(b"{}", kind)
    # And the children must not collect garbage in what was loaded here: that would copy all of it.
    gc.collect()
    gc.freeze()
    words = born_of(socket.socket(fileno=number))
    code = main(words)
    # Exit at once: nothing is left to do, and an error about a closed pipe would have no reader.
    os._exit(code)
