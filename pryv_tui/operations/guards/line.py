"""A guard's line: a named check that says OK, WARNING or FAILED, with its remedy."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import structs

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.acceptance import Accepted, or_accept
from pryv_tui.operations.commands import completed
from pryv_tui.operations.context import GuardOutcome, RunContext
from pryv_tui.sanitize import one_line


class GuardLine(msgspec.Struct, frozen=True, kw_only=True):
    """One check and what came of it."""

    name: str
    outcome: GuardOutcome
    text: str
    remedy: str = ""
    key: str = ""
    """What a person may accept it by; empty where it can't be accepted."""
    about: str = ""
    """The facts that would make it another warning, in short."""
    accepted: str = ""
    """By whom and when it was accepted; then it is a note, its outcome `ok`."""
    offered: bool = False
    """Its remedy says already how it can be accepted."""
    found: bool = False
    """It tells what is so, and is no precondition: it keeps nothing from beginning."""
    passes: bool = False
    """Of one that failed: it is so now, and passes by itself, so that it can be waited for."""

    def __post_init__(self) -> None:
        for name in ("name", "text", "remedy", "accepted"):
            structs.force_setattr(self, name, one_line(getattr(self, name)))


def ok(name: str, text: str) -> GuardLine:
    return GuardLine(name=name, outcome="ok", text=text)


def warning(name: str, text: str, remedy: str, *, key: str = "", about: str = "") -> GuardLine:
    """A warning.

    Args:
        key: what a person may accept it by.
        about: what would make it another one (`acceptance.fingerprint`).
    """
    return GuardLine(name=name, outcome="warning", text=text, remedy=remedy, key=key, about=about)


def failed(name: str, text: str, remedy: str, *, key: str = "", about: str = "") -> GuardLine:
    return GuardLine(name=name, outcome="failed", text=text, remedy=remedy, key=key, about=about)


def not_now(name: str, text: str, remedy: str) -> GuardLine:
    """One that failed, and can be waited for."""
    return GuardLine(name=name, outcome="failed", text=text, remedy=remedy, passes=True)


def waited_for(lines: Iterable[GuardLine]) -> list[GuardLine]:
    """What is to be waited for; nothing where something failed that no waiting helps."""
    bad = [line for line in lines if line.outcome == "failed"]
    return bad if all(line.passes for line in bad) else []


def line_json(line: GuardLine) -> dict[str, str]:
    """A line as `doctor --json` shows it; what it has nothing to say to is not there."""
    told = {"name": line.name, "outcome": line.outcome, "text": line.text, "remedy": line.remedy}
    more = {"key": line.key, "about": line.about, "accepted": line.accepted}
    return {**told, **{name: value for name, value in more.items() if value}}


def settled(lines: Iterable[GuardLine], accepted: Accepted) -> list[GuardLine]:
    """The same; what a person has accepted is a note, the rest says how it can be accepted."""
    return [_settled(line, accepted) for line in lines]


def _settled(line: GuardLine, accepted: Accepted) -> GuardLine:
    # What failed and only tells what is so can be accepted too; a precondition that failed can't.
    may_be = line.outcome == "warning" or (line.outcome == "failed" and line.found)
    if not may_be or not line.key or line.accepted:
        return line
    found = accepted.of(line.key, line.about)
    if found is None and line.offered:
        return line
    if found is None:
        return structs.replace(line, remedy=or_accept(line.remedy, line.key), offered=True)
    text = f"{line.text}; {found.words}"
    return structs.replace(line, outcome="ok", text=text, remedy="", accepted=found.words)


def enforce(ctx: RunContext, lines: Iterable[GuardLine]) -> None:
    """Journal every line; refuse if one failed.

    Raises:
        PryvTuiError: `refused`, with the first failed line's text and remedy.
    """
    refused: list[GuardLine] = []
    for line in lines:
        remedy = completed(line.remedy, ctx.site.settings.given)
        ctx.report.guard(line.name, line.outcome, line.text, remedy)
        if line.outcome == "failed":
            refused.append(line)
        elif line.outcome == "warning":
            told = f"{line.name}: {line.text}. {remedy}"
            ctx.warn(told.rstrip())
    if refused:
        text = "; ".join(f"{line.name}: {line.text}" for line in refused)
        passes = all(line.passes for line in refused)
        raise PryvTuiError("refused", text, refused[0].remedy, passes=passes)
