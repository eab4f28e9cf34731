"""The account whose file made a run fail. It is shown beside the path, which has only the account's
id."""

from __future__ import annotations

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.audit.accounts import indexed_now
from pryv_tui.operations.audit.owners import owner_of
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.kind import kind_of
from pryv_tui.operations.plan import Plan


def account_of(plan: Plan, ctx: RunContext, failure: PryvTuiError) -> str:
    """Return the name of the account whose file an error is about, according to core's present
    index. Empty if the index does not have it, and in a drill, whose evidence names nobody."""
    if not failure.path or kind_of(plan.kind).names_nobody:
        return ""
    cores = [one for one in ctx.deployment.hosts if "core" in one.roles and one.root_exists]
    # Read only after a failure: with many accounts it takes seconds.
    owners = (owner_of(failure.path, indexed_now(one).ids) for one in cores)
    return next(filter(None, owners), "")


def with_account(failure: PryvTuiError, account: str) -> str:
    """Return what happened, with the account's name beside the path of its file."""
    if not account:
        return failure.what
    return failure.what.replace(failure.path, f"{failure.path} (account {account})", 1)
