"""`drill run`, `stop`, `watch`: a disaster played as a scenario."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pryv_tui.cli.base.options import (
    Seconds,
    everywhere,
    is_quiet,
    json_option,
    quiet_option,
    run_options,
    settings,
)
from pryv_tui.cli.base.output import print_json, reason, result_stands, say
from pryv_tui.cli.base.streams import somebody_was_here
from pryv_tui.cli.drills.sandboxes import drill_a_set
from pryv_tui.drills.findings import reminders
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import refuse_open_state

if TYPE_CHECKING:
    from pryv_tui.drills.playing.drill import Mode


@click.command()
@click.argument("set_name", metavar="[SET]", required=False)
@click.option(
    "--depth",
    type=click.Choice(["data", "services"]),
    default="data",
    help="What the sandbox starts: the databases alone, or also the services that use them.",
)
@click.option(
    "--sandbox", metavar="DIR", help="Where to make the sandbox [default: below the state folder]."
)
@click.option(
    "--wait",
    type=Seconds(none=True),
    metavar="DURATION",
    help="How long to wait at most (30m, 2h) until no other run is using the platform and the"
    " machine has room; 0: not at all. Started by a timer, it waits by itself (drill_wait of"
    " the configuration, 30m).",
)
@click.option(
    "--scenario", metavar="NAME", help="The scenario to play; `drill scenarios` lists them."
)
@click.option("--walk-through", is_flag=True, help="Show the same pages, but execute nothing.")
@click.option(
    "--answers",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Read the answers from FILE instead of a person: on each line an option's id, or hint,"
    " or note TEXT.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    help="A number that chooses the accounts and the order of the options.",
)
@run_options
@everywhere
def run(
    set_name: str | None,
    depth: str,
    sandbox: str | None,
    wait: float | None,
    scenario: str | None,
    walk_through: bool,
    answers: Path | None,
    seed: int | None,
    as_json: bool,
    detach: bool,
) -> None:
    """Restore a set (the latest) in a sandbox, compare it with the set, and remove the sandbox:
    nothing of the platform is stopped or changed.

    With --scenario: play a scenario on a throw-away practice platform; if it is already open, go on
    with it.
    """
    if not as_json:
        for line in reminders(settings()):
            say(line)
    if scenario is None and not (walk_through or answers or seed is not None):
        drill_a_set(set_name or "latest", depth, sandbox, wait=wait, as_json=as_json, detach=detach)
        return
    if scenario is None:
        raise PryvTuiError(
            "usage", "which scenario?", "To see the scenarios: pryv-tui drill scenarios"
        )
    of_a_set = (set_name, sandbox, wait)
    if any(one is not None for one in of_a_set) or detach or depth != "data":
        raise PryvTuiError(
            "usage",
            "a scenario is played on a platform of its own: it takes no set, no --sandbox, no"
            " --depth, no --wait and no --detach",
            "Omit them, or --scenario.",
        )
    _play(scenario, answers, seed, walk_through=walk_through, as_json=as_json)


def _play(
    scenario: str, answers: Path | None, seed: int | None, *, walk_through: bool, as_json: bool
) -> None:
    from pryv_tui.cli.base.playing import Answers, Typed, debrief, ended, play
    from pryv_tui.drills.playing.drill import begin, need_scenario, open_drill, opened

    chosen = settings()
    refuse_open_state(chosen)
    need_scenario(chosen, scenario)
    if answers is None and not somebody_was_here():
        raise PryvTuiError(
            "no-terminal",
            "a scenario asks questions, and there is no terminal to answer at",
            "Give the answers in a file: --answers FILE",
        )
    given = Answers.of_file(answers) if answers is not None else Typed()
    current = opened(chosen)
    played = open_drill(chosen, current) if current is not None else None
    if played is None or played.scenario.name != scenario:
        # Raises where another scenario is open.
        mode: Mode = "walk-through" if walk_through else "scenario"
        played = begin(chosen, scenario, mode=mode, seed=seed)
    elif not as_json:
        say(f"The drill {played.id} is open: going on where it was left.")
    with played.acting():
        further = (
            f"Continue it: pryv-tui drill run --scenario {scenario}; or end it early: pryv-tui"
            " drill stop"
        )
        try:
            over = play(played, given, told=not as_json and not is_quiet())
        except PryvTuiError as error:
            if error.name != "usage":
                raise
            at = played.page().state.at
            raise PryvTuiError(
                error.name, f"{error.what}; the drill {played.id} stays open at {at!r}", further
            ) from error
        if not over:
            raise PryvTuiError(
                "cancelled",
                f"the drill {played.id} stays open at {played.page().state.at!r}",
                further,
            )
        if answers is None:
            try:
                debrief(played, told=not as_json)
            except click.Abort:
                raise PryvTuiError(
                    "cancelled",
                    f"the drill {played.id} stays open in its debrief; the answers given until"
                    " then are kept",
                    further,
                ) from None
        filed = played.close()
    result_stands()
    code = ended(played, filed, as_json=as_json, debriefed=answers is None)
    if code:
        reason(f"the drill {played.id} ended: {filed.record.outcome}", said=True)
    sys.exit(code)


@click.command()
@click.argument("words", metavar="[WHY]...", nargs=-1)
@quiet_option
@json_option
@everywhere
def stop(words: tuple[str, ...], as_json: bool) -> None:
    """End the open scenario early: its platform is removed, and what happened so far goes on
    record."""
    from pryv_tui.drills.noting.written import kept_words
    from pryv_tui.drills.playing.drill import acting_in, close_in, opened
    from pryv_tui.drills.words import stopped_in_json

    chosen = settings()
    refuse_open_state(chosen)
    current = opened(chosen)
    if current is None:
        raise _none_open(chosen)
    folder = Path(current.folder)
    with acting_in(folder):
        filed = close_in(chosen, folder, " ".join(words))
    result_stands()
    left = kept_words(chosen, filed.record.id, *filed.record.outcome_why, later="never")
    if as_json:
        print_json(stopped_in_json(filed))
    else:
        say(f"{filed.record.outcome}: {filed.folder / 'record.json'}")
    if left:
        say(left, err=as_json)


def _none_open(chosen: Settings) -> PryvTuiError:
    """Return the error that no scenario is open. It names the running drill of a set, if there is
    one."""
    from pryv_tui.drills.noting.under_way import take_notes

    going = take_notes(chosen)
    if not going:
        way = "Earlier drills: pryv-tui drill list"
        return PryvTuiError("refused", "no scenario is open", way)
    drill = going[0].drill
    return PryvTuiError(
        "refused",
        f"no scenario is open: the drill {drill}, which is running, restores a set",
        f"Follow it: pryv-tui attach {drill}; write what you see into it: pryv-tui drill watch"
        f" --note TEXT; or end it: pryv-tui cancel {drill}",
    )


@click.command()
@click.option("--facilitator", is_flag=True, help="Also show the hints and what comes next.")
@click.option("--note", "text", metavar="TEXT", help="Write what you see into the drill's journal.")
@json_option
@everywhere
def watch(facilitator: bool, text: str | None, as_json: bool) -> None:
    """Look at the scenario that somebody else is playing: where it is, and what was done so far.
    With --note, write into its journal; if no scenario is open, into that of the running drill
    of a set."""
    from pryv_tui.cli.base.playing import look_on
    from pryv_tui.drills.noting.under_way import note_into, noted_in_json, take_notes
    from pryv_tui.drills.playing.drill import open_drill, opened
    from pryv_tui.drills.playing.words import in_json

    chosen = settings()
    refuse_open_state(chosen)
    current = opened(chosen)
    if current is None:
        going = take_notes(chosen)
        if text is None or facilitator or not going:
            raise _none_open(chosen)
        said = note_into(chosen, going[0], text)
        result_stands()
        if as_json:
            print_json(noted_in_json(chosen, going[0]))
        say(said, err=as_json)
        return
    played = open_drill(chosen, current)
    played.join("facilitator" if facilitator else "observer")
    if text is not None:
        say(played.note(text), err=True)
    if as_json:
        print_json(in_json(played.page(), facilitator=facilitator))
        return
    look_on(played.page(), facilitator=facilitator)


COMMANDS = (run, stop, watch)
