"""Who requests something: the person who used `sudo`, the terminal, and from where.

The kernel remembers who logged in (`/proc/self/loginuid`, set once at login by pam_loginuid(8)) and
keeps it through `sudo` and `su`. `SUDO_USER` and `SSH_CONNECTION` are variables, which anybody in
the session can set; what is known only from them is marked as such. None of this is proof against
root, who can write all of it.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import pwd
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from pryv_tui.reading import read_whole
from pryv_tui.sanitize import one_line

LONGEST = 64
"""How many characters of a name, a terminal or an address are kept. Linux has at most 32, 32, and
45 with a zone of 16."""
NOT_SET = 0xFFFFFFFF
"""The kernel's value for a process that no login began (a service, a container)."""

_SUDO = (("SUDO_USER", "sudo"), ("DOAS_USER", "doas"))
_ADDRESS = ("SSH_CONNECTION", "SSH_CLIENT")
_OF_SYSTEMD = "INVOCATION_ID"
"""The variable that systemd sets for what it starts (systemd.exec(5)). A shell in a terminal may
have inherited it."""
_TOLD = (*_ADDRESS, *(name for name, _ in _SUDO), "SUDO_UID", _OF_SYSTEMD)
"""The variables that are read from the parent processes."""
_CRONS = ("cron", "crond", "anacron", "fcron")
TIMERS = ("cron", "systemd")
"""Values of `Who.how` for something requested by a timer, not by a person."""
_LOGINS = ("sshd", "sshd-session")
_GENERATIONS = 32
"""How many parent processes are examined."""


class Who(msgspec.Struct, frozen=True, kw_only=True):
    """Who requested something; fields are empty if not known.

    No field can act on a terminal or is longer than `LONGEST`, wherever it comes from.
    """

    user: str = ""
    """The person. The first that is known of: who logged in; for a process of root, the nearest
    parent's user that is not root; the user in the variable of sudo or doas; the process's own
    user."""
    uid: int | None = None
    """The number of that user; None if not known."""
    known_by: str = ""
    """How the person is known: `login` (by the kernel), `parent` (a parent process's user, also by
    the kernel), `sudo` or `doas` (a variable, which can be set by hand), `process` (by nothing
    else)."""
    behind_sudo: bool = False
    """Whether the process had the rights of another user than the person."""
    runs_as: str = ""
    """The user whose rights the process had."""
    also_named: str = ""
    """The user in sudo's variable, if the kernel has another user."""
    terminal: str = ""
    """The terminal in the kernel's words: `pts/3`; empty without one."""
    address: str = ""
    """The remote address, which sshd gave to the session; also a variable."""
    how: str = ""
    """`terminal`; without one: `cron`, `systemd`, `ssh`, or `no terminal` if nothing more is
    known."""

    def __post_init__(self) -> None:
        for field in ("user", "known_by", "runs_as", "also_named", "terminal", "address", "how"):
            text = getattr(self, field)
            made = one_line(text)
            if len(made) > LONGEST:
                made = one_line(made[: LONGEST - 1] + "…")
            if made != text:
                msgspec.structs.force_setattr(self, field, made)

    @property
    def name(self) -> str:
        """Only the person, in a word."""
        return self.user or (f"user {self.uid}" if self.uid is not None else "not known")

    @property
    def words(self) -> str:
        """All fields in words, and how far they can be trusted."""
        told = {"sudo": "as sudo's variable says", "doas": "as doas' variable says"}
        parts = [self.name]
        if self.known_by in told:
            parts.append(f"({told[self.known_by]})")
        if self.behind_sudo and self.runs_as:
            parts.append(f"as {self.runs_as}")
        if self.also_named:
            parts.append(f"(sudo's variable says {self.also_named})")
        if self.terminal:
            parts.append(f"at {self.terminal}")
        elif self.how in _WITHOUT:
            parts.append(_WITHOUT[self.how])
        if self.address:
            parts.append(f"from {self.address} (as the session says)")
        return " ".join(parts)

    @property
    def short(self) -> str:
        """The person and the place, short enough for a column."""
        place = self.address or self.terminal
        if self.how not in ("", "terminal"):
            return f"{self.name} ({self.how})"
        return f"{self.name} ({place})" if place else self.name


_WITHOUT = {
    "cron": "by cron",
    "systemd": "by systemd",
    "ssh": "over ssh, without a terminal",
    "no terminal": "without a terminal",
}


class Facts(NamedTuple):
    """What the system says about a process, apart from the process's own variables."""

    uid: int
    """The user whose rights the process has."""
    loginuid: int | None = None
    """The user who logged in; None if the kernel does not say."""
    names: Mapping[int, str] = {}
    """The names of the users in this record, by number; only those that the machine has."""
    terminal: str = ""
    """`/dev/pts/3`; empty without a terminal."""
    programs: tuple[str, ...] = ()
    """The names of the process's parent processes, nearest first."""
    before: Mapping[str, str] = {}
    """Variables of the parent processes; the nearest one wins. sudo removes some from its child."""
    began: int | None = None
    """For a process of root: the nearest parent's user that is not root, who became root."""


