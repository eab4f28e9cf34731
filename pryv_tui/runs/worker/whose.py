"""Whose a file is that a run failed at: an account's name beside the id in its path."""

from __future__ import annotations

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.audit.accounts import indexed_now
from pryv_tui.operations.audit.owners import owner_of
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.plan import Plan


def account_of(plan: Plan, ctx: RunContext, failure: PryvTuiError) -> str:
    """Whose the file is that an error is about, as it is shown, by core's own index as it is now;
    empty where that does not tell it, and in a drill, whose evidence names nobody."""
    if not failure.path or plan.kind == "drill":
        return ""
    cores = [one for one in ctx.deployment.hosts if "core" in one.roles and one.root_exists]
    # Read only now that something failed: of many accounts it takes its seconds.
    owners = (owner_of(failure.path, indexed_now(one).ids) for one in cores)
    return next(filter(None, owners), "")


def with_account(failure: PryvTuiError, account: str) -> str:
    """What happened, with whose the file is beside its path."""
    if not account:
        return failure.what
    return failure.what.replace(failure.path, f"{failure.path} (account {account})", 1)
