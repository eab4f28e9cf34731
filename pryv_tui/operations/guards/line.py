"""A guard's line: the name of a check, its result (OK, UNKNOWN, WARNING, FAILED), and a remedy."""

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
    """One check and its result."""

    name: str
    outcome: GuardOutcome
    text: str
    remedy: str = ""
    key: str = ""
    """The key by which a person may accept the line; empty if it can't be accepted."""
    about: str = ""
    """Fingerprint of the facts: if they change, a person has to accept the warning again."""
    accepted: str = ""
    """Who accepted the line, and when, in words; then `outcome` is `ok`. Empty: not accepted."""
    offered: bool = False
    """Whether `remedy` already says how to accept the line."""
    found: bool = False
    """Whether the line only reports a state (in `doctor`) and is no precondition of a run."""
    passes: bool = False
    """Whether the cause of a failure goes away by itself, so that a run can wait for that."""

    def __post_init__(self) -> None:
        for name in ("name", "text", "remedy", "accepted"):
            structs.force_setattr(self, name, one_line(getattr(self, name)))


def ok(name: str, text: str) -> GuardLine:
    return GuardLine(name=name, outcome="ok", text=text)


def unknown(name: str, text: str, remedy: str = "", *, key: str = "", about: str = "") -> GuardLine:
    """Return a line about something that could not be found out. It refuses no run.

    Args:
        key: the key by which a person may accept it; empty if it can't be accepted.
        about: the fingerprint of its facts (`acceptance.fingerprint`).
    """
    return GuardLine(name=name, outcome="not_known", text=text, remedy=remedy, key=key, about=about)


def warning(name: str, text: str, remedy: str, *, key: str = "", about: str = "") -> GuardLine:
    """Return a warning.

    Args:
        key: the key by which a person may accept it; empty if it can't be accepted.
        about: the fingerprint of its facts (`acceptance.fingerprint`).
    """
    return GuardLine(name=name, outcome="warning", text=text, remedy=remedy, key=key, about=about)


def failed(name: str, text: str, remedy: str, *, key: str = "", about: str = "") -> GuardLine:
    return GuardLine(name=name, outcome="failed", text=text, remedy=remedy, key=key, about=about)


def not_now(name: str, text: str, remedy: str) -> GuardLine:
    """Return a failed line for a cause that goes away by itself, so that a run can wait."""
    return GuardLine(name=name, outcome="failed", text=text, remedy=remedy, passes=True)


def waited_for(lines: Iterable[GuardLine]) -> list[GuardLine]:
    """Return the failed lines that a run can wait for; empty if none failed, or if the cause of one
    does not go away by itself."""
    bad = [line for line in lines if line.outcome == "failed"]
    return bad if all(line.passes for line in bad) else []


def line_json(line: GuardLine) -> dict[str, str]:
    """Return a line as in `doctor --json`; `key`, `about` and `accepted` are omitted if empty."""
    told = {"name": line.name, "outcome": line.outcome, "text": line.text, "remedy": line.remedy}
    more = {"key": line.key, "about": line.about, "accepted": line.accepted}
    return {**told, **{name: value for name, value in more.items() if value}}


def settled(lines: Iterable[GuardLine], accepted: Accepted) -> list[GuardLine]:
    """Turn accepted lines into `ok`; add to the remedy of any other how to accept it, if it can be
    accepted."""
    return [_settled(line, accepted) for line in lines]


def _settled(line: GuardLine, accepted: Accepted) -> GuardLine:
    # A failed line that only reports a state can be accepted; a failed precondition can't.
    may_be = line.outcome in ("not_known", "warning") or (line.outcome == "failed" and line.found)
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
    """Write every line to the journal; refuse the run if one failed.

    Raises:
        PryvTuiError: `refused`, with the texts of all failed lines and the first one's remedy.
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
