"""The practice platform's commands: create one, let it grow, look into it, break it."""

from __future__ import annotations

import contextlib
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pryv_tui.cli.base.options import json_option
from pryv_tui.cli.base.output import echo, print_json, result_stands, table
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.overview.first_start import remember_practice
from pryv_tui.operations.settings import place_names
from pryv_tui.phrases import counted

if TYPE_CHECKING:
    from pryv_tui.operations.site import Site
    from pryv_tui.practice.platform import PracticePlatform


@click.group()
def practice() -> None:
    """Use an embedded platform without Docker: to learn, to rehearse, to break things."""


def _on(platform: PracticePlatform) -> str:
    """Return the program's command line for a practice platform, to be pasted anywhere."""
    return shlex.join(["pryv-tui", "--practice", str(platform.folder)])


folder_argument = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))


@practice.command()
@folder_argument
@click.option("--form", type=click.Choice(["single-node", "cluster"]), default="single-node")
@click.option("--users", type=click.IntRange(0), default=8, show_default=True)
@click.option("--attachments", type=click.IntRange(0), default=24, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option(
    "--pace",
    type=click.FloatRange(0),
    default=0.0,
    metavar="SECONDS",
    help="How long each store takes.",
)
def create(folder: Path, form: str, users: int, attachments: int, seed: int, pace: float) -> None:
    """Make a practice platform in DIR."""
    result_stands()
    from pryv_tui.operations.settings.resolve import BY_A_LINK, need_text
    from pryv_tui.practice.platform import PracticePlatform

    need_text("the practice platform", str(folder.absolute()), BY_A_LINK)
    made = PracticePlatform.create(
        Path(place_names.folder(str(folder), "DIR")),
        form=form,  # type: ignore[arg-type]
        users=users,
        attachments=attachments,
        seed=seed,
        pace=pace,
    )
    remember_practice(made.folder)
    echo(f"PRACTICE platform {made.domain} ({made.form}) in {folder}")
    echo(f"Look at it: {_on(made)}")


@practice.command()
@folder_argument
@click.option("--users", type=click.IntRange(0), default=0)
@click.option("--attachments", type=click.IntRange(0), default=0)
@click.option("--points", type=click.IntRange(0), default=0)
@click.option(
    "--elsewhere",
    type=click.IntRange(0),
    default=0,
    help="Also make this many accounts on another core of the platform, on a machine that is not"
    " here.",
)
def grow(folder: Path, users: int, attachments: int, points: int, elsewhere: int) -> None:
    """Add what users would: new accounts, files, high-frequency points."""
    result_stands()
    from pryv_tui.practice.harm.silent import sign_up_elsewhere
    from pryv_tui.practice.platform import PracticePlatform
    from pryv_tui.practice.simulated import amount_words

    amounts = {"users": users, "attachments": attachments, "points": points}
    platform = PracticePlatform.open(folder)
    if elsewhere:
        platform.may_grow(users=elsewhere)
    if any(amounts.values()) or not elsewhere:
        platform.grow(**amounts)
        echo(f"Made: {amount_words(amounts)}.")
    if elsewhere:
        sign_up_elsewhere(folder, elsewhere)
        echo(f"Made on another core: {amount_words({'users': elsewhere})}.")


@practice.command()
@folder_argument
@json_option
def contents(folder: Path, as_json: bool) -> None:
    """Show what the practice platform holds now."""
    from pryv_tui.practice.platform import PracticePlatform

    found = PracticePlatform.open(folder).contents()
    if as_json:
        print_json(found)
        return
    for store, holds in found.items():
        echo(f"{store}: {holds}")


@practice.command()
@folder_argument
@click.argument("role")
def wipe(folder: Path, role: str) -> None:
    """Play a disaster: lose a role's containers and folders."""
    result_stands()
    from pryv_tui.practice.platform import PracticePlatform

    platform = PracticePlatform.open(folder)
    _note_roles(platform)
    platform.wipe(role)
    echo(f"{role} is gone. {_way_back(platform, role)}")


def _note_roles(platform: PracticePlatform) -> None:
    """Record which roles are here before one is lost, as a look at the platform does."""
    from pryv_tui.operations.lost.seen import note_roles
    from pryv_tui.operations.settings.resolve import resolve_settings
    from pryv_tui.operations.site import open_site
    from pryv_tui.runs.now import holds_now
    from pryv_tui.runs.on_disk import half_roots

    with contextlib.suppress(PryvTuiError):
        site = open_site(resolve_settings(practice=str(platform.folder), environment={}))
        found = site.discover()
        if holds_now(site) is None and not half_roots(found):
            note_roles(site, found)


def _way_back(platform: PracticePlatform, role: str) -> str:
    """Return how a lost role can be brought back, in sentences, or that no set contains it."""
    from pryv_tui.operations.commands import completed
    from pryv_tui.operations.settings.resolve import resolve_settings
    from pryv_tui.operations.site import open_site

    given = ("--practice", str(platform.folder))
    try:
        site = open_site(resolve_settings(practice=str(platform.folder), environment={}))
        return completed(_way_in(site, role), given)
    except PryvTuiError as error:
        return completed(f"It is not known how to bring it back: {error.told}", given)


def _way_in(site: Site, role: str) -> str:
    """Return how a lost role can be brought back, with commands that do not name the platform
    yet."""
    from pryv_tui.operations.comparing.former import (
        back_words,
        former_sets,
        none_words,
    )
    from pryv_tui.operations.comparing.theirs import mine
    from pryv_tui.operations.lost.here import OTHER_VAULT, missing_here
    from pryv_tui.operations.lost.words import alarm_words
    from pryv_tui.operations.sets.missing_roles import everything_lost
    from pryv_tui.operations.sets.own import own_sets, told_domain
    from pryv_tui.operations.sets.way_back import way_back
    from pryv_tui.runs.now import holds_now

    sets, found, busy = site.vault.sets(), site.discover(), holds_now(site)
    ways = [remedy for _, remedy in everything_lost(found, sets, practice=True)]
    missing = missing_here(site, found, sets)
    ways = ways or [alarm_words(one)[1] for one in missing if one.holder is not None]
    if not ways:
        # No other role may show that this one is missing, so look for a set that holds it.
        own = own_sets(mine(site, found, sets), told_domain(found), practice=True)
        held = [one for one in own if one.manifest and role in one.manifest.roles]
        ways = [f"Bring it back: {way_back(found, one, [role]).words}" for one in held[-1:]]
    if ways:
        first = (
            f"Follow the {busy.kind} that is running: pryv-tui attach {busy.run}. " if busy else ""
        )
        return first + ("Then: " if busy else "") + " ".join(ways)
    if former := former_sets(site, found, sets):
        return f"{none_words(former)}. {back_words(former)}"
    back = [one.back for one in missing if one.holder is None and role in one.roles]
    return (
        f"{site.vault.name} has no set of this platform that brings it back."
        f" {(back or [f'Bring it back: {OTHER_VAULT}'])[0]}. To practise a restore, make another"
        " platform and take a backup first: pryv-tui practice create FOLDER"
    )


@practice.command()
@folder_argument
@click.argument("name")
@click.option(
    "--mount",
    "mounts",
    multiple=True,
    metavar="FOLDER[:ro]",
    help="Add a container that is not the platform's and has this folder of the root mounted; ."
    " is the whole root.",
)
@click.option("--rename", "new", metavar="NAME", help="Give this container another name.")
@click.option("--host", default="", metavar="NAME", help="The machine [default: the first].")
def container(folder: Path, name: str, mounts: tuple[str, ...], new: str | None, host: str) -> None:
    """Add a container that isn't the platform's, or rename one, as somebody might do by hand."""
    from pryv_tui.practice.platform import PracticePlatform

    platform = PracticePlatform.open(folder)
    if bool(mounts) == bool(new):
        raise PryvTuiError(
            "usage", "give either --mount or --rename", "pryv-tui practice container --help"
        )
    if new:
        platform.rename_container(name, new, host)
        echo(f"Renamed: {name} is called {new} now.")
    else:
        platform.add_container(name, mounts, host)
        echo(f"Added: {name} runs, with {counted(len(mounts), 'folder')} of the root mounted.")


@practice.command()
@folder_argument
@click.argument("fault", required=False)
@click.option("--list", "show", is_flag=True, help="List every fault there is.")
@click.option("--clear", is_flag=True, help="Remove every fault (or the named one).")
def fault(folder: Path, fault: str | None, show: bool, clear: bool) -> None:
    """Make something fail on demand, until it is cleared."""
    from pryv_tui.practice.faults import FAULTS
    from pryv_tui.practice.platform import PracticePlatform

    faults = PracticePlatform.open(folder).faults
    if show:
        active = faults.list()
        rows = [("fault", "in", "set", "what happens")]
        for kind in FAULTS.values():
            rows.append((kind.name, kind.where, "SET" if kind.name in active else "-", kind.what))
        table(rows)
    elif clear:
        faults.clear(fault)
        echo(f"Cleared: {fault or 'every fault'}.")
    elif fault:
        faults.set(fault)
        echo(
            f"Set: {fault}. It lasts until you clear it: pryv-tui practice fault"
            f" {shlex.quote(str(folder))} --clear"
        )
    else:
        raise PryvTuiError(
            "usage",
            "name a fault",
            shlex.join(["pryv-tui", "practice", "fault", str(folder), "--list"]),
        )


@practice.command()
@folder_argument
@click.argument("seconds", type=click.FloatRange(0))
def pace(folder: Path, seconds: float) -> None:
    """Set how long each store takes to dump and to restore, from now on."""
    from pryv_tui.practice.platform import PracticePlatform

    if PracticePlatform.open(folder).set_pace(seconds):
        echo(f"Each store takes {seconds:g} s from now on; what is running now keeps its pace.")
    else:
        echo(f"Each store takes {seconds:g} s already.")


@practice.command()
@folder_argument
def start(folder: Path) -> None:
    """Start the platform's engines again, as `systemctl start docker` does on a machine."""
    from pryv_tui.practice.platform import PracticePlatform

    PracticePlatform.open(folder).start_engines()
    echo("The engines answer again.")


@practice.command()
@folder_argument
@json_option
def simulated(folder: Path, as_json: bool) -> None:
    """Show what was done to the platform on purpose, when, and by whom."""
    from pryv_tui.practice.platform import PracticePlatform
    from pryv_tui.practice.simulated import read

    told = read(PracticePlatform.open(folder).folder)
    if as_json:
        print_json({"done": told.done, "unread": told.unread})
        return
    table([("when", "what", "who"), *((one.time, one.words, one.who.short) for one in told.done)])
    if told.unread:
        echo(f"{counted(told.unread, 'line')} of this record can't be read.")


COMMANDS = (practice,)
