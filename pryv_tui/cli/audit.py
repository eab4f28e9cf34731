"""`audit`: what the timing gap cost, told from a set's files or by the live platform."""

from __future__ import annotations

import sys

import click

from pryv_tui.cli.base.options import everywhere, json_option, site
from pryv_tui.cli.base.output import echo, print_json, result_stands, say
from pryv_tui.cli.base.unnamed import set_needed
from pryv_tui.clock import timestamp
from pryv_tui.errors import Exit, PryvTuiError
from pryv_tui.incidents.acts import audited
from pryv_tui.operations.audit.afterwards import found_of
from pryv_tui.operations.audit.from_set import audit_json, audit_set
from pryv_tui.operations.audit.last_look import keep_look
from pryv_tui.operations.audit.live import LiveAudit, audit_live, live_json
from pryv_tui.operations.audit.table import write_csv
from pryv_tui.operations.sets.known_vaults import resolve
from pryv_tui.operations.site import Site
from pryv_tui.platform.casualties import CLEARED, KINDS, Kind, clearing, commands

FIRST = 10
"""Names shown of each kind; the CSV and --all have the rest."""


@click.command()
@click.argument("set_name", metavar="[SET]", required=False)
@click.option(
    "--live",
    is_flag=True,
    help="Ask the live platform what is so now; with SET, what became of its casualties.",
)
@click.option("--all", "everything", is_flag=True, help="Name every casualty.")
@json_option
@everywhere
def audit(set_name: str | None, live: bool, everything: bool, as_json: bool) -> None:
    """What the timing gap cost: accounts, attachments, series without their other half.

    Of a set, from its files alone; or, after a restore, of the live platform (--live), which is
    only asked.
    """
    where = site()
    if live:
        _live(where, set_name, everything, as_json)
    elif set_name is None:
        set_needed(where, "audit")
    else:
        _of_set(where, set_name, everything, as_json)


def _of_set(where: Site, set_name: str, everything: bool, as_json: bool) -> None:
    backup = resolve(where, set_name)
    found = audit_set(backup)
    domain = backup.manifest.domain if backup.manifest else ""
    table = write_csv(found, where.vault.folder, domain)
    if as_json:
        print_json(audit_json(found))
        sys.exit(int(Exit.WARNINGS if found.total else Exit.DONE))
    for each in KINDS:
        names = found.names(each.group, each.name)
        if not names:
            continue
        echo(f"{each.title}: {len(names)}".capitalize())
        echo(f"  {each.consequence}")
        echo(f"  What to do: {each.remedy}")
        shown = names if everything else names[:FIRST]
        for name in shown:
            echo(f"  - {found.shown(name)}")
            for line in commands(each, [name], domain):
                echo(f"      {line}")
        if len(names) > len(shown):
            say(f"  and {len(names) - len(shown)} more: pryv-tui audit {backup.id} --all")
    if not found.total:
        echo(f"{backup.id}: {found.none_found}")
    for item in found.not_checked:
        echo(f"Not checked: {item.what}: {item.why}")
    if table is not None:
        echo(f"The whole list: {table}")
        echo("This is how it is after a restore of this set; until then all of it may be well.")
        say(f"What is left of it after a restore: pryv-tui audit {backup.id} --live")
        sys.exit(int(Exit.WARNINGS))


def _live(where: Site, set_name: str | None, everything: bool, as_json: bool) -> None:
    if set_name is None:
        found = audit_live(where, tell=_waits)
    else:
        backup = resolve(where, set_name)
        found = audit_live(where, (backup, audit_set(backup)), _waits)
    set_id = found.found.set
    if not keep_look(where.state, found_of(found, time=timestamp(), set_id=set_id)):
        say(
            f"What is settled could not be noted in {where.state}: results still ask for it.",
            err=True,
        )
    # What remains is told by the code as well; nobody may take a full disk for nothing checked.
    result_stands()
    _write_down(where, found)
    if as_json:
        print_json(live_json(found))
    else:
        _tell(found, everything)
    if found.found.total:
        sys.exit(int(Exit.WARNINGS))
    if not found.checked:
        sys.exit(int(Exit.FAILED))


def _write_down(where: Site, live: LiveAudit) -> None:
    """Write what was found into the incident that is open, which a person closes."""
    names = {f"{each.group}.{each.name}": len(_names(live, each)) for each in KINDS}
    missed = [f"{one.what}: {one.why}" for one in live.found.not_checked]
    if not live.checked:
        return
    try:
        audited(
            where.settings,
            set_id=live.found.set,
            remains=names,
            not_checked=missed,
            domain=live.domain,
        )
    except PryvTuiError as error:
        say(f"The incident does not have this: {error.told}", err=True)


def _waits(line: str) -> None:
    say(line, err=True)


def _tell(live: LiveAudit, everything: bool) -> None:
    found = live.found
    echo(f"{'PRACTICE ' if live.practice else ''}{live.domain}, as it is now:")
    for each in KINDS:
        _tell_kind(live, each, everything)
    for item in found.not_checked:
        echo(f"Not checked: {item.what}: {item.why}")
    if not live.checked:
        echo("Nothing could be checked.")
    elif not found.total:
        echo("Nothing remains of what could be checked." if found.unchecked else "Nothing remains.")
    elif not found.set and any(clearing(each, "", "") for each in KINDS if _names(live, each)):
        say("Commands that clear away what a set keeps: pryv-tui audit latest --live")
    if found.total and live.practice:
        echo("On the practice platform nothing answers these commands: they are a real one's.")


def _names(live: LiveAudit, each: Kind) -> list[str]:
    return live.found.names(each.group, each.name)


def _tell_kind(live: LiveAudit, each: Kind, everything: bool) -> None:
    names, state = _names(live, each), live.state(each)
    many = {"empty": "none", "not checked": "not checked"}.get(state, f"{len(names)} now")
    of_set = live.named.get(f"{each.group}.{each.name}", [])
    settled = len(live.settled(each))
    tail = f" ({settled} of {len(of_set)} of {live.found.set} settled)" if settled else ""
    echo(f"{each.title.capitalize()}: {many}{tail}")
    if not names:
        return
    echo(f"  {each.consequence}")
    echo(f"  What to do: {each.remedy}")
    kept = set(of_set)
    if kept.intersection(names) and (each.group, each.name) in CLEARED:
        echo(f"  {CLEARED[each.group, each.name]}")
    shown = names if everything else names[:FIRST]
    for name in shown:
        echo(f"  - {live.found.shown(name)}")
        lines = commands(each, [name], live.domain)
        if name in kept:
            lines += live.clearing(each, name)
        for line in lines:
            echo(f"      {line}")
    if len(names) > len(shown):
        words = f"{live.found.set} --live" if live.found.set else "--live"
        say(f"  and {len(names) - len(shown)} more: pryv-tui audit {words} --all")


COMMANDS = (audit,)
