"""Play a scenario at a terminal, with questions in plain text, or with answers from a file."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

import click

from pryv_tui.cli.base.asking import ask_findings
from pryv_tui.cli.base.output import echo, print_json, say
from pryv_tui.clock import utc_now
from pryv_tui.drills.files import Filed
from pryv_tui.drills.findings import Usual, usual
from pryv_tui.drills.playing import words
from pryv_tui.drills.playing.drill import Drill
from pryv_tui.drills.playing.page import Page
from pryv_tui.drills.words import next_steps
from pryv_tui.errors import Exit, PryvTuiError
from pryv_tui.incidents.events import CameTo
from pryv_tui.reading import LINE, read_whole
from pryv_tui.sanitize import one_line

WIDTH = 78
HINT, NOTE, LEAVE, COMMAND = "hint", "note", "leave", "command"
PROMPT = "Number (Enter: the one in > <, n TEXT: a note, q: leave, ?: more)"
_HELP = (
    "Type the number of an option; Enter takes the first in > <. h: a hint; c NUMBER: the exact"
    " command; n TEXT: write what you see; q: leave, and go on later."
)


class Answers:
    """Answers to a scenario's questions, one after the other."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines

    @classmethod
    def of_file(cls, path: Path) -> Answers:
        """Return the answers in a file: an option's id on each line, `hint`, or `note TEXT`.

        Raises:
            PryvTuiError: `usage`: the file can't be read.
        """
        try:
            text = read_whole(path, limit=LINE).decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise PryvTuiError(
                "usage",
                f"the file of answers {path} can't be read: {error}",
                "Write a file with the id of an option on each line.",
            ) from error
        wanted = (line.partition("#")[0].strip() for line in text.splitlines())
        return cls(iter([line for line in wanted if line]))

    def next(self, _page: Page) -> str | None:
        return next(self._lines, None)


class Typed(Answers):
    """Answers that somebody types at a terminal."""

    def __init__(self) -> None:
        super().__init__(iter(()))

    def next(self, page: Page) -> str | None:
        found = words.shown(page)
        while True:
            try:
                typed = click.prompt(PROMPT, default="", show_default=False).strip()
            except click.Abort:
                return None
            word, _, rest = typed.partition(" ")
            if not typed:
                return next(one.option.id for one in found if one.option.safe)
            if typed in ("q", LEAVE):
                return None
            if typed in ("h", HINT):
                return HINT
            if word in ("n", NOTE) and rest:
                return f"{NOTE} {rest}"
            number = rest if word in ("c", COMMAND) else typed
            if number.isascii() and number.isdigit() and 0 < int(number) <= len(found):
                chosen = found[int(number) - 1]
                if number is typed:
                    if chosen.option.safe or _sure(chosen):
                        return chosen.option.id
                    continue
                echo(f"    $ {chosen.command}" if chosen.command else "    No command does this.")
                continue
            _tell(_HELP)


def _sure(chosen: words.Shown) -> bool:
    """Whether a person confirms an option that is not the safe one. Its risk is shown first."""
    _tell(f"Risk: {chosen.option.risk}", "      ")
    _tell(f"Undo: {chosen.undo}", "      ")
    try:
        return click.confirm("Do you take it?")
    except click.Abort:
        return False


def play(drill: Drill, answers: Answers, *, told: bool) -> bool:
    """Play until the story or the answers end. Return whether the story came to its end.

    Args:
        told: whether to print the pages.
    """
    page = drill.settle(_step if told else _quiet)
    if told:
        _begin(page)
    while not page.state.over:
        if told:
            _page(page)
        answer = answers.next(page)
        if answer is None:
            return False
        word, _, rest = answer.partition(" ")
        if answer == HINT:
            drill.hint()
            page = drill.page()
            if told:
                for line in words.hints(page) or ["There is no (further) hint here."]:
                    _tell(line)
            continue
        if word == NOTE:
            said = drill.note(rest)
            if told:
                echo(said)
            continue
        drill.choose(answer)
        page = drill.settle(_step if told else _quiet)
        if told:
            _after(page)
    return True


