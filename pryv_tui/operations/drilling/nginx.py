"""Whom a configuration of nginx asks for, read by the grammar of nginx itself. Pure.

One pass over the text, each character of it once: what a set holds may be of any size and shape.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    r"[ \t\r\n]++"
    r"|(?P<remark>#[^\n]*+)"
    r"|(?P<mark>[;{}])"
    # What nobody closes goes to the end of the file: so it does for nginx, which says so.
    r"|\"(?P<double>(?:[^\"\\]|\\.?)*+)\"?"
    r"|'(?P<single>(?:[^'\\]|\\.?)*+)'?"
    # Within a word, quotes and `}` are characters like others, and `${` opens no block.
    r"|(?P<word>(?:\\.?|\$\{?|[^ \t\r\n;{\\$])++)",
    re.DOTALL,
)
_PASSES = re.compile(r"(?:proxy|grpc|fastcgi|uwsgi|scgi|memcached)_pass|auth_http")
_SCHEME = re.compile(r"\w+://")
_SYSLOG = "syslog:server="
_MANY = ("resolver", "set_real_ip_from", "debug_connection")
"""Directives of which each word may be somebody's name."""


class Told(NamedTuple):
    """Whom nginx looks up when it starts, as the file writes it."""

    reached: tuple[str, ...] = ()
    """To whom it passes requests on: by name or by address."""
    known: tuple[str, ...] = ()
    """Whom else it has to find, if the file names it; of one that it has by an address it needs
    nothing."""


def directives(text: str) -> Iterator[tuple[list[str], str]]:
    """Each directive: its words, and whether `;` or `{` ends it (empty: the file does)."""
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
    """Whom it looks up when it starts."""
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
            # What it puts together for each request it does not look up at its start.
            reached += [to] if "$" not in to else []
        elif name == "listen":
            known += [host(words[0])] if not words[0].isdecimal() else []
        elif name in _MANY:
            known += [host(one) for one in words if "=" not in one and "/" not in one]
    return Told(tuple(filter(None, reached)), tuple(filter(None, known)))


def host(word: str) -> str:
    """What stands before the port and the path; empty for a socket, and for every address."""
    if word.startswith("unix:"):
        return ""
    if word.startswith("["):
        return word[1:].partition("]")[0]
    found = re.match(r"(?:\$\{[^}]*+\}|[^:/,])*+", word)
    return "" if found is None or found[0] == "*" else found[0]
