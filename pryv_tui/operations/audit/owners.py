"""Whose a file is, for people: an account's name beside the id that its files are kept under. Pure.

Core's index of user names alone tells that. Register knows the names; that what it calls an
account's `id` is the id of core's files is nowhere documented. So what the live platform is asked
for is told by its own index and, where it is compared with a set, by that set's too: core may have
forgotten whose the files are that it still has. An id that neither knows stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pryv_tui.phrases import cut
from pryv_tui.sanitize import one_line

MOST = 64
"""Characters of a name that are shown and kept: more than any account's may have, and not so many
that a garbled index fills a page."""


def people_in(lists: Iterable[Sequence[str]], ids: Mapping[str, str]) -> dict[str, str]:
    """Of the names of accounts by their ids, those whose ids stand in these lists, as they are
    shown: nothing acts in them, and they are not long.

    Args:
        lists: names of casualties; an id is a part of a path there, whole.
    """
    parts = {part for names in lists for name in names for part in name.split("/")}
    return {part: shown_name(ids[part]) for part in sorted(parts) if ids.get(part)}


def shown_name(account: str) -> str:
    """An account's name as it is shown."""
    return cut(one_line(account), MOST)


def with_owner(name: str, people: Mapping[str, str]) -> str:
    """A casualty's name for people, on one line: with whose it is beside an id that it holds, where
    that is known.

    Args:
        name: a path, or a list of ids, its parts divided by `/`.
        people: names of accounts by their ids.
    """
    account, shown = owner_of(name, people), one_line(name)
    return f"{shown} (account {account})" if account else shown


def owner_of(name: str, people: Mapping[str, str]) -> str:
    """Whose a casualty is, as it is shown; empty where that is not known, or it is an account."""
    found = (people[part] for part in name.split("/") if people.get(part))
    return shown_name(next(found, ""))
