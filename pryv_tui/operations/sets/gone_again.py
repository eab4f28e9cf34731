"""Roles that are without their files once more when a restore is undone: they were before it, too.

Whoever brings a disaster back has to mean it: the platform's domain is typed, or given as
`--confirm`, wherever that is asked for.
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
    """Those of the roles that a root is without when what lies aside is back in it.

    Args:
        aside: by the name that it has when all of it lies there, in whichever state it is.
    """
    if aside.with_name(aside.name + MOVING).is_dir():
        return ()  # all of it is the former content: nothing new is there that could go
    taken = [path for path in kept_folders(root) if path.parent.name == own_folder.UNDONE]
    own = own_in([root, *taken])
    bare = bare_roles(root, roles, own)
    if aside.is_dir():
        return tuple(role for role in bare_aside(aside, roles, own) if role not in bare)
    # An undo has taken out what the restore had put there, and puts back, or has put back, the
    # rest.
    back = aside.with_name(aside.name + RETURNING)
    former = set(bare) & set(bare_aside(aside, roles, own)) & set(bare_aside(back, roles, own))
    return tuple(
        role
        for role in bare
        if role in former and any(not bare_aside(folder, (role,), own) for folder in taken)
    )


def gone_by_host(deployment: Deployment, asides: Sequence[Owed]) -> dict[str, tuple[str, ...]]:
    """The same per host, of the roles that are there now.

    Args:
        asides: what a restore moved aside.
    """
    found: dict[str, tuple[str, ...]] = {}
    for owed in asides:
        state = deployment.host(owed.host)
        if state is not None:
            found[owed.host] = gone_again(Path(owed.what), Path(owed.where), state.roles)
    return found


def undo_command(run: str, domain: str, gone: Collection[str]) -> str:
    """Our command that undoes a restore, with the word where it needs one.

    Args:
        gone: what would be gone again.
    """
    return f"pryv-tui undo {undo_arguments(run, domain, confirmed=bool(gone))}"


def undo_arguments(run: str, domain: str, *, confirmed: bool) -> str:
    """What it is given: the run, and the word where it needs one."""
    return f"{run}{confirm_words(domain) if confirmed else ''}"


def undo_of_undo(run: str, domain: str) -> str:
    """Our command that undoes an undo: it replaces what is there now, and always needs the word."""
    return f"pryv-tui undo {undo_arguments(run, domain, confirmed=True)}"


def needs_word(plan: Plan, *, begun: bool = False) -> bool:
    """Whether who has this done must have said so: a role goes away again, or an undo is undone.

    Args:
        begun: it goes on with one that was stopped, of which the second was said before.
    """
    return bool(plan.lacks) or (plan.of_an_undo and not begun)


def need_word(
    plan: Plan, word: str, command: str, *, begun: bool = False, kept: str = UNCHANGED
) -> None:
    """See that whoever has roles go away again, or has an undo undone, has said so.

    Args:
        word: what was typed or given; empty for none.
        command: what was asked for, without the word.
        begun: as for `needs_word`.
        kept: of what nothing was changed, in words.

    Raises:
        PryvTuiError: `refused`, it is not the platform's domain.
    """
    if not needs_word(plan, begun=begun) or word == plan.domain:
        return
    names = ", ".join(dict.fromkeys(f"{one.role} on {one.host}" for one in plan.lacks))
    it = (
        f"{word!r} is not the domain of this platform"
        if word
        else f"{names} would be gone again, which has to be confirmed"
        if names
        else "what is there now would be replaced by what an undo set aside, which has to be"
        " confirmed"
    )
    raise PryvTuiError(
        "refused",
        f"{it}; {kept}",
        f"To do it all the same: {command}{confirm_words(plan.domain)}",
    )
