"""Who a file of configuration asks for. Pure."""

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
"""As the configuration of the templates names a database, or who takes mail."""
NAME = re.compile(r"\w(?:[\w.-]*\w)?")
"""A name that a hosts file can have."""
_SMALL = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
"""The C library compares these alone without regard to case."""
_NOBODY = frozenset({"localhost", "unix"})


class Asked(NamedTuple):
    """Who a service's configuration asks for."""

    names: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    unfit: frozenset[str] = frozenset()
    """What stands where a name would, and is none that a hosts file can have: `${name}`."""
    unread: str = ""
    """What of the file nobody has read, in words; empty where it was read whole."""


def asked_in(text: str) -> Asked:
    """Who a file asks for: by an address of the web, or as one that nginx looks up at its start;
    remarks ask for nobody."""
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
    """The lines of a file, without what stands after a `#` that begins a word and is in no quotes,
    and without those that begin with `//`."""
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
    """The address that the C library makes of a word without asking anybody; None for a name.

    Also in its older forms: `10.2`, `167772162`, `0x0a000002`, `010.0.0.2`.
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
