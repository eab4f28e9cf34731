"""Roles that lose their files again when a restore is undone, because they had none before it.

Such an undo brings a disaster back, so it has to be confirmed: the operator types the platform's
domain, or passes it as `--confirm`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from pryv_tui import own_folder
from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.commands import confirm_words
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.plan import Plan
from pryv_tui.operations.root.aside import MOVING, RETURNING, kept_folders
from pryv_tui.operations.sets.missing_roles import bare_aside, bare_roles, own_in

UNCHANGED = "nothing was changed"


def gone_again(root: Path, aside: Path, roles: Collection[str]) -> tuple[str, ...]:
    """The roles that will have no files in a root after the content moved aside is put back.

    Args:
        aside: the folder of that content, by its final name; while it is being moved or put back,
            the folder on the disk has another name.
        roles: the roles to check.
    """
    if aside.with_name(aside.name + MOVING).is_dir():
        return ()  # the restore had not put anything in place yet, so an undo removes nothing
    taken = [path for path in kept_folders(root) if path.parent.name == own_folder.UNDONE]
    own = own_in([root, *taken])
    bare = bare_roles(root, roles, own)
    if aside.is_dir():
        return tuple(role for role in bare_aside(aside, roles, own) if role not in bare)
    # An undo has already moved the restored content out, and has begun to put the former content
    # back.
    back = aside.with_name(aside.name + RETURNING)
    former = set(bare) & set(bare_aside(aside, roles, own)) & set(bare_aside(back, roles, own))
    return tuple(
        role
        for role in bare
        if role in former and any(not bare_aside(folder, (role,), own) for folder in taken)
    )


def gone_by_host(deployment: Deployment, asides: Sequence[Owed]) -> dict[str, tuple[str, ...]]:
    """By host: the roles found there now that will have no files after an undo (`gone_again`).

    Args:
        asides: the debts for the content that a restore moved aside.
    """
    found: dict[str, tuple[str, ...]] = {}
    for owed in asides:
        state = deployment.host(owed.host)
        if state is not None:
            found[owed.host] = gone_again(Path(owed.what), Path(owed.where), state.roles)
    return found


def undo_command(run: str, domain: str, gone: Collection[str]) -> str:
    """The command that undoes a restore, with `--confirm` if that is needed.

    Args:
        gone: the roles that would be gone again; empty: no confirmation is needed.
    """
    return f"pryv-tui undo {undo_arguments(run, domain, confirmed=bool(gone))}"


def undo_arguments(run: str, domain: str, *, confirmed: bool) -> str:
    """The arguments of `undo`: the run, and `--confirm` if `confirmed`."""
    return f"{run}{confirm_words(domain) if confirmed else ''}"


def undo_of_undo(run: str, domain: str) -> str:
    """The command that undoes an undo. It replaces the present content, so it needs `--confirm`."""
    return f"pryv-tui undo {undo_arguments(run, domain, confirmed=True)}"


def needs_word(plan: Plan, *, begun: bool = False) -> bool:
    """Whether a plan must be confirmed: a role will be gone again, or an undo is undone.

    Args:
        begun: the plan continues one that was stopped: undoing the undo was already confirmed then.
    """
    return bool(plan.lacks) or (plan.of_an_undo and not begun)


def need_word(
    plan: Plan, word: str, command: str, *, begun: bool = False, kept: str = UNCHANGED
) -> None:
    """Refuse a plan that must be confirmed (`needs_word`) and was not.

    Args:
        word: what the operator typed, or passed as `--confirm`; empty if nothing.
        command: the command that was asked for, without `--confirm`.
        begun: see `needs_word`.
        kept: what was not changed, as a clause for the message.

    Raises:
        PryvTuiError: `refused`, `word` is not the platform's domain.
    """
    if not needs_word(plan, begun=begun) or word == plan.domain:
        return
    names = ", ".join(dict.fromkeys(f"{one.role} on {one.host}" for one in plan.lacks))
    it = (
        f"{word!r} is not the domain of this platform"
        if word
        else f"{names} would be gone again, which has to be confirmed"
        if names
        else "what is there now would be replaced by what an undo moved aside, which has to be"
        " confirmed"
    )
    raise PryvTuiError(
        "refused",
        f"{it}; {kept}",
        f"To do it anyway: {command}{confirm_words(plan.domain)}",
    )
