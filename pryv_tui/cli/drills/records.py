"""The records of drills: `drill list`, `report`, `sign`, `review`, `verify`."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

import click

from pryv_tui.cli.base.asking import said_yes
from pryv_tui.cli.base.options import everywhere, given, json_option, settings
from pryv_tui.cli.base.output import echo, print_json, reason, result_stands, say, table
from pryv_tui.cli.base.streams import at_terminal
from pryv_tui.cli.drills.debriefing import ask_debrief
from pryv_tui.cli.drills.meant import drill_settings, meant, tell_later
from pryv_tui.drills.cadence import scenarios_open
from pryv_tui.drills.files import read_record, resolve_drill
from pryv_tui.drills.findings import unread_words
from pryv_tui.drills.noting.kept import typed_file
from pryv_tui.drills.privacy import UNCOMPARED
from pryv_tui.drills.signing.papers import Verdict, left_out_words
from pryv_tui.drills.under_way import under_way
from pryv_tui.drills.waiting import Act, gone_from, known_drills, waiting_for
from pryv_tui.drills.words import in_a_line
from pryv_tui.errors import Exit, PryvTuiError
from pryv_tui.incidents.files import read_events
from pryv_tui.operations.commands import completed
from pryv_tui.operations.plan import quote
from pryv_tui.operations.site import refuse_open_state
from pryv_tui.phrases import counted

drill_argument = click.argument("name", metavar="[DRILL]", default="latest")
KEY_HELP = "A key of ssh-keygen; the public one of a key that ssh-agent holds"


def line_cells() -> int:
    """Return the width of the terminal that is printed to, in cells; 0 for any other output."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 0


@click.command("list")
@json_option
@everywhere
def list_drills(as_json: bool) -> None:
    """List the drills known here, oldest first, whatever their result."""
    from pryv_tui.drills.words import HEADING, in_json, row

    state = Path(drill_settings().state)
    told = known_drills(state)
    # A running drill has a journal as soon as somebody has written into it.
    filed = [one.drill.id for one in told if one.record is not None or one.problem is not None]
    # A drill whose record was removed did have one, so it is not shown as running.
    gone = gone_from(state)
    going = under_way(state, [*filed, *(one.drill for one in gone)])
    stands = {one.drill: one.state for one in going}
    # A drill whose journal was begun by a note alone has a run, and only a drill of a set has one.
    kinds = {one.drill.id: one.exercise for one in told if one.exercise}
    kinds |= {drill: kinds.get(drill, "sandbox") for drill in stands}
    spoilt = [one.problem for one in told if one.problem is not None]
    spoilt += [one.problem for one in gone]
    if as_json:
        print_json(
            [
                in_json(
                    one.drill,
                    one.record,
                    signed=one.signatures.signed,
                    reviewed=one.signatures.review.verdict if one.signatures.review else None,
                    problem=one.problem.what if one.problem is not None else "",
                    run=stands.get(one.drill.id, ""),
                    exercise=kinds.get(one.drill.id, ""),
                )
                for one in told
            ]
            + [
                in_json(one.incident, None, run=one.state, exercise="sandbox")
                for one in going
                if one.drill not in {each.drill.id for each in told}
            ]
        )
    elif not told and not going and not gone:
        say("No drill is known here.")
    elif told:
        rows = (
            row(
                one.drill,
                one.record,
                one.signatures.in_a_list,
                rejected=bool(one.signatures.rejected),
                spoilt=one.problem is not None,
                edited=one.odd is not None,
                exercise=kinds.get(one.drill.id, ""),
            )
            for one in told
        )
        table([HEADING, *rows], fits=line_cells())
    open_ones = [one.drill for one in told if one.record is None and one.problem is None]
    for planned in scenarios_open(open_ones) if not as_json else ():
        say(
            f"The scenario {planned.title!r} is open. Continue it: pryv-tui drill run --scenario"
            f" {planned.scenario}"
        )
    for each in going if not as_json else ():
        say(each.words)
    if spoilt:
        result_stands()
        for one in spoilt:
            reason(one.what, [one.remedy] if one.remedy else [])
        sys.exit(int(Exit.FAILED))


