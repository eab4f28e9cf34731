"""The program with a shorter wait after each start: `python -m tests.real.hurried WORD…`.

A platform of the tests has no container that starts again and again, unless a test is about that;
register is asked before core starts and all are asked at the end, whatever this wait is. The wait
as everybody has it: `test_backup_disaster_restore_on_a_single_node`, `test_all_at_once.py` and
`test_crash_loop.py`.
"""

from __future__ import annotations

import importlib
from typing import Any, NoReturn

import msgspec

from pryv_tui.__main__ import main as program
from pryv_tui.cli.base import options
from pryv_tui.operations.settings.resolve import Settings, resolve_settings
from pryv_tui.practice.nursery import Nursery
from tests.helpers import forked

SETTLE = 0.5
_LATE = ("docker", "docker.tls", "pymongo", "platformdirs")
"""What the program loads when it asks an engine or a MongoDB: each command of these tests does."""
_CODE = (
    "import json, sys; sys.path[:] = json.loads(sys.argv.pop(1));"
    "from tests.real.hurried import serve; serve(int(sys.argv[1]), hurry={hurry})"
)
LOADED = Nursery(_CODE.format(hurry=True))
"""It is forked from this: to load the program and Docker's SDK takes half a second each time."""
PATIENT = Nursery(_CODE.format(hurry=False))
"""The program as everybody has it, forked as well."""


def hurried(settings: Settings) -> Settings:
    """The same settings with the shorter wait; a run keeps it in its request."""
    return msgspec.structs.replace(settings, settle=SETTLE)


def _hurry() -> None:
    def resolve(**words: Any) -> Settings:
        return hurried(resolve_settings(**words))

    setattr(options, "resolve_settings", resolve)  # noqa: B010


def serve(number: int, *, hurry: bool) -> NoReturn:
    """Be forked for each process that is asked for through a socket, by its number."""
    for name in ("pryv_tui.hosts.docker_engine", *_LATE):
        importlib.import_module(name)
    if hurry:
        _hurry()
    forked.serve(number)


def main() -> None:
    _hurry()
    program()


if __name__ == "__main__":
    main()
