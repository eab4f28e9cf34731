"""Show the owner of a file: an account's name beside the id under which its files are kept. Pure.

Only core's index of user names has this. Register has names too, but it is not documented that
register's `id` of an account is the id of core's files. So names come from the live index and, if a
set is compared, from the set's index as well: the live core may no longer have the owner of files
that it still has. An id that is in neither index is shown as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pryv_tui.phrases import cut
from pryv_tui.sanitize import one_line

MOST = 64
"""Maximum length of a name in characters.

Longer than any real name, but short enough that a damaged index can't fill a page.
"""


def people_in(lists: Iterable[Sequence[str]], ids: Mapping[str, str]) -> dict[str, str]:
    """Return the names, by id, of the accounts whose ids occur in these lists.

    The names are shortened and made safe for display.

    Args:
        lists: names of casualties; an id is a whole part of such a path.
    """
    parts = {part for names in lists for name in names for part in name.split("/")}
    return {part: shown_name(ids[part]) for part in sorted(parts) if ids.get(part)}


def shown_name(account: str) -> str:
    """Return an account's name for display."""
    return cut(one_line(account), MOST)


def with_owner(name: str, people: Mapping[str, str]) -> str:
    """Return a casualty's name for display, on one line, followed by its account if known.

    Args:
        name: a path, or a list of ids; `/` separates the parts.
        people: names of accounts by their ids.
    """
    account, shown = owner_of(name, people), one_line(name)
    return f"{shown} (account {account})" if account else shown


def owner_of(name: str, people: Mapping[str, str]) -> str:
    """Return the name of a casualty's account, for display.

    Empty if it is unknown, or if the casualty is an account itself.
    """
    found = (people[part] for part in name.split("/") if people.get(part))
    return shown_name(next(found, ""))
