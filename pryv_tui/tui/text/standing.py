"""Whether the platform is up and backed up, as the overview's first lines. Pure."""

from __future__ import annotations

from textual.content import Content

from pryv_tui.operations.lost.words import gone_words
from pryv_tui.operations.overview.backup_words import brief
from pryv_tui.operations.overview.last_backup import BROKEN, LastBackup
from pryv_tui.operations.overview.overview import Overview
from pryv_tui.operations.overview.serving import RoleState, RoleWord, Serving
from pryv_tui.operations.overview.serving_words import down_in, lack_words
from pryv_tui.phrases import counted
from pryv_tui.tui.text.words import (
    BAD,
    BUSY,
    GOOD,
    WARN,
    Word,
    age,
    brief_age,
    count,
    fit,
    roles,
    size,
)
from pryv_tui.vault.sets import BackupSet

ROLE: dict[RoleWord, Word] = {
    "up": Word("●", "up", GOOD),
    "runs": Word("●", "runs", WARN),
    "silent": Word("✗", "no answer", BAD),
    "partly": Word("▲", "partly up", WARN),
    "down": Word("✗", "down", BAD),
    "not_known": Word("?", "not known", WARN),
    "away": Word("○", "not here", GOOD),
}
"""The state of a role, or of all roles together."""
BUSY_ROLE = Word("▶", "down", BUSY)
"""A role that is down because of the run that is running, which starts the role again."""


def line(label: str, word: Word, text: str) -> Content:
    """Return one of the first lines of the overview: its label, a sign with a word, and a text."""
    return Content.assemble(
        (f" {fit(label, 13)}", "bold"), (f"{word.glyph} {word.word}", word.style), (f"  {text}", "")
    )


NARROW = 80
_LEAD = 14
"""The number of cells before the word of a line."""
_EDGE = 3
"""The number of cells between word and text, and at the edge."""


def platform_line(found: Overview, columns: int = NARROW) -> Content:
    """Return whether what the platform's users need runs and answers; if not, since when.

    Args:
        columns: the width of the terminal, in which a role that is down, and since when, must fit.
    """
    serving = found.serving
    deployment = found.deployment
    every = [c for state in deployment.hosts for c in state.containers]
    if serving.away and len(serving.away) == len(deployment.hosts):
        return line("Platform", Word("✗", "unknown", BAD),
                    f"no engine answers on {', '.join(serving.away)}")  # fmt: skip
    if not every and not deployment.roles and not serving.away:
        return line("Platform", Word("○", "nothing here", WARN),
                    "no container of a Pryv.io platform")  # fmt: skip
    if found.lost:
        return _gone(found, columns)
    word = serving.word or "not_known"
    if word == "down":
        return _down(found, serving, columns)
    parts = [_said(found, serving, word), *_rest(serving)]
    if len(" · ".join(parts)) > _room(ROLE[word], columns):
        parts.reverse()  # Which roles are not here is more important, and must not be cut.
    return line("Platform", ROLE[word], " · ".join(parts))


def _said(found: Overview, serving: Serving, word: RoleWord) -> str:
    """Return the state of the platform if nothing is down."""
    deployment = found.deployment
    if serving.away:
        return f"no engine answers on {', '.join(serving.away)}"
    if word == "silent":
        (first, *more) = serving.of("silent")
        others = f" and {len(more)} more" if more else ""
        return f"{first.role} on {first.host}{others} runs, but does not answer"
    if word == "partly":
        lacks = dict.fromkeys(
            lack_words(lack) for one in serving.of("partly") for lack in one.lacks
        )
        return ", ".join(lacks)
    every = [c for state in deployment.hosts for c in state.containers]
    run = sum(c.running for c in every)
    busy = found.going_on
    held = sum(
        busy.holds(state.name, c) for state in deployment.hosts for c in state.containers
    ) if busy is not None else 0  # fmt: skip
    text = f"{run} of {count(len(every), 'container')} run"
    if busy is not None and held:
        return f"{text}, {held} held by the {busy.kind}"
    return f"{text} · {roles([one for one in deployment.roles if one not in found.away])}"


def _rest(serving: Serving) -> list[str]:
    """Return the roles that are not here, as a list of at most one text."""
    away = dict.fromkeys((*serving.elsewhere, *(one.role for one in serving.of("away"))))
    return [f"not here: {', '.join(away)}"] if away else []


def _room(word: Word, columns: int) -> int:
    return (columns or NARROW) - _LEAD - _EDGE - len(f"{word.glyph} {word.word}")