def who_asks(environment: Mapping[str, str], facts: Facts) -> Who:
    """Return who began a process, from its variables and from what the system says about it."""
    # `su -` and `env -i` remove variables, so those of the parent processes also count.
    known = {**facts.before, **environment}
    said, said_by = next(((known[n], by) for n, by in _SUDO if known.get(n)), ("", ""))
    began = facts.names.get(facts.began, f"user {facts.began}") if facts.began else ""
    runs_as = facts.names.get(facts.uid, "")
    uid: int | None
    if facts.loginuid is not None and facts.loginuid != NOT_SET:
        uid, known_by = facts.loginuid, "login"
        user = facts.names.get(facts.loginuid, "")
        other = said if said != user else ""
    elif began and facts.uid == 0:
        # A sudo by root inside another sudo names root; the kernel has the user from before.
        user, uid, known_by = began, facts.began, "parent"
        other = said if said not in (began, runs_as) else ""
    elif said:
        number = known.get("SUDO_UID", "") if said_by == "sudo" else ""
        plain = number.isascii() and number.isdecimal() and len(number) <= 10
        user, uid, known_by, other = said, int(number) if plain else None, said_by, ""
    else:
        user, uid, known_by, other = runs_as, facts.uid, "process", ""
    address = _address(environment) or _address(facts.before)
    return Who(
        user=user,
        uid=uid,
        known_by=known_by,
        behind_sudo=uid != facts.uid,
        runs_as=runs_as or f"user {facts.uid}",
        also_named=other,
        terminal=facts.terminal.removeprefix("/dev/"),
        address=address,
        how=_how(environment, facts, address),
    )


def _how(environment: Mapping[str, str], facts: Facts, address: str) -> str:
    if facts.terminal:
        return "terminal"
    if any(program.lower() in _CRONS for program in facts.programs):
        return "cron"
    if address or any(program in _LOGINS for program in facts.programs):
        return "ssh"
    inherited = environment.get(_OF_SYSTEMD) or facts.before.get(_OF_SYSTEMD)
    return "systemd" if inherited else "no terminal"


def _address(environment: Mapping[str, str]) -> str:
    """Return the remote end of a session, from sshd(8)'s variables: the first word, if it is an
    address."""
    for name in _ADDRESS:
        first, _, _rest = environment.get(name, "").partition(" ")
        with contextlib.suppress(ValueError):
            return str(ipaddress.ip_address(first))
    return ""


def who_is_here() -> Who:
    """Return who began this process."""
    return who_asks(os.environ, facts_here())


def facts_here() -> Facts:
    """Return what the system says about this process; what it does not say is left empty."""
    uid, loginuid = os.geteuid(), _loginuid()
    names = dict[int, str]()
    began: int | None = None
    programs, before, terminal = [], dict[str, str](), ""
    pid = os.getpid()
    for generation in range(_GENERATIONS):
        program, parent, number = _process(pid)
        if generation:
            programs.append(program)
            for name, value in _variables(pid).items():
                before.setdefault(name, value)
            if began is None and uid == 0:
                began = _user(pid) or None
        else:
            terminal = _terminal() or _terminal_name(number)
        if parent < 2:
            break
        pid = parent
    for user in (uid, loginuid, began):
        if user is None or user == NOT_SET:
            continue
        with contextlib.suppress(KeyError, OverflowError):
            names[user] = pwd.getpwuid(user).pw_name
    return Facts(uid, loginuid, names, terminal, tuple(programs), before, began)


def _user(pid: int) -> int:
    """Return the user of a process; 0 if not known."""
    try:
        return Path(f"/proc/{pid}").stat().st_uid
    except OSError:
        return 0


def _loginuid() -> int | None:
    try:
        return int(read_whole("/proc/self/loginuid"))
    except (OSError, ValueError):
        return None


def _process(pid: int) -> tuple[str, int, int]:
    """Return the name of a process, its parent and the number of its terminal
    (proc_pid_stat(5))."""
    try:
        stat = read_whole(f"/proc/{pid}/stat").decode("utf-8", "replace")
        # The name may contain anything, so split after its last parenthesis: numbers follow.
        head, _, rest = stat.rpartition(")")
        fields = rest.split()
        return head.partition("(")[2], int(fields[1]), int(fields[4])
    except (OSError, ValueError, IndexError):
        return "", 0, 0


def _variables(pid: int) -> dict[str, str]:
    """Return those variables of a process that say who began it; empty if they may not be read."""
    try:
        pairs = read_whole(f"/proc/{pid}/environ").split(b"\0")
    except OSError:
        return {}
    found = {}
    for pair in pairs:
        name, _, value = pair.partition(b"=")
        if name.decode("ascii", "replace") in _TOLD:
            found[name.decode("ascii")] = value.decode("utf-8", "replace")
    return found


def _terminal() -> str:
    """Return the terminal that this process reads from or prints to; empty if none."""
    for descriptor in (0, 1, 2):
        with contextlib.suppress(OSError):
            return os.ttyname(descriptor)
    return ""


def _terminal_name(number: int) -> str:
    """Return the name of a process's controlling terminal, by its number
    (Documentation/admin-guide/devices.txt of Linux). A process may have one even if all its
    streams are redirected."""
    if number <= 0:
        return ""
    major, minor = os.major(number), os.minor(number)
    if 136 <= major <= 143:
        return f"/dev/pts/{(major - 136) * 256 + minor}"
    return f"/dev/tty{minor}" if major == 4 and 0 < minor < 64 else ""