@click.command()
@drill_argument
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "md", "html", "json"]),
    default="text",
    show_default=True,
)
@everywhere
def report(name: str, form: str) -> None:
    """Show what a drill did and its result: the last one, or the one that is named."""
    from pryv_tui.drills.report.writing import in_html, in_markdown, in_text
    from pryv_tui.drills.signing.standing import as_it_stands

    chosen = drill_settings()
    one = meant(Path(chosen.state), name)
    filed = read_record(Path(one.folder))
    if filed is None:
        raise PryvTuiError(
            "refused",
            f"the drill {one.id} has no record yet: it has not ended",
            "The record is written when the drill ends. See how far it is: pryv-tui drill list",
        )
    told, wrong = as_it_stands(Path(chosen.state), filed.folder)
    if form == "json":
        print_json(filed.record)
    else:
        written = {"text": in_text, "md": in_markdown, "html": in_html}[form]
        click.echo(written(filed.record, told, chosen.given), nl=False)
    if wrong:
        result_stands()
        reason(
            f"{one.id}: {wrong[0]}",
            [f"See all that was compared: pryv-tui drill verify {one.id}"],
        )
        sys.exit(int(Exit.FAILED))


def _to_sign(state: Path, name: str, act: Act, key: Path | None, used: Path) -> str:
    """Return the id of the drill whose record is signed or reviewed.

    Nobody should sign a drill without knowing which one: a script has to name it, and a person is
    asked.

    Args:
        key: the key on the command line; the error's remedy names it too.
        used: the key that will sign; if it does not exist, nothing is asked.

    Raises:
        PryvTuiError: `usage`: several drills wait and none is named, or the key does not exist;
            `cancelled`: a person answered no.
    """
    from pryv_tui.drills.signing.ssh import need_key

    if name:
        one = meant(state, name)
        need_key(used)
        return one.id
    waiting = waiting_for(state, act)
    one = resolve_drill(state, waiting[-1] if waiting else "latest")
    tell_later(state, one)
    need_key(used)
    if at_terminal():
        filed = read_record(Path(one.folder))
        say(in_a_line(one, filed.record if filed is not None else None))
        if not said_yes(f"{act.capitalize()} it?"):
            raise PryvTuiError(
                "cancelled",
                "nothing was signed",
                f"Name the drill that you mean: pryv-tui drill {act} DRILL. To see them:"
                " pryv-tui drill list",
            )
    elif len(waiting) > 1:
        raise PryvTuiError(
            "usage",
            f"which drill? {len(waiting)} are waiting for drill {act}: {', '.join(waiting)}",
            f"Name it: pryv-tui drill {act} {one.id}"
            + (f" --key {shlex.quote(str(key))}" if key is not None else ""),
        )
    return one.id


@click.command()
@click.argument("name", metavar="[DRILL]", default="")
@click.option(
    "--key",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help=f"{KEY_HELP} [default: drill_key of the configuration].",
)
@json_option
@everywhere
def sign(name: str, key: Path | None, as_json: bool) -> None:
    """Sign the record of a drill with the operator's key (ssh-keygen -Y sign), and what was found
    since it was written (drill actions add)."""
    from pryv_tui.drills.record.signing import closed_since, need_to_sign, sign_drill
    from pryv_tui.drills.signing.checking import signatures_of
    from pryv_tui.drills.words import signed_in_json

    chosen = drill_settings()
    if key is None and not chosen.drill_key:
        raise PryvTuiError(
            "usage", "with which key?", "Name it: --key FILE, or `drill_key` in the configuration."
        )
    drill = _to_sign(Path(chosen.state), name, "sign", key, key or Path(chosen.drill_key))
    filed = read_record(Path(resolve_drill(Path(chosen.state), drill).folder))
    if filed is not None and at_terminal() and not as_json:
        need_to_sign(chosen, drill)
        ask_debrief(chosen, filed, key)
    filed = sign_drill(chosen, drill, key or Path(chosen.drill_key))
    told = signatures_of(filed.folder)
    result_stands()
    if as_json:
        print_json(signed_in_json(filed, told))
        return
    say(f"The record of {filed.record.id} is signed with the key {told.operator}.")
    if told.debrief is not None:
        many = counted(len(told.debrief.findings), "finding")
        say(f"  So is its debrief, {many}, with the key {told.debriefer}.")
        if left := left_out_words(told.debrief):
            say(f"  {left}")
    elif problems := read_events(filed.folder)[1]:
        say(f"  {unread_words(filed.record.id, '; '.join(problems))}.")
    elif closed_since(filed):
        say(
            "  What was written about findings after the record was made was not signed: pryv-tui"
            " drill actions --all"
        )
    elif not filed.record.actions:
        say("  No debrief was signed with it: nothing was found, or nobody has recorded it.")
    say(
        "  It is not reviewed yet; somebody else has to do that: pryv-tui drill review"
        f" {filed.record.id} --key KEY"
    )