def _down(found: Overview, serving: Serving, columns: int) -> Content:
    down = serving.of("down")
    busy = found.going_on
    by = {state.held_by for state in down}
    if busy is not None and by == {busy.run}:
        told = down_in(serving, _room(BUSY_ROLE, columns))
        return line("Platform", BUSY_ROLE, f"{told}, by the running {busy.kind}")
    told = down_in(serving, _room(ROLE["down"], columns))
    why = _why(down)
    if busy is not None and busy.kind == "restore" and busy.roles & {one.role for one in down}:
        why = "the running restore should bring it back"
    return line("Platform", ROLE["down"], f"{told}: {why}" if why else told)


def _why(down: tuple[RoleState, ...]) -> str:
    lacks = dict.fromkeys(lack_words(lack) for state in down for lack in state.lacks if lack.needed)
    return ", ".join(lacks)


def _gone(found: Overview, columns: int) -> Content:
    every = [c for state in found.deployment.hosts for c in state.containers]
    run = sum(c.running for c in every)
    before = _known_before(found)
    of = f"{len(every)} of {before}" if before > len(every) else str(len(every))
    down = f", {len(every) - run} down" if run < len(every) else ""
    left = f"container{' is' if len(every) == 1 else 's are'} left"
    word = Word("▲", "incomplete", BAD)
    text = gone_words(found.lost)
    # Another role that is also down is shown before the number of containers.
    others = tuple(one for one in found.serving.roles if one.role not in found.lost)
    if any(one.word == "down" for one in others):
        room = _room(word, columns) - len(text) - len("; down: ")
        text += f"; down: {down_in(Serving(roles=others), room)}"
    return line("Platform", word, f"{text}; {of} {left}{down}")


def _known_before(found: Overview) -> int:
    """Return how many containers the platform had when what is gone was backed up; 0 if not
    known."""
    holders = [one.manifest for one in found.sets if one.id in found.lost.values() and one.manifest]
    return max((sum(len(host.images) for host in one.hosts) for one in holders), default=0)


def backup_line(found: Overview) -> Content:
    """Return whether the platform is backed up: first what failed or is overdue, then the set's
    age."""
    tried = found.backup
    if tried is not None and tried.pressing:
        return line("Last backup", *_pressing(tried))
    if tried is not None and tried.state == "not_known":
        return line("Last backup", Word("?", "not known", WARN), "see Attention")
    if found.last is None or found.last.manifest is None:
        damaged = sum(one.state == "damaged" for one in found.sets)
        if damaged:
            kept = counted(damaged, "set is", "sets are")
            return line("Last backup", Word("✗", "none that is whole", BAD), f"{kept} damaged")
        former = tried.former if tried is not None else ()
        there = "; ".join(one.brief for one in former)
        other = "no set of this platform" if found.sets else "the vault holds no set"
        return line("Last backup", Word("○", "none", WARN), there or other)
    manifest = found.last.manifest
    lacks = tried is not None and tried.state == "incomplete"
    old = lacks or any(item.old_backup for item in found.attention if item.level == "warning")
    without = [role for role in found.lost if role not in manifest.roles]
    doubtful = old or without
    word = Word("▲" if doubtful else "✓", age(manifest.created), WARN if doubtful else GOOD)
    parts = [size(manifest.bytes), gap_word(found.last)]
    if tried is not None and tried.doubt:
        parts.insert(0, "NOT KNOWN WHOSE")
    if without:
        parts.insert(0, f"WITHOUT {roles(without)}")
    return line("Last backup", word, " · ".join(parts))


def _pressing(tried: LastBackup) -> tuple[Word, str]:
    """Return that tries failed or that a backup is overdue; then the age of the newest set."""
    parts = []
    if len(tried.tries) > 1:
        parts.append(f"{counted(len(tried.tries), 'try', 'tries')} made no set")
    if tried.overdue and tried.state != "overdue":
        parts.append("overdue")
    newest = tried.newest.manifest if tried.newest is not None else None
    if newest is not None:
        parts.append(f"newest set {brief_age(newest.created)}")
    else:
        there = "; ".join(one.brief for one in tried.former)
        parts.append("sets not known" if tried.in_doubt else there or "no set")
    if tried.going_on:
        return Word("▶", "being taken now", BUSY), " · ".join([brief(tried), *parts])
    broken = tried.state in BROKEN
    word = Word("✗" if broken else "▲", brief(tried), BAD if broken else WARN)
    return word, " · ".join(parts)


def gap_word(backup: BackupSet) -> str:
    """Return the gap of a set between two roles, in a few words."""
    gap = backup.manifest.gap.accounts_seconds if backup.manifest else None
    return "gap not known" if gap is None else f"gap {gap:.1f} s"
