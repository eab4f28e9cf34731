"""The texts about plans and guards, as the wizards show them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from pryv_tui.operations.guards import GuardLine
from pryv_tui.operations.kind import kind_of
from pryv_tui.operations.plan import DOWN, Plan
from pryv_tui.operations.plans.prune import removed_by, rests_of
from pryv_tui.operations.sets.targets import Target
from pryv_tui.tui.text.hints import Keyed
from pryv_tui.tui.text.lines import Para
from pryv_tui.tui.text.words import GUARD, about, age, count, fit, shell_line
from pryv_tui.vault.manifest import SetManifest

_Parts = list[Content | str]


def guards_text(lines: Sequence[GuardLine], keyed: Keyed) -> list[Para]:
    """Return the guard lines: outcome, name, what was found; with the remedy if one is needed."""
    parts: list[Para] = []
    for line in lines:
        word = GUARD[line.outcome]
        parts.append(
            Para(
                11,
                Content.assemble(
                    (fit(str(word), 11), word.style), (line.name, "bold"), (f"  {line.text}", "")
                ),
            )
        )
        if line.outcome != "ok" and line.remedy:
            text = Content.assemble(" " * 11, ("What to do: ", "bold"), keyed(line.remedy))
            parts.append(Para(11, text))
    return parts


def guards_verdict(lines: Sequence[GuardLine], *, way_on: bool = True) -> Content:
    """Return one line that says whether the operator can continue.

    Args:
        way_on: whether something can be started next; if not, the line only describes the state.
    """
    failed = sum(line.outcome == "failed" for line in lines)
    warned = sum(line.outcome == "warning" for line in lines)
    dark = sum(line.outcome == "not_known" for line in lines)
    if failed:
        told = "correct the cause, then check again (ctrl+r)."
        return Content.assemble((f"✗ {failed} FAILED: {told}", "$text-error"))
    if warned:
        found = f"▲ {warned} WARNING" + ("S" if warned > 1 else "")
        found += f", {dark} UNKNOWN" if dark else ""
        read = "it" if warned + dark == 1 else "them"
        told = f": read {read}, then continue." if way_on else ", and nothing FAILED."
        return Content.assemble((f"{found}{told}", "$text-warning"))
    if dark:
        read = "it" if dark == 1 else "them"
        told = f": read {read}, then continue." if way_on else ", and nothing FAILED."
        return Content.assemble((f"? {dark} UNKNOWN{told}", "$text-warning"))
    return Content.assemble((f"✓ all {len(lines)} OK", "$text-success"))


def plan_text(plan: Plan, *, commands: bool) -> Content:
    """Return what users will notice, the notice about the gap, and the steps with their exact
    commands."""
    parts: _Parts = [Content.assemble(("What happens", "bold")), "\n"]
    parts += [Content(f"  {line}\n") for line in plan.effects]
    if plan.notice:
        parts += ["\n", Content.assemble(("The timing gap", "bold $text-warning")), "\n"]
        parts += [Content(f"  {line}\n") for line in plan.notice]
    if not plan.steps:
        return Content.assemble(*parts, "\n", ("Nothing is to be done.", "bold"))
    known = [plan.expected[step.id] for step in plan.steps if step.id in plan.expected]
    took = about(sum(known)) if known else "unknown, none was done here yet"
    parts += [
        "\n",
        Content.assemble(
            (f"The {count(len(plan.steps), 'step')}", "bold"),
            (f"  (time: {took}; c {'hides' if commands else 'shows'} the commands)", "$quiet"),
            "\n",
        ),
    ]
    parts.append(steps_text(plan, commands=commands))
    return Content.assemble(*parts)


def steps_text(plan: Plan, *, commands: bool) -> Content:
    """Return the steps of a plan, numbered; a line above them explains their mark."""
    parts: _Parts = []
    if any(view.destructive for view in plan.views()):
        what = "it can't be undone" if kind_of(plan.kind).for_good else "it can be undone"
        parts += [Content.assemble(("   !", "$text-warning"), f" changes what is there; {what}\n")]
    for place, view in enumerate(plan.views(), start=1):
        mark = ("!", "$text-warning") if view.destructive else (" ", "")
        took = f"  {about(view.expected_seconds or 0)}" if (view.expected_seconds or 0) >= 2 else ""
        parts.append(
            Content.assemble((f"{place:3d}", ""), mark, f" {view.title}", (took, "$quiet"), "\n")
        )
        if commands:
            for line in view.command:
                parts.append(Content.assemble((f"      {shell_line(line)}", "$text-primary"), "\n"))
            if not view.command:
                told = "the program does this itself, without a command"
                if view.leaves_nothing and not view.destructive:
                    told = "a check; it changes nothing of the platform"
                parts.append(Content.assemble((f"      ({told})\n", "$text-primary")))
    return Content.assemble(*parts)


def act_text(what: str, plan: Plan, *, typed: bool = True) -> str:
    """Return what an act does, for the question before it: its effects and its steps.

    Args:
        typed: whether the domain has to be typed to confirm it.
    """
    lines = [what, "", *(f"- {line}" for line in plan.effects), ""]
    lines += [f"{place:2d}  {view.title}" for place, view in enumerate(plan.views(), start=1)]
    return "\n".join([*lines, *(["", f"Type {plan.domain} to confirm."] if typed else ())])


def commands_text(what: str, plan: Plan) -> Content:
    """Return the exact commands of an act, for the question before it."""
    # Nobody may overlook a role that will be gone again: so this is shown here too.
    lacks = "".join(f"- {one.role} on {one.host} will be gone again.\n" for one in plan.lacks)
    return Content.assemble(f"{what}\n\n{lacks}", steps_text(plan, commands=True))


def prune_text(plan: Plan, vault: str) -> Content:
    """Return what a prune removes, set by set."""
    parts: _Parts = [Content.assemble(("This removes for good", "bold $text-error"), "\n")]
    parts += [Content(f"  {name}\n") for name in (*removed_by(plan), *rests_of(plan))]
    parts.append(f"from the vault {vault}.\n")
    if removed_by(plan):
        parts.append("\nNo undo brings a removed set back.\n")
    return Content.assemble(*parts)


def hosts_of(plan: Plan) -> str:
    """Return the machines that a plan changes."""
    return ", ".join(sorted({step.host for step in plan.steps if step.host}))


def replaced_text(
    plan: Plan, targets: Sequence[Target], manifest: SetManifest, compared: Content
) -> Content:
    """Return what a restore replaces on each machine, what it costs, and the set's own gap.

    Args:
        compared: the set compared with the live platform, as text.
    """
    parts: _Parts = [
        Content.assemble(("This replaces", "bold $text-error"), "\n"),
    ]
    for target in targets:
        part = next(host for host in manifest.hosts if host.name == target.set_host)
        parts.append(
            Content.assemble(
                "  ",
                (target.root, "bold"),
                " on ",
                (target.host, "bold"),
                f" ({', '.join(part.roles)})\n",
            )
        )
    parts += [
        f"with the set {manifest.id}, made {age(manifest.created)}.\n\n",
        compared,
        "\n\n",
        "What was written since is not in it; as far as it is there, it stays in what is moved"
        " aside.\n",
        "What is there now is moved aside, not deleted; undo puts it back.\n",
        f"{DOWN}\n\n",
        Content.assemble(("The timing gap", "bold $text-warning")),
        "\n",
    ]
    parts += [Content(f"  {line}\n") for line in plan.notice]
    return Content.assemble(*parts)
