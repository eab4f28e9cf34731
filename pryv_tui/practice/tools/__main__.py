"""Entry of every tool; its arguments: FOLDER HOST CONTAINER TOOL PROGRAM [ARG]…

PROGRAM is the tool as it was called, by name or by path.
"""

from __future__ import annotations

import importlib
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from pryv_tui.practice.home import Home
from pryv_tui.practice.nursery import born_of
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
}


def main(arguments: list[str]) -> int:
    """Run one tool; its exit code."""
    folder, host, container, tool, *argv = arguments
    context = Context(Home(Path(folder)), host, container, argv[1:])
    context.record(argv)
    module = importlib.import_module(f"pryv_tui.practice.tools.{_MODULES[tool]}")
    run: Callable[[Context], int] = module.run
    return run(context)


def serve(number: int) -> NoReturn:
    """Be forked for each tool that is asked for through a socket, by its number.

    `pryv_tui.practice.nursery` says how.
    """
    for name in _MODULES.values():
        importlib.import_module(f"pryv_tui.practice.tools.{name}")
    words = born_of(socket.socket(fileno=number))
    code = main(words)
    # Nothing is left to do, and nobody may be left to read a complaint about a closed pipe.
    os._exit(code)
