"""The program's commands; without a command, the interface."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click
import msgspec

from pryv_tui import __version__
from pryv_tui.cli.base.options import everywhere, settings
from pryv_tui.cli.base.output import fail
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.settings.appearance import THEMES, VARIABLE
from pryv_tui.operations.settings.place_names import need_filled_words

MODULES = {
    "look": ("status", "doctor", "plan", "list", "runs"),
    "verify": ("verify",),
    "run": ("backup", "restore", "undo", "release", "attach", "cancel", "recover"),
    "audit": ("audit",),
    "prune": ("prune",),
    "pin": ("pin", "unpin"),
    "accept": ("accept",),
    "incident": ("incident",),
    "drill": ("drill",),
    "report": ("report",),
    "containers": ("containers",),
    "repository": ("send", "fetch"),
    "adopt": ("adopt",),
    "practice": ("practice",),
}
"""The module of each command. It is loaded only when the command is called."""


class Commands(click.Group):
    """A group of commands that reports errors in the words of the error table."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(name for names in MODULES.values() for name in names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for module, names in MODULES.items():
            if cmd_name in names and cmd_name not in self.commands:
                for command in importlib.import_module(f"pryv_tui.cli.{module}").COMMANDS:
                    self.add_command(command)
        return super().get_command(ctx, cmd_name)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        # Checked for all commands before any option is parsed, so that no option type needs to.
        try:
            need_filled_words(args)
        except PryvTuiError as error:
            fail(error, as_json="--json" in args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except PryvTuiError as error:
            fail(error, as_json="--json" in sys.argv)


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="pryv-tui")
@click.option(
    "--no-mouse", is_flag=True, help="Leave the mouse to the terminal, to select text with it."
)
@click.option("--theme", type=click.Choice(THEMES), help=f"Colours of the interface ({VARIABLE}).")
@click.option(
    "--ascii/--glyphs",
    "ascii_only",
    default=None,
    help="Draw with ASCII characters alone, or with glyphs [default: glyphs if the locale is"
    " UTF-8].",
)
@everywhere
def cli(no_mouse: bool, theme: str | None, ascii_only: bool | None) -> None:
    """Back up and restore a Pryv.io platform, and rehearse it.

    Without a command, the terminal interface opens.
    """
    context = click.get_current_context()
    if context.invoked_subcommand is not None:
        return
    # Passed in by the entry point: the command line does not import the interface.
    interface = context.ensure_object(dict)["interface"]
    chosen = msgspec.structs.replace(settings(theme=theme), ascii=ascii_only)
    sys.exit(interface(chosen, not no_mouse))
