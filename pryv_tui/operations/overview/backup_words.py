"""The last backup in words, for the overview, `status`, `doctor` and `--json`. Pure."""

from __future__ import annotations

from typing import Any

from pryv_tui.operations.acts import again_words
from pryv_tui.operations.ages import age_hours, age_of, ago
from pryv_tui.operations.comparing.former import none_words
from pryv_tui.operations.overview.attention import Attention, Level
from pryv_tui.operations.overview.last_backup import BROKEN, BackupState, LastBackup, Try
from pryv_tui.phrases import counted

TAKE_ONE = "Take one: pryv-tui backup"
STATE: dict[BackupState, str] = {
    "busy": "did not begin",
    "never_began": "never began",
    "not_known": "not known",
}
"""Words for the states whose words differ from their names."""


def backup_attention(found: LastBackup) -> Attention | None:
    """The item about the last backup if it failed or is overdue; None if other items say enough."""
    if not found.pressing:
        return None
    last = found.last_try
    if last is None:
        return Attention("failed", f"{_overdue(found)}; no attempt since then is known.", TAKE_ONE)
    level: Level = "failed" if found.state in BROKEN else "warning"
    text = f"{try_words(last)}."
    if len(found.tries) > 1:
        text += f" The last {counted(len(found.tries), 'attempt')} made no set."
    if found.overdue:
        text += f" {_overdue(found)}."
    elif found.newest is not None:
        text += f" The newest set is {_age(found)} old."
    if found.going_on:
        return Attention("info", f"{text} Another backup is running now.", "")
    if not last.run or last.end == "cancelled":
        return Attention(level, text, TAKE_ONE)
    mend = again_words(min(last.alike, len(found.tries)), "")
    text = " ".join(filter(None, (text, mend)))
    look = f"See its result: pryv-tui attach {last.run}; then take a backup: pryv-tui backup"
    return Attention(level, text, look)


def try_words(one: Try) -> str:
    """How an attempt to take a backup ended, when and why; a sentence without its full stop."""
    when = ago(age_hours(one.at) * 3600)
    why = f": {one.why.rstrip('. ')}" if one.why.strip() else ""
    match one.end:
        case "failed":
            return f"The last backup failed {when}{why}"
        case "died":
            return (
                f"The last backup, begun {when}, died: its process was gone before the backup"
                " had ended"
            )
        case "never_began":
            return f"The last backup was requested {when}, but never began"
        case "refused":
            return f"The last backup was refused {when}, and none was taken{why}"
        case "cancelled":
            return f"The last backup was cancelled {when}"
        case "busy":
            return f"The last backup did not begin {when}{why}"


def brief(found: LastBackup) -> str:
    """The state in a few words, such as `failed 3 h ago`."""
    last = found.last_try
    if last is None or found.state in ("overdue", "not_known"):
        return STATE.get(found.state, found.state)
    age = age_of(age_hours(last.at) * 3600)
    word = STATE.get(found.state, found.state)
    return f"{word} {age.many} {age.short} ago"


def told(found: LastBackup) -> str:
    """The last backup in one line; a sentence without its full stop.

    The newest set, its age and the expected interval; or why there is no set.
    """
    if found.newest is None:
        if found.in_doubt:
            return "not known: the vault is in doubt"
        if none := none_words(found.former):
            return f"{none[:1].lower()}{none[1:]}"
        if others := others_words(found):
            return others
        return "none yet"
    words = f"the set {found.newest.id}, {_age(found)} old"
    words += doubt_words(found)
    if found.every is not None:
        words += f"; one is expected every {interval(found.every)}"
    return words


def others_words(found: LastBackup | None) -> str:
    """How many sets of this domain are another platform's, if none is this platform's; else
    empty."""
    if found is None or not found.others or found.newest is not None:
        return ""
    many = counted(found.others, "set of its domain is", "sets of its domain are")
    return f"none of this platform; {many} another platform's, as the accounts show"


def doubt_words(found: LastBackup | None) -> str:
    """Why it is unknown whether the newest set is this platform's, to follow its name; else
    empty."""
    if found is None or not found.doubt:
        return ""
    return f" (not known whether it is this platform's: {found.doubt})"


def backup_json(found: LastBackup) -> dict[str, Any]:
    """The state of the last backup in the form of `status --json`."""
    return {
        "state": found.state,
        "going_on": found.going_on,
        "age_seconds": None if found.age is None else round(found.age),
        "every_seconds": None if found.every is None else round(found.every),
        "lacks": list(found.lacks),
        "tries": [
            {"run": one.run or None, "end": one.end, "time": one.at, "why": one.why}
            for one in found.tries
        ],
        "doubt": found.doubt or None,
        "others": None
        if found.in_doubt
        else [{"set": name, "why": why} for name, why in found.told_others.items()],
    }


def interval(seconds: float) -> str:
    """An interval as people say it: 24 hours, 7 days, 90 minutes."""
    for size, word in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        many, rest = divmod(int(seconds), size)
        if not rest and many > (1 if word == "day" else 0):
            return counted(many, word)
    return counted(int(seconds), "second")


def _overdue(found: LastBackup) -> str:
    every = interval(found.every or 0)
    if found.newest is None:
        there = "; ".join(one.words for one in found.former)
        text = f"A backup is overdue: one is expected every {every}, and there is no set"
        text += " of this platform" if found.others and not there else ""
        return f"{text} of its domain, but {there}" if there else text
    return f"A backup is overdue: one is expected every {every}, the newest is {_age(found)} old"


def _age(found: LastBackup) -> str:
    return str(age_of(found.age or 0.0))
