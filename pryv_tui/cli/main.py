"""The program: its commands, and the interface where none is given."""

from __future__ import annotations

import sys
from typing import Any

import click
import msgspec

from pryv_tui import __version__
from pryv_tui.cli.options import everywhere, settings
from pryv_tui.cli.output import fail
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.appearance import THEMES, VARIABLE


class Commands(click.Group):
    """A group whose errors are told in the words of the error table."""

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
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal.")
@click.option("--theme", type=click.Choice(THEMES), help=f"Colours of the interface ({VARIABLE}).")
@click.option(
    "--ascii/--glyphs",
    "ascii_only",
    default=None,
    help="Draw in ASCII alone, or with glyphs [default: as the locale has UTF-8 or not].",
)
@everywhere
def cli(no_mouse: bool, theme: str | None, ascii_only: bool | None) -> None:
    """Back up and restore a Pryv.io platform, and rehearse it.

    Without a command, the terminal interface opens.
    """
    context = click.get_current_context()
    if context.invoked_subcommand is not None:
        return
    # Handed in by the program's entry: the command line itself knows no interface.
    interface = context.ensure_object(dict)["interface"]
    chosen = msgspec.structs.replace(settings(theme=theme), ascii=ascii_only)
    sys.exit(interface(chosen, not no_mouse))


def _register() -> None:
    from pryv_tui.cli import audit, containers, look, practice, prune, repository, run

    for command in (
        *look.COMMANDS,
        *run.COMMANDS,
        *audit.COMMANDS,
        *prune.COMMANDS,
        *containers.COMMANDS,
        *repository.COMMANDS,
        practice.practice,
    ):
        cli.add_command(command)


_register()
