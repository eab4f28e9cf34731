"""What a person can accept as it is now, and the act of doing so."""

from __future__ import annotations

from collections.abc import Sequence

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.acceptance import (
    Acceptable,
    Acceptance,
    accept,
    need_accepted,
    withdraw,
)
from pryv_tui.operations.audit.whose import key_of_set, whose
from pryv_tui.operations.guards import doctor
from pryv_tui.operations.services.answering import answers_now
from pryv_tui.operations.sets.known_vaults import KEY as VAULT
from pryv_tui.operations.sets.known_vaults import remember
from pryv_tui.operations.site import Site
from pryv_tui.runs.now import holds_now
from pryv_tui.runs.record.tries import tries_of
from pryv_tui.runs.record.undos import brought_back
from pryv_tui.runs.recovery import overview_with_leftovers


def acceptable(site: Site, keys: Sequence[str] = ()) -> list[Acceptable]:
    """Every warning of now that has a key: of the checks, and of what stands on the overview.

    Args:
        keys: what is asked for; a set that looks like another platform's is looked at where it is
            named alone.
    """
    deployment = site.discover()
    lines = doctor(
        site,
        deployment,
        holds_now(site),
        tries_of(site, deployment),
        answers_now(site, deployment),
        brought=brought_back(site, deployment),
    )
    found = [
        Acceptable(key=line.key, about=line.about, text=f"{line.name}: {line.text}")
        for line in lines
        if line.key and line.outcome != "ok"
    ]
    found += [
        Acceptable(key=item.key, about=item.about, text=item.text)
        for item in overview_with_leftovers(site).attention
        if item.key and item.level != "info"
    ]
    found += [one for key in keys for one in _whose(site, deployment, key)]
    return list({one.key: one for one in reversed(found)}.values())[::-1]


def _whose(site: Site, deployment: Deployment, key: str) -> list[Acceptable]:
    """Of a set that its key names: that it looks like another platform's; nothing where it does
    not."""
    told = [one.id for one in site.vault.sets() if key_of_set(one.id) == key and one.manifest]
    if not told:
        return []
    marks = whose(site, deployment, site.vault.resolve(told[0]))
    return [one.acceptable() for one in marks if one.key == key]


def accept_keys(
    site: Site, keys: Sequence[str], now: Sequence[Acceptable], *, why: str = ""
) -> list[Acceptance]:
    """Accept warnings as they were shown.

    Args:
        keys: what they are called.
        now: what can be accepted, as a person saw it.

    Raises:
        PryvTuiError: `usage`, there is no such warning; what writing raises. Nothing is accepted
            then of those that were not said to be.
    """
    known = {one.key: one for one in now}
    strange = [key for key in keys if key not in known]
    if strange:
        raise PryvTuiError(
            "usage",
            f"there is nothing called {strange[0]!r} that could be accepted now",
            f"What can be: {', '.join(known)}"
            if known
            else "Nothing can be now; what there is, says: pryv-tui doctor",
        )
    made: list[Acceptance] = []
    done: list[str] = []
    for key in dict.fromkeys(keys):
        try:
            if key == VAULT:
                # It becomes the vault; what is written down beside it says who wanted that.
                remember(site)
                done.append(f"{site.vault.folder} is the vault now")
            made.append(accept(site.state, known[key], why=why))
        except PryvTuiError as error:
            raise _with_done(error, done) from error
        done.append(f"{key} was accepted")
    return made


def withdraw_keys(site: Site, keys: Sequence[str]) -> list[Acceptance]:
    """Make several acceptances count no longer.

    Raises:
        PryvTuiError: `usage`, one of them is none, and all of them stay; what writing raises.
    """
    need_accepted(site.state, keys)
    made: list[Acceptance] = []
    for key in dict.fromkeys(keys):
        try:
            made.append(withdraw(site.state, key))
        except PryvTuiError as error:
            done = [f"{one.key} is accepted no more" for one in made]
            raise _with_done(error, done) from error
    return made


def _with_done(error: PryvTuiError, done: Sequence[str]) -> PryvTuiError:
    """It, with what was done by then and is told by nobody else."""
    return PryvTuiError(error.name, "; ".join([error.what, *done]), error.remedy)