def debrief(drill: Drill, *, told: bool) -> None:
    """Print how the scenario ended, then ask what went well and what did not.

    Findings are asked for one at a time, until nothing more is typed. Call this before the drill is
    closed.

    Raises:
        click.Abort: nobody answered; what was typed before is in the drill's journal.
    """
    if told:
        _ending(drill.page())
    echo("")

    def take(text: str, good: bool, asked: Usual) -> None:
        if left := drill.finding(text, good=good, **asked._asdict()):
            say(left)

    ask_findings(take, usual(drill.scenario.name))


def ended(drill: Drill, filed: Filed, *, as_json: bool, debriefed: bool = False) -> int:
    """Print the result, and return the exit code.

    Args:
        debriefed: the debrief has already printed how the story ended.
    """
    page, record = drill.page(), filed.record
    last = next((one for one in page.events if isinstance(one, CameTo)), None)
    good = last is not None and last.good and (record.passed or drill.walk_through)
    if as_json:
        print_json(
            {
                "id": drill.id,
                "scenario": page.scenario.name,
                "outcome": record.outcome,
                "outcome_why": list(record.outcome_why),
                "end": last.end if last is not None else None,
                "good": last.good if last is not None else None,
                "wrong_turns": list(page.state.wrong),
                "hints": len(page.state.hints),
                "gates_missed": list(page.state.missed),
                "deviations": list(page.state.deviations),
                "story_minutes": page.state.minutes,
                "rto_seconds": record.objectives.rto.seconds,
                "record": str(filed.folder),
            }
        )
    else:
        if not debriefed:
            _ending(page)
        echo("")
        simulated = " (SIMULATED)" if record.practice else ""
        echo(f"{record.outcome.upper()}{simulated}: {words.tally(page)}")
        for line in record.outcome_why:
            _tell(f"  {line}")
        echo(f"The record: {filed.folder / 'record.json'}")
        for line in next_steps(record):
            say(f"  {line}")
    return int(Exit.DONE if good else Exit.FAILED)


def _ending(page: Page) -> None:
    echo("")
    for line in words.ending(page):
        _tell(line)


def look_on(page: Page, *, facilitator: bool) -> None:
    """Print the page of a drill that another person plays, with the options chosen so far."""
    _begin(page)
    for name in page.state.choices:
        decision, _, choice = name.partition(".")
        found = page.scenario.decision(decision)
        option = found.option(choice) if found is not None else None
        if found is not None and option is not None:
            wrong = " (WRONG TURN)" if facilitator and option.wrong else ""
            _tell(f"{found.question} -> {option.text}{wrong}", "    ")
    _after(page)
    _page(page)
    for line in words.facilitators(page) if facilitator else ():
        _tell(f"  F| {line}", "  F|   ")


def _begin(page: Page) -> None:
    echo(f"{'WALK-THROUGH' if page.walk_through else 'PRACTICE'} drill {page.drill}")
    echo(page.scenario.title)
    echo("")
    story, *symptoms = words.before(page)
    _tell(story)
    for line in symptoms:
        _tell(f"- {line}", "  ")


def _page(page: Page) -> None:
    echo("")
    echo(
        " > ".join(f"[{one.name}]" if one.stage == "now" else one.name for one in words.trail(page))
    )
    story, wall = words.clocks(page, utc_now())
    echo(f"Story {story}; wall {wall}")
    decision = page.scenario.decision(page.state.at)
    if decision is None:
        return
    for line in decision.known:
        _tell(f"- {line}", "  ")
    for line in words.hints(page):
        _tell(line)
    echo("")
    _tell(decision.question)
    for number, one in enumerate(words.shown(page), 1):
        mark = f"> {number} <" if one.option.safe else f"  {number}  "
        _tell(f"{mark} {one.option.text}", "      ")
        _tell(f"      For it: {one.option.why}", "        ")
        _tell(f"      Risk: {one.option.risk}", "        ")
        _tell(f"      Undo: {one.undo}", "        ")
    if offer := words.hint_offer(page):
        _tell(f"(h: {offer})")


def _after(page: Page) -> None:
    echo("")
    for line in words.seen(page):
        _tell(f"  | {line}", "  |   ")
    _tell(words.consequence(page))
    for line in (*words.otherwise(page), *words.gate_missed(page)):
        _tell(line)


def _tell(text: str, further: str = "") -> None:
    for line in textwrap.wrap(
        one_line(text), WIDTH, subsequent_indent=further, break_on_hyphens=False
    ) or [""]:
        echo(line)


def _step(title: str) -> None:
    echo(f"  … {title}")


def _quiet(_title: str) -> None:
    return
