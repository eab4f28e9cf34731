"""A guard's line: a named check that says OK, WARNING or FAILED, with its remedy."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.context import GuardOutcome, RunContext
from pryv_tui.operations.hints import completed


class GuardLine(msgspec.Struct, frozen=True, kw_only=True):
    """One check and what came of it."""

    name: str
    outcome: GuardOutcome
    text: str
    remedy: str = ""


def ok(name: str, text: str) -> GuardLine:
    return GuardLine(name=name, outcome="ok", text=text)


def warning(name: str, text: str, remedy: str) -> GuardLine:
    return GuardLine(name=name, outcome="warning", text=text, remedy=remedy)


def failed(name: str, text: str, remedy: str) -> GuardLine:
    return GuardLine(name=name, outcome="failed", text=text, remedy=remedy)


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
            ctx.warn(f"{line.text}. {remedy}")
    if refused:
        text = "; ".join(f"{line.name}: {line.text}" for line in refused)
        raise PryvTuiError("refused", text, refused[0].remedy)
