"""Find the warnings that a person can accept now, and accept them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

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
    """Return every present warning that has a key, from the checks of `doctor` and the overview.

    Args:
        keys: the keys that are asked for. Whether a set looks like another platform's is checked
            only for sets whose key is among them.
    """
    deployment = site.discover()
    lines = doctor(
        site,
        deployment,
        holds_now(site),
        tries_of(site, deployment),
        answers_now(site, deployment),
        brought=partial(brought_back, site, deployment),
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
    """Return the warning that a set looks like another platform's, for the set that `key` names;
    empty if it does not look so."""
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
        keys: the keys of the warnings.
        now: the warnings that can be accepted, as a person saw them.

    Raises:
        PryvTuiError: `usage`: there is no such warning; errors of writing. The error names the
            warnings that were accepted before it; no other one is accepted.
    """
    known = {one.key: one for one in now}
    strange = [key for key in keys if key not in known]
    if strange:
        raise PryvTuiError(
            "usage",
            f"nothing named {strange[0]!r} can be accepted now",
            f"These can be: {', '.join(known)}"
            if known
            else "Nothing can be accepted now. To see what there is: pryv-tui doctor",
        )
    made: list[Acceptance] = []
    done: list[str] = []
    for key in dict.fromkeys(keys):
        try:
            if key == VAULT:
                # The folder becomes the vault; the acceptance beside it says who wanted that.
                remember(site)
                done.append(f"{site.vault.folder} is now the vault")
            made.append(accept(site.state, known[key], why=why))
        except PryvTuiError as error:
            raise _with_done(error, done) from error
        done.append(f"{key} was accepted")
    return made


def withdraw_keys(site: Site, keys: Sequence[str]) -> list[Acceptance]:
    """Withdraw several acceptances.

    Raises:
        PryvTuiError: `usage`: one of the keys is not accepted, and all acceptances stay; errors of
            writing.
    """
    need_accepted(site.state, keys)
    made: list[Acceptance] = []
    for key in dict.fromkeys(keys):
        try:
            made.append(withdraw(site.state, key))
        except PryvTuiError as error:
            done = [f"{one.key} is no longer accepted" for one in made]
            raise _with_done(error, done) from error
    return made


def _with_done(error: PryvTuiError, done: Sequence[str]) -> PryvTuiError:
    """Return the error with a list of what was done before it, which the operator can't learn
    elsewhere."""
    return PryvTuiError(error.name, "; ".join([error.what, *done]), error.remedy)
