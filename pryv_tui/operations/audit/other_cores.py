"""Accounts that register knows and that live on a core which is none of those here. Pure.

A platform may have several cores, each on its machine, and one register that knows of every account
on which of them it is (`<username>:server`). Who looks from the machine of one core can't ask the
others: what register knows of their accounts is no loss of this core, and no proof either that all
is well with them. So they are told apart, named as "not asked", and nobody is told to free their
names: their data would go with them.

Which of register's hosts the core here is, it does not say itself in what this program reads. It is
told by the accounts: what most of those of its index have is its own, and what most of whose
accounts it has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from pryv_tui.phrases import counted, named

WHAT = "accounts on other cores"
"""As an audit calls what it can't ask."""
SAMPLE = 200
"""Accounts of a core that are looked up to learn what register calls it."""
SHOWN = 5
UNTOLD = "register names several cores, and none of the accounts known here tells which is which"


class Cores(NamedTuple):
    """Which accounts are on which cores, as register says it."""

    elsewhere: Mapping[str, str] = {}
    """By account: the core that it is on, which is none of those here."""
    why: str = ""
    """Why it is not known which cores are here, where several are named; empty where it is."""

    def told(self, names: Iterable[str]) -> str:
        """Those of these accounts that are elsewhere, in words; empty where none is."""
        found = sorted(set(names) & self.elsewhere.keys())
        if not found:
            return ""
        hosts = sorted({self.elsewhere[name] for name in found})
        where = "another core" if len(hosts) == 1 else "other cores"
        be = "is" if len(found) == 1 else "are"
        return (
            f"{counted(len(found), 'account')} ({named(found, SHOWN)}) {be} on {where}"
            f" ({named(hosts, SHOWN)}): not asked"
        )


NONE = Cores()


def sample(core: Collection[str], registered: Collection[str]) -> list[str]:
    """Accounts of a core by which it is learned what register calls it."""
    return sorted(set(core) & set(registered))[:SAMPLE]


def told_apart(cores: Sequence[Collection[str]], servers: Mapping[str, str]) -> Cores:
    """Tell the accounts of the cores here from those that are elsewhere.

    Args:
        cores: per core that is here, or in the set: the accounts that it knows, or knew.
        servers: by account, where register says that it is, as far as that was asked.
    """
    if not cores:
        return NONE
    every = Counter(servers.values())
    here = {name for core in cores for name in core}
    ours: set[str] = set()
    dark = 0
    for core in cores:
        counts = Counter(servers[name] for name in core if name in servers)
        if counts:
            ours.add(counts.most_common(1)[0][0])
        else:
            dark += 1
    # A platform that was renamed has its core under two names.
    mine = Counter(host for name, host in servers.items() if name in here)
    ours |= {host for host, many in mine.items() if 2 * many > every[host]}
    if len(every.keys() - ours) <= dark:
        # Each core that nothing tells of has one of those that are left.
        return NONE
    if dark:
        return Cores(why=UNTOLD)
    return Cores(
        {name: host for name, host in servers.items() if host not in ours and name not in here}
    )
