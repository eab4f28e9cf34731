"""Put the live platform's casualties into words: what they mean, and what settles each. Pure."""

from __future__ import annotations

from pryv_tui.operations.audit.afterwards import practice_words
from pryv_tui.operations.audit.live import LiveAudit
from pryv_tui.operations.commands import completed
from pryv_tui.platform.casualties import CLEARED, KINDS, Kind, clearing, commands_or_why


def live_lines(live: LiveAudit, first: int | None, given: tuple[str, ...] = ()) -> list[str]:
    """Return lines for all that an audit found and all that it could not check.

    Args:
        first: the maximum number of names of each kind; None for all.
        given: the options that this program was started with; they are added to its own commands.
    """
    found = live.found
    lines = [f"{'PRACTICE ' if live.practice else ''}{live.domain}, as it is now:"]
    for each in KINDS:
        lines += _of_kind(live, each, first, given)
    lines += [f"Not checked: {item.what}: {item.why}" for item in found.not_checked]
    if not live.checked:
        lines.append("Nothing could be checked.")
    elif not found.total:
        checked = "Nothing remains of what could be checked."
        lines.append(checked if found.not_checked else "Nothing remains.")
    elif not found.set and any(
        clearing(each, "", "") for each in KINDS if found.names(each.group, each.name)
    ):
        text = "Commands that clear away what a set keeps: pryv-tui audit latest --live"
        lines.append(completed(text, given))
    # On a practice platform files can be moved as anywhere, but no register or InfluxDB answers the
    # other commands.
    served = [each for each in KINDS if each.group != "attachments"]
    told = [each for each in served if any(_acts(live, each, first))]
    if live.practice and told:
        lines.append(completed(practice_words(told), given))
    return lines


def _of_kind(live: LiveAudit, each: Kind, first: int | None, given: tuple[str, ...]) -> list[str]:
    names, state = live.found.names(each.group, each.name), live.state(each)
    many = {"empty": "none", "not checked": "not checked"}.get(state, f"{len(names)} now")
    of_set = live.named.get(f"{each.group}.{each.name}", [])
    settled = len(live.settled(each))
    tail = f" ({settled} of {len(of_set)} of {live.found.set} settled)" if settled else ""
    lines = [f"{each.title.capitalize()}: {many}{tail}"]
    if not names:
        return lines
    lines += [f"  {each.consequence}", completed(f"  What to do: {each.remedy}", given)]
    kept = set(of_set)
    if kept.intersection(names) and (each.group, each.name) in CLEARED:
        lines.append(f"  {CLEARED[each.group, each.name]}")
    shown = names[:first]
    for name, acts in zip(shown, _acts(live, each, first), strict=True):
        lines.append(f"  - {live.found.shown(name)}")
        lines += [f"      {line}" for line in acts]
    if len(names) > len(shown):
        words = f"{live.found.set} --live" if live.found.set else "--live"
        more = f"  and {len(names) - len(shown)} more: pryv-tui audit {words} --all"
        lines.append(completed(more, given))
    return lines


def _acts(live: LiveAudit, each: Kind, first: int | None) -> list[list[str]]:
    """Return the commands that settle each name shown."""
    kept = set(live.named.get(f"{each.group}.{each.name}", []))
    names = live.found.names(each.group, each.name)[:first]
    return [
        commands_or_why(each, name, live.domain)
        + (live.clearing(each, name, names[:at].count(name)) if name in kept else [])
        for at, name in enumerate(names)
    ]
