"""Find the hosts (names and addresses) that a configuration file refers to. Pure."""

from __future__ import annotations

import ipaddress
import re
import socket
import string
from typing import NamedTuple

from pryv_tui.operations.drilling.nginx import looked_up

_URL = re.compile(
    r"\b(?:https?|wss?|nats|tcp|mongodb|redis)://(?:[^/\s\"'@]*@)?(?:\[([\da-fA-F:.]+)\]|([\w.-]+))"
)
_HOST = re.compile(r"(?<!\$)\b(?:host|hostname)[\"']?\s*:\s*[\"']?([\w.:-]+)", re.IGNORECASE)
"""A key that names the host of a database or of a mail server, as in Pryv's templates."""
NAME = re.compile(r"\w(?:[\w.-]*\w)?")
"""A name that can be written into a hosts file."""
_SMALL = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
"""Turns ASCII capitals into small letters, and no others: in host names the C library ignores case
for ASCII letters only."""
_NOBODY = frozenset({"localhost", "unix"})


class Asked(NamedTuple):
    """The hosts that a service's configuration refers to."""

    names: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    unfit: frozenset[str] = frozenset()
    """Names with a `$` in them (`${name}`), which can't be written into a hosts file."""
    unread: str = ""
    """Which part of the file was not read, in words; empty if all of it was read."""


def asked_in(text: str) -> Asked:
    """Return the hosts that a file's text refers to, except in comments.

    These are the hosts in URLs, in `host` and `hostname` keys, and those that nginx looks up when
    it starts.
    """
    plain = without_remarks(text)
    told = looked_up(text)
    found = [six or name for six, name in _URL.findall(plain)]
    found += [_without_port(one) for one in _HOST.findall(plain)]
    reached = {one.translate(_SMALL) for one in (*found, *told.reached)}
    every = reached | {one.translate(_SMALL) for one in told.known}
    named = {one for one in every if address_of(one) is None}
    return Asked(
        frozenset(one for one in named if NAME.fullmatch(one)) - _NOBODY,
        frozenset(one for one in reached if _out(one)),
        frozenset(one for one in named if "$" in one),
    )


def without_remarks(text: str) -> str:
    """Remove the comments from a file's text, and keep its lines.

    A comment begins at a `#` outside quotes that follows a blank, `;`, `{` or `}`, or at the start
    of a line; a line that begins with `//` is one too.
    """
    return "\n".join(_without_remark(line) for line in text.split("\n"))


def _without_remark(line: str) -> str:
    if line.lstrip().startswith("//"):
        return ""
    quote, before = "", " "
    for at, one in enumerate(line):
        if quote:
            quote = "" if one == quote else quote
        elif one in "\"'":
            quote = one
        elif one == "#" and (before.isspace() or before in ";{}"):
            return line[:at]
        before = one
    return line


def _without_port(word: str) -> str:
    name, _colon, port = word.partition(":")
    return word if ":" in port else name


def address_of(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Parse a word as an IP address; return None if it is a name, which needs a lookup.

    As in the C library, older forms count too: `10.2`, `167772162`, `0x0a000002`, `010.0.0.2`.
    """
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(text))
    except (OSError, ValueError):
        return None


def _out(text: str) -> bool:
    found = address_of(text)
    return found is not None and not (found.is_loopback or found.is_unspecified)
