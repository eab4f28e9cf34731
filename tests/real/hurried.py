"""The program with a shorter wait after each start: `python -m tests.real.hurried WORD…`.

A platform of the tests has no container that starts again and again, unless a test is about that;
register is asked before core starts and all are asked at the end, whatever this wait is. The wait
as everybody has it: `test_backup_disaster_restore_on_a_single_node`, `test_all_at_once.py` and
`test_crash_loop.py`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from pryv_tui.__main__ import main as program
from pryv_tui.cli.base import options
from pryv_tui.operations.settings.resolve import Settings, resolve_settings

SETTLE = 0.5


def hurried(settings: Settings) -> Settings:
    """The same settings with the shorter wait; a run keeps it in its request."""
    return msgspec.structs.replace(settings, settle=SETTLE)


def main() -> None:
    def resolve(**words: Any) -> Settings:
        return hurried(resolve_settings(**words))

    setattr(options, "resolve_settings", resolve)  # noqa: B010
    program()


if __name__ == "__main__":
    main()
