"""`adopt`: make a set from a backup that was made by hand."""

from __future__ import annotations

from pathlib import Path

import click

from pryv_tui.cli.base.options import everywhere, run_options, settings, site
from pryv_tui.cli.base.output import say
from pryv_tui.cli.base.watching import say_before, watch
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.adopting.folder import AdoptChoices
from pryv_tui.runs.planning.request import plan_adopt
from pryv_tui.runs.start import start_run

STORES = ("mongodb", "influxdb")


@click.command()
@click.argument("folder", metavar="FOLDER")
@click.option("--label", default="", help="A word to add to the set's name.")
@click.option(
    "--dump",
    "dumps",
    multiple=True,
    metavar="STORE=DIR",
    help="The folder of a dump of mongodb or influxdb, if it is not in FOLDER; may be given twice.",
)
@click.option(
    "--without",
    multiple=True,
    type=click.Choice(["influxdb"]),
    help="No dump of this store exists: its data will not be in the set.",
)
@click.option(
    "--taken",
    default="",
    metavar="TIME",
    help="When the backup was made [default: taken from its files].",
)
@click.option(
    "--domain",
    "of",
    default="",
    help="The platform's domain, if the backup does not name it.",
)
@run_options
@everywhere
def adopt(
    folder: str,
    label: str,
    dumps: tuple[str, ...],
    without: tuple[str, ...],
    taken: str,
    of: str,
    as_json: bool,
    detach: bool,
) -> None:
    """Make a set from a backup that was made by hand, following the vendor's guide."""
    choices = AdoptChoices(
        folder=str(Path(folder).absolute()) if folder.strip() else folder,
        dumps=dict(_dump(text) for text in dumps),
        without=without,
        taken=taken,
        domain=of,
    )
    where = site()
    # Planned once here, so that what can't be done is reported before a run is started.
    made = plan_adopt(where, where.discover(), choices, label=label)
    if not as_json:
        say_before(f"Make the set {made.set_id}:", made, detach=detach)
        for line in made.notice:
            say(f"  {line}", err=detach)
    record = start_run(settings(), "adopt", adopt=choices, label=label)
    watch(record, as_json=as_json, detach=detach)


def _dump(text: str) -> tuple[str, str]:
    store, equals, place = text.partition("=")
    if store not in STORES or not equals or not place.strip():
        raise PryvTuiError(
            "usage",
            f"--dump {text!r} does not name a store and a folder",
            "Such as --dump mongodb=/backup/mongodb",
        )
    return store, str(Path(place).absolute())


COMMANDS = (adopt,)
