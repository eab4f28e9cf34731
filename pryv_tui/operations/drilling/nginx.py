"""Find the hosts that an nginx configuration refers to, with nginx's own grammar. Pure.

The text is read in one pass, each character once: a file in a set may have any size and content.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    r"[ \t\r\n]++"
    r"|(?P<remark>#[^\n]*+)"
    r"|(?P<mark>[;{}])"
    # An unclosed quote reaches to the end of the file, as for nginx, which reports it.
    r"|\"(?P<double>(?:[^\"\\]|\\.?)*+)\"?"
    r"|'(?P<single>(?:[^'\\]|\\.?)*+)'?"
    # Within a word, quotes and `}` are ordinary characters, and `${` opens no block.
    r"|(?P<word>(?:\\.?|\$\{?|[^ \t\r\n;{\\$])++)",
    re.DOTALL,
)
_PASSES = re.compile(r"(?:proxy|grpc|fastcgi|uwsgi|scgi|memcached)_pass|auth_http")
_SCHEME = re.compile(r"\w+://")
_SYSLOG = "syslog:server="
_MANY = ("resolver", "set_real_ip_from", "debug_connection")
"""Directives in which each word may be a host name."""


class Told(NamedTuple):
    """The hosts that nginx looks up when it starts, as the file writes them."""

    reached: tuple[str, ...] = ()
    """Hosts that nginx passes requests to, by name or by address."""
    known: tuple[str, ...] = ()
    """Other hosts, such as resolvers and log servers: nginx does not start if it can't resolve
    their names. Addresses need no lookup."""


def directives(text: str) -> Iterator[tuple[list[str], str]]:
    """Yield the words of each directive, and the mark that ends it: `;`, `{` or `}`, or empty at
    the end of the file."""
    words: list[str] = []
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup
        if kind == "mark":
            if words:
                yield words, found[0]
            words = []
        elif kind is not None and kind != "remark":
            words.append(found[kind])
    if words:
        yield words, ""


def looked_up(text: str) -> Told:
    """Return the hosts that nginx looks up when it starts with this configuration."""
    reached: list[str] = []
    known: list[str] = []
    for (name, *words), ended in directives(text):
        known += [host(one[len(_SYSLOG) :]) for one in words if one.startswith(_SYSLOG)]
        if not words or ended == "{":
            continue
        if name == "server":
            reached.append(host(words[0]))
        elif _PASSES.fullmatch(name):
            to = host(_SCHEME.sub("", words[0], count=1))
            # A target with a variable is resolved for each request, not when nginx starts.
            reached += [to] if "$" not in to else []
        elif name == "listen":
            known += [host(words[0])] if not words[0].isdecimal() else []
        elif name in _MANY:
            known += [host(one) for one in words if "=" not in one and "/" not in one]
    return Told(tuple(filter(None, reached)), tuple(filter(None, known)))


def host(word: str) -> str:
    """Return the host without port and path; empty for a Unix socket and for `*`."""
    if word.startswith("unix:"):
        return ""
    if word.startswith("["):
        return word[1:].partition("]")[0]
    found = re.match(r"(?:\$\{[^}]*+\}|[^:/,])*+", word)
    return "" if found is None or found[0] == "*" else found[0]