@click.command()
@click.argument("name", metavar="[DRILL]", default="")
@click.argument("words", metavar="[TEXT]...", nargs=-1)
@click.option(
    "--key", required=True, metavar="FILE", type=click.Path(path_type=Path), help=f"{KEY_HELP}."
)
@click.option("--reject", is_flag=True, help="The verdict is: rejected.")
@click.option("--by", default="", metavar="NAME", help="Who reviews [default: who is here].")
@json_option
@everywhere
def review(
    name: str, words: tuple[str, ...], key: Path, reject: bool, by: str, as_json: bool
) -> None:
    """Countersign the record of a drill with another key than the operator's."""
    from pryv_tui.drills.record.signing import need_said, review_drill

    chosen = drill_settings()
    if " " in name.strip():
        raise PryvTuiError(
            "usage",
            f"{name!r} is not a drill: name the drill first, then write your text",
            f"To review the last one: pryv-tui drill review latest {quote(name)} --key"
            f" {quote(key)}",
        )
    verdict: Verdict = "rejected" if reject else "accepted"
    need_said(verdict, " ".join(words))
    drill = _to_sign(Path(chosen.state), name, "review", key, key)
    made = review_drill(chosen, drill, key, verdict=verdict, text=" ".join(words), by=by)
    result_stands()
    if as_json:
        print_json(made)
        return
    say(f"The drill {made.drill} is {made.verdict} by {made.reviewer}.")
    if not made.text:
        say(
            "  The review does not say what was looked at. In some years somebody will want to"
            " know."
        )
    if made.text == UNCOMPARED:
        own = typed_file(Path(chosen.state), made.drill)
        say(f"  {left_out_words(made)} The text as you typed it is in {own}, for you alone.")


@click.command()
@click.argument("name", metavar="[DRILL]", default="")
@click.option(
    "--signers",
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Your own list of who may sign (allowed_signers), used instead of the one beside the"
    " drills.",
)
@json_option
@everywhere
def verify(name: str, signers: Path | None, as_json: bool) -> None:
    """Check that the records are as they were written: each one, its signatures, and their order.

    A drill's VERIFY.md has commands that check the same without pryv-tui.
    """
    from pryv_tui.drills.signing.checking import check_all, has_records, in_json

    chosen = settings()
    refuse_open_state(chosen)
    state = Path(chosen.state)
    only = resolve_drill(state, name).id if name else ""
    lines = check_all(state, only, signers)
    result_stands()
    wrong = [line for line in lines if line.level == "failed"]
    if as_json:
        print_json([in_json(line._replace(way=completed(line.way, given()))) for line in lines])
    else:
        marks = {"ok": "OK", "note": "NOTE", "failed": "FAILED"}
        for line in lines:
            echo(completed(f"{marks[line.level]:7}{line.drill}: {line.text}", given()))
            if line.way:
                say(f"{'':7}{line.way}.")
        if not lines:
            say("There is no record of a drill in this state folder: nothing was verified.")
        elif not has_records(state, only):
            say(f"{'It has' if only else 'They have'} no record: nothing was verified.")
        elif not wrong:
            noted = any(line.level == "note" for line in lines)
            say(
                "Records, signatures, reviews and pages are as they were written, and so is each"
                " journal up to the moment when its record was"
                f" made{', except for what a NOTE above names' if noted else ''}."
            )
    if wrong:
        reason(f"{wrong[0].drill}: {wrong[0].text}")
        sys.exit(int(Exit.FAILED))


COMMANDS = (list_drills, report, review, sign, verify)
