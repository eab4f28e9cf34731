"""Find the accounts in register that belong to a core on another machine. Pure.

A platform may have several cores, each on its own machine, and one register that has the core of
each account (`<username>:server`). From one core's machine the others can't be asked. Accounts on
other cores are no loss of this core, but nothing proves that they are well. So they are reported as
"not asked", and nobody is told to free their names: that would cost them their data.

The files read here do not say which of register's hosts is the core here. The accounts show it: a
host is this core if more accounts of this core's index are on it than on any other host, or if the
cores here have more than half of the host's accounts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from pryv_tui.phrases import counted, named

WHAT = "accounts on other cores"
"""The name that an audit gives to accounts that it can't ask about."""
SAMPLE = 200
"""Maximum number of a core's accounts that are looked up to learn register's name for that core."""
SHOWN = 5
UNTOLD = "register names several cores, and none of the accounts known here tells which is which"


class Cores(NamedTuple):
    """The accounts on cores that are not here, as register has them."""

    elsewhere: Mapping[str, str] = {}
    """By account: the core that it is on."""
    why: str = ""
    """Why it is unknown which of several cores are here; empty if known."""

    def told(self, names: Iterable[str]) -> str:
        """Say which of these accounts are on other cores; empty if none is."""
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
    """Return the accounts of a core to look up, to learn register's name for that core."""
    return sorted(set(core) & set(registered))[:SAMPLE]


def told_apart(cores: Sequence[Collection[str]], servers: Mapping[str, str]) -> Cores:
    """Separate the accounts on the cores here from those on other cores.

    Args:
        cores: the accounts of each core here, or in the set.
        servers: by account, the core that register has for it; only accounts that were asked for.
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
    # After a renaming, register has the platform's core under two names.
    mine = Counter(host for name, host in servers.items() if name in here)
    ours |= {host for host, many in mine.items() if 2 * many > every[host]}
    if len(every.keys() - ours) <= dark:
        # There are no more names left than cores without evidence: each of these names is one of
        # these cores.
        return NONE
    if dark:
        return Cores(why=UNTOLD)
    return Cores(
        {name: host for name, host in servers.items() if host not in ours and name not in here}
    )
