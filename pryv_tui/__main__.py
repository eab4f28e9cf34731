"""`pryv-tui` and `python -m pryv_tui`: the entry point of the command line and the interface."""

from __future__ import annotations

import sys

if __name__ == "__main__" and not sys.flags.safe_path and sys.path:
    # `python -m` searches the current folder first: anybody who can write there could make root run
    # their own `yaml.py`. So remove it before anything else is imported; PYTHONSAFEPATH does the
    # same for child processes. Python has already searched there for what `-m` itself needs, for
    # example `importlib`. The program `pryv-tui` never searches there.
    del sys.path[0]
    import os

    os.environ["PYTHONSAFEPATH"] = "1"

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pryv_tui.operations.settings.resolve import Settings


def open_interface(settings: Settings, mouse: bool) -> int:
    """Open the terminal interface. Return its exit code.

    Raises:
        PryvTuiError: `no-terminal`, there is no terminal that could show the interface.
    """
    import gc

    from pryv_tui.errors import PryvTuiError
    from pryv_tui.tui.terminal.probe import terminal_problem

    problem = terminal_problem()
    if problem is not None:
        raise PryvTuiError("no-terminal", problem)
    from pryv_tui.tui.app import run_interface

    # The interface runs for hours: collect garbage more often, but skip what is loaded now.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    return run_interface(settings, mouse=mouse)


def main() -> None:
    """Run the command line; without a command it opens the terminal interface."""
    import gc
    import os

    # What the imports load stays in memory, so do not search it for garbage while they run: no
    # command loads as much. With Python's own thresholds, each start takes a tenth longer.
    gc.set_threshold(150_000, 20, 20)
    from pryv_tui.cli.base.streams import exit_code, keep_to_utf8, prepare
    from pryv_tui.programs import look_in_named_folders, one_at_a_time

    one_at_a_time()
    keep_to_utf8()
    prepare()
    look_in_named_folders(os.environ)
    from pryv_tui.cli.main import cli

    context: dict[str, Any] = {"interface": open_interface}
    try:
        cli(prog_name="pryv-tui", obj=context)
    except SystemExit as ended:
        if not isinstance(ended.code, int | None):
            raise
        sys.exit(exit_code(ended.code or 0, context.get("result")))


if __name__ == "__main__":
    main()
