"""Print a plan as a runbook (text, Markdown or shell), to be followed without this tool."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.commands import completed
from pryv_tui.operations.plan import Plan, StepView, quote
from pryv_tui.operations.steps.bringing_back.move_aside import MoveAside
from pryv_tui.operations.steps.bringing_back.put_back_root import PutBackRoot
from pryv_tui.operations.steps.services.stop_services import StopServices
from pryv_tui.platform.identity import service_in_name
from pryv_tui.sanitize import one_line
from pryv_tui.vault.guide.redis import save_first
from pryv_tui.vault.set_files import GUIDE

TITLE = "The set compared with the live platform"
Format = Literal["text", "markdown", "md", "shell"]


def runbook(plan: Plan, form: Format = "text") -> str:
    """Return the exact steps of a plan as text; nothing is run.

    Line breaks in a domain, a role or a title are removed: in a script, the text after one would be
    a command.

    Raises:
        PryvTuiError: `refused`, a command contains a control character (a root's path can). Such a
            command can't be copied as it is shown.
    """
    views = _typed(plan)
    for view in views:
        for command in view.command:
            if one_line(command) != command:
                raise PryvTuiError(
                    "refused",
                    f"a command of the step {one_line(view.title)!r} holds control characters, so"
                    f" it can't be printed the way it has to be typed: {one_line(command)}",
                    "Rename the folder in that command, with plain letters, digits and"
                    " punctuation; if it is a root, first stop what runs in it.",
                )
    return {"text": _text, "markdown": _markdown, "md": _markdown, "shell": _shell}[form](
        plan, views
    )


def _typed(plan: Plan) -> list[StepView]:
    """Return the steps, with all commands that a person has to type.

    A run asks Redis before it stops it whether its memory has data that is in no file. A person
    does not ask that, but always saves a snapshot first, as RESTORE.md says; this adds the command.
    """
    roots = {
        step.host: step.root for step in plan.steps if isinstance(step, MoveAside | PutBackRoot)
    }
    views = []
    for step, view in zip(plan.steps, plan.views(), strict=True):
        command = list(step.typed)
        if isinstance(step, StopServices) and step.host in roots:
            for name in _redis_of(step):
                kept = [f"ROOT={quote(roots[step.host])}", *save_first(name, ())]
                command = [*kept, *command]
        views.append(msgspec.structs.replace(view, command=tuple(command)))
    return views


def _redis_of(step: StopServices) -> list[str]:
    return [
        name
        for name in step.containers
        if (step.services.get(name) or service_in_name(name)) == "redis"
    ]


def _heading(plan: Plan) -> str:
    about = f" of {plan.domain}" + (f", set {plan.set_id}" if plan.set_id else "")
    return one_line(f"{plan.kind.capitalize()}{about} ({', '.join(plan.roles)})")


def _remarks(plan: Plan) -> list[str]:
    return [one_line(line) for line in (*plan.effects, *plan.notice)]


def _compared(plan: Plan) -> list[str]:
    return [one_line(line) for line in plan.compared]


def _text(plan: Plan, views: Sequence[StepView]) -> str:
    lines = [_heading(plan), ""]
    lines += [*_remarks(plan), ""]
    if plan.compared:
        lines += [f"{TITLE}:", *(f"  {line}" for line in _compared(plan)), ""]
    if any(view.destructive for view in views):
        lines += ["! changes what is there; what each such step leaves can be undone", ""]
    for number, view in enumerate(views, start=1):
        mark = "!" if view.destructive else " "
        lines.append(f"{number:3d}{mark} {one_line(view.title)}")
        lines += [f"       {command}" for command in view.command]
    return "\n".join(lines) + "\n"


def _markdown(plan: Plan, views: Sequence[StepView]) -> str:
    lines = [f"# {_heading(plan)}", ""]
    lines += [f"- {line}" for line in _remarks(plan)]
    if plan.compared:
        lines.append(f"- {TITLE}:")
    for line in _compared(plan):
        text = line.lstrip(" ")
        lines.append(f"{line[: len(line) - len(text)]}  - {text}")
    for number, view in enumerate(views, start=1):
        lines += ["", f"## {number}. {one_line(view.title)}", ""]
        if view.command:
            lines += ["```sh", *view.command, "```", ""]
        lines.append(f"If it is stopped in the middle, it leaves {one_line(view.leaves)}.")
        if view.undoable:
            lines.append(f"Undone by: {one_line(view.undone)}.")
        elif view.for_good:
            why = one_line(view.undone)
            lines.append(f"{why[:1].upper()}{why[1:]}.")
    return "\n".join(lines) + "\n"


def _shell(plan: Plan, views: Sequence[StepView]) -> str:
    lines = ["#!/bin/sh", f"# {_heading(plan)}", "set -eu"]
    lines += [f"# {line}" for line in _remarks(plan)]
    lines += [f"# {TITLE}:"] if plan.compared else []
    lines += [f"#   {line}" for line in _compared(plan)]
    for number, view in enumerate(views, start=1):
        lines += ["", f"# {number}. {one_line(view.title)}"]
        lines += list(view.command) or [f"# (a check that pryv-tui does itself: see {GUIDE})"]
    return "\n".join(lines) + "\n"


def spoken(plan: Plan, given: tuple[str, ...]) -> Plan:
    """Return the plan with the options for this platform added to all commands in its sentences.

    Args:
        given: the options that the program was started with.
    """
    return msgspec.structs.replace(
        plan,
        notice=tuple(completed(line, given) for line in plan.notice),
        effects=tuple(completed(line, given) for line in plan.effects),
    )
