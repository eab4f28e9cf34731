"""Find the accounts that are in a drilled set but no longer on the live platform."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.durable import write_durably
from pryv_tui.formats.errors import FormatError
from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.operations.audit.accounts import (
    Accounts,
    indexed_now,
    newest_registered,
    registered_now,
)
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.drilling.facts import Erased, Newest
from pryv_tui.operations.drilling.newest import newest_of
from pryv_tui.operations.site import RUNS
from pryv_tui.phrases import counted

NAMES_FILE = "erased.names"
"""The file in the run's folder with the accounts' names. Only its owner can read it; the names must
not be in a journal."""


class Known(NamedTuple):
    """The accounts of one role, in the sandbox and on the live platform."""

    role: str
    then: Accounts
    live: Accounts | None
    """None: no host of the live platform has that role."""


class Asked(NamedTuple):
    """The answers of registers (Redis) and of core's username indexes."""

    known: Sequence[Known]
    notes: Sequence[tuple[RunContext, str]]
    """Lines for the journal, each with the context that writes it. Only the main thread writes to
    the journal; it waits for this one."""
    newest: Sequence[Newest] = ()
    """The time of the newest account, for each register in the sandbox."""


def ask_accounts(ctx: RunContext, inner: RunContext, sandbox: Deployment) -> Asked:
    """Ask the sandbox and the live platform for their accounts; this is called in a thread."""
    known: list[Known] = []
    notes: list[tuple[RunContext, str]] = []
    for role in ("register", "core"):
        then = known_accounts(inner, sandbox, role, lambda text: notes.append((inner, text)))
        if then is not None:
            live = known_accounts(ctx, ctx.deployment, role, lambda text: notes.append((ctx, text)))
            known.append(Known(role, then, live))
    newest = [
        _newest(inner, state, lambda text: notes.append((inner, text)))
        for state in sandbox.hosts
        if "redis" in state.layout.stores
    ]
    return Asked(known, notes, newest)


def _newest(inner: RunContext, state: HostState, tell: Callable[[str], None]) -> Newest:
    """Ask a sandbox's register for the time at which its newest account was registered."""
    try:
        engine = inner.site.host(state.name).engine
        last = newest_registered(engine, state, tell)
    except (PryvTuiError, FormatError, OSError) as error:
        why = error.what if isinstance(error, PryvTuiError) else str(error)
        return Newest(store="redis", host=state.name, moment="", why=why)
    return newest_of(
        "redis", state.name, last, "no account that was asked says when it was registered"
    )


def tell_erased(ctx: RunContext, asked: Asked) -> None:
    """Report the number of accounts in the set that are no longer on the live platform.

    Their names are written into `NAMES_FILE`, beside the journal.
    """
    for of, words in asked.notes:
        of.report.note(words)
    names: set[str] = set()
    for role, then, live in asked.known:
        if live is None:
            ctx.report.drilled(
                Erased(count=None, role=role, why="the role was not found on the live platform")
            )
        elif then.names is None or live.names is None:
            ctx.report.drilled(Erased(count=None, role=role, why=then.why or live.why))
        else:
            gone = then.names - live.names
            names |= gone
            ctx.report.drilled(Erased(count=len(gone), role=role))
    if not names:
        return
    folder = ctx.site.state / RUNS / ctx.run_id
    if folder.is_dir():
        write_durably(folder / NAMES_FILE, ("\n".join(sorted(names)) + "\n").encode())
    ctx.warn(
        f"{counted(len(names), 'account')} of the set erased on the live platform since then: a"
        " restore of the set brings back what was erased"
    )


def known_accounts(
    ctx: RunContext, deployment: Deployment, role: str, tell: Callable[[str], None] | None = None
) -> Accounts | None:
    """Return the accounts that register or core of a platform has now; None if it has no such host.

    Args:
        tell: receives a line if the wait for an answer gets long; None: it is a note of the run.
    """
    tell = tell or ctx.report.note
    found: list[Accounts] = []
    for state in deployment.hosts:
        if role not in state.roles:
            continue
        if role == "core":
            found.append(indexed_now(state))
        elif "redis" in state.layout.stores:
            found.append(registered_now(ctx.site.host(state.name).engine, state, tell))
    if not found:
        return None
    unknown = next((one for one in found if one.names is None), None)
    if unknown is not None:
        return unknown
    return Accounts(frozenset().union(*(one.names or frozenset() for one in found)))
