"""Commands typed without the run or the set that they need: print what could be meant, and do
nothing."""

from __future__ import annotations

from typing import NoReturn

from pryv_tui.cli.base.output import say
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.comparing.former import back_words, former_sets
from pryv_tui.operations.comparing.meant import meant
from pryv_tui.operations.comparing.theirs import told_apart
from pryv_tui.operations.lost.here import missing_here
from pryv_tui.operations.lost.words import lacking
from pryv_tui.operations.sets.known_vaults import look
from pryv_tui.operations.sets.no_set import way_to_one
from pryv_tui.operations.sets.own import newest_set, told_domain
from pryv_tui.operations.sets.way_back import confirmed
from pryv_tui.operations.site import Site
from pryv_tui.runs.planning.past import Journals
from pryv_tui.runs.record.chain import undoable
from pryv_tui.runs.record.history import RunRecord, all_runs, keeps_something
from pryv_tui.vault.sets import BackupSet

GOING_ON = ("starting", "running")


def going_on_needed(site: Site, command: str) -> NoReturn:
    """Refuse `cancel` or `attach` without a run: name the running runs, with the exact command.

    Raises:
        PryvTuiError: `usage`, always.
    """
    known = all_runs(site.state)
    busy = [record for record in known if record.state in GOING_ON]
    if busy:
        named = "; ".join(f"{_words(record)} is still running" for record in busy)
        _needs(command, "run", named, [record.id for record in busy])
    if command == "attach" and known:
        last = known[-1]
        named = f"none is running now; the last one is {_words(last)}, {last.outcome or last.state}"
        _needs(command, "run", named, [last.id])
    _needs(command, "run", "none is running now", [], "runs")


def undoable_needed(site: Site) -> NoReturn:
    """Refuse `undo` without a run: name the newest restore, else undo, that can be undone.

    Raises:
        PryvTuiError: `usage`, always.
    """
    every = undoable(site.state)
    restores = [one for one in every if one.kind == "restore"]
    found = next(reversed(restores or every), None)
    if found is None:
        _needs("undo", "run", "no restore can be undone now", [], "runs")
    from pryv_tui.operations.plans.undo import arguments_of

    here = site.discover()
    words = arguments_of(here, Journals(site, here).moved(found.id))
    what = f"the newest that can be undone is {_words(found)}"
    if not restores:
        what = f"no restore can be undone now; {_words(found)} can, since it moved something aside"
    _needs("undo", "run", what, [words])


def kept_needed(site: Site) -> NoReturn:
    """Refuse `release` without a run: name the runs whose moved content is still there.

    Raises:
        PryvTuiError: `usage`, always.
    """
    found = [one for one in reversed(all_runs(site.state)) if keeps_something(one)]
    if not found:
        _needs("release", "run", "nothing that a run moved aside is still there", [], "runs")
    named = f"what these moved aside is still there: {', '.join(_words(one) for one in found)}"
    _needs("release", "run", named, [one.id for one in found])


def typed_set(site: Site, name: str | None, command: str = "") -> BackupSet:
    """Return the set that was typed.

    For `latest`, print on stderr which set that is, if the operator has to know something about the
    choice.

    Args:
        command: the name of a command that may be typed without a set; its error then lists the
            sets that could be meant.

    Raises:
        PryvTuiError: `set-unknown`; `usage`: no set was typed.
    """
    if name is None:
        set_needed(site, command)
    told = meant(site, name)
    if told.note:
        say(told.note, err=True)
    return told.backup


def set_needed(site: Site, command: str) -> NoReturn:
    """Refuse `verify`, `audit` or `restore` without a set: name the newest set of this platform.

    Raises:
        PryvTuiError: `usage`, always; or errors of reading the vault.
    """
    sets = site.vault.sets()
    deployment = site.discover()
    apart = told_apart(site, deployment, sets)
    all_sets, sets = sets, apart.mine(sets)
    found = newest_set(sets, told_domain(deployment), practice=site.practice)
    live = ["--live"] if command == "audit" else []
    if found is None:
        doubted = look(site)
        if doubted is not None:
            what = f"{command} needs a set: {doubted.text}"
            raise PryvTuiError("set-unknown", what, doubted.remedy)
        way = way_to_one(site) if not all_sets else ""
        former = former_sets(site, deployment, sets)
        if former and command == "restore":
            there = "; ".join(one.words for one in former)
            _needs(command, "set", f"the vault has {there}", [], "", back_words(former))
        none = "the vault holds no complete set of this platform"
        if apart.others:
            _needs(command, "set", f"{none}: {apart.words}", live, "", apart.remedy)
        _needs(command, "set", none, live, "" if way else "list", way)
    roles = ", ".join(found.manifest.roles) if found.manifest else ""
    named, choices = f"the last one is {found.id} ({roles})", [found.id, *live]
    if command == "restore":
        # A whole command line, so that it can be run as it stands.
        choices = [confirmed(found)]
        missing = [
            one for one in missing_here(site, deployment, all_sets, apart=apart) if not one.meant
        ]
        for one in lacking(missing, found):
            if one.holder is None:
                named += f"; {one.named}: {one.had}. {one.held}"
                continue
            named += f"; {one.named}, not found here now: {one.which} holds {one.it}"
            choices = [*(choice.words for choice in one.way.choices), *choices]
    _needs(command, "set", named, choices)


def _words(record: RunRecord) -> str:
    return f"the {record.kind} {record.id}"


def _needs(
    command: str, what: str, named: str, choices: list[str], shown_by: str = "", way: str = ""
) -> NoReturn:
    """Raise `usage`, and name what could be meant.

    Args:
        named: what could be meant, in words.
        choices: the arguments that could be typed.
        shown_by: the command that lists them, if there are no choices.
        way: what to do if there is no such command either.
    """
    remedy = "; or: ".join(f"pryv-tui {command} {choice}" for choice in choices)
    raise PryvTuiError(
        "usage",
        f"{command} needs a {what}; {named}. Nothing was done",
        f"Write: {remedy}" if remedy else f"See them: pryv-tui {shown_by}" if shown_by else way,
    )
