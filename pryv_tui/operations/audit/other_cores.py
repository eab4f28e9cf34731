"""Find the accounts that register knows and that live on a core which is not here. Pure.

A platform may have several cores, each on its own machine, and one register that knows the core of
each account (`<username>:server`). From one core's machine the others can't be asked. Accounts on
them are no loss of this core, and nothing proves that they are well. So they are reported as "not
asked", and nobody is told to free their names: that would cost them their data.

The files read here do not say which of register's hosts is the core here. The accounts tell it: a
host is ours if more accounts of this core's index are on it than on any other host, or if the cores
here know more than half of the host's accounts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from pryv_tui.phrases import counted, named

WHAT = "accounts on other cores"
"""What an audit calls the accounts that it can't ask about."""
SAMPLE = 200
"""Maximum number of a core's accounts looked up to learn what register calls that core."""
SHOWN = 5
UNTOLD = "register names several cores, and none of the accounts known here tells which is which"


class Cores(NamedTuple):
    """The accounts on cores that are not here, by register's words."""

    elsewhere: Mapping[str, str] = {}
    """Per account: the core that it is on."""
    why: str = ""
    """Why it is not known which of several cores are here; empty where it is known."""

    def told(self, names: Iterable[str]) -> str:
        """Say which of these accounts are on other cores; empty where none is."""
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
    """Return the accounts of a core to look up, to learn what register calls that core."""
    return sorted(set(core) & set(registered))[:SAMPLE]


def told_apart(cores: Sequence[Collection[str]], servers: Mapping[str, str]) -> Cores:
    """Separate the accounts on the cores here from those on other cores.

    Args:
        cores: the accounts of each core here, or in the set.
        servers: per account, the core that register names, for the accounts asked for.
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
    # After a renaming, register knows the platform's core by two names.
    mine = Counter(host for name, host in servers.items() if name in here)
    ours |= {host for host, many in mine.items() if 2 * many > every[host]}
    if len(every.keys() - ours) <= dark:
        # No more names are left than cores without evidence: each of these names is one of these
        # cores.
        return NONE
    if dark:
        return Cores(why=UNTOLD)
    return Cores(
        {name: host for name, host in servers.items() if host not in ours and name not in here}
    )
