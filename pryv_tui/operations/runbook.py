"""A plan as a runbook: text, Markdown or shell, for the day the tool can't be had."""

from __future__ import annotations

from typing import Literal

from pryv_tui.operations.plan import Plan

Format = Literal["text", "markdown", "shell"]


def runbook(plan: Plan, form: Format = "text") -> str:
    """The exact steps of a plan, nothing run."""
    return {"text": _text, "markdown": _markdown, "shell": _shell}[form](plan)


def _heading(plan: Plan) -> str:
    about = f" of {plan.domain}" + (f", set {plan.set_id}" if plan.set_id else "")
    return f"{plan.kind.capitalize()}{about} ({', '.join(plan.roles)})"


def _text(plan: Plan) -> str:
    lines = [_heading(plan), ""]
    lines += [*plan.effects, *plan.notice, ""]
    if any(view.destructive for view in plan.views()):
        lines += ["! changes what is there; what each such step leaves can be undone", ""]
    for number, view in enumerate(plan.views(), start=1):
        mark = "!" if view.destructive else " "
        lines.append(f"{number:3d}{mark} {view.title}")
        lines += [f"       {command}" for command in view.command]
    return "\n".join(lines) + "\n"


def _markdown(plan: Plan) -> str:
    lines = [f"# {_heading(plan)}", ""]
    lines += [f"- {line}" for line in (*plan.effects, *plan.notice)]
    for number, view in enumerate(plan.views(), start=1):
        lines += ["", f"## {number}. {view.title}", ""]
        if view.command:
            lines += ["```sh", *view.command, "```", ""]
        lines.append(f"If it is stopped in the middle, it leaves {view.leaves}.")
        if view.undone != "there is nothing to undo":
            lines.append(f"Undone by: {view.undone}.")
    return "\n".join(lines) + "\n"


def _shell(plan: Plan) -> str:
    lines = ["#!/bin/sh", f"# {_heading(plan)}", "set -eu"]
    lines += [f"# {line}" for line in (*plan.effects, *plan.notice)]
    for number, view in enumerate(plan.views(), start=1):
        lines += ["", f"# {number}. {view.title}"]
        lines += list(view.command) or ["# (a check of the program's own: see RESTORE.md)"]
    return "\n".join(lines) + "\n"
