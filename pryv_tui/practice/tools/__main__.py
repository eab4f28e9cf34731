"""Entry of every tool; its arguments: FOLDER HOST CONTAINER TOOL PROGRAM [ARG]…

PROGRAM is the tool as it was called, by name or by path.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from pryv_tui.practice.home import Home
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
}


def main(arguments: list[str]) -> int:
    """Run one tool; its exit code."""
    folder, host, container, tool, *argv = arguments
    context = Context(Home(Path(folder)), host, container, argv[1:])
    context.record(argv)
    module = importlib.import_module(f"pryv_tui.practice.tools.{_MODULES[tool]}")
    run: Callable[[Context], int] = module.run
    return run(context)


def begin() -> NoReturn:
    """Run the tool that the program's arguments name, and end."""
    code = main(sys.argv[1:])
    # Nothing is left to do, and nobody may be left to read a complaint about a closed pipe.
    os._exit(code)


if __name__ == "__main__":
    begin()
