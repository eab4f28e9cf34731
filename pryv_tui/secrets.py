"""Passwords in the name of a repository or an engine, and in what programs print about it. Pure.

Strict on purpose: a repository whose name looks as if it held a password can be named in a file,
while what is written down once stays in journals. `https://me:12/a@host/` may have a path or a
password with a slash: it counts as a password.
"""

from __future__ import annotations

import re

MASK = "***"
_OPTION = re.compile(
    r"((?:^|[,?&;])[\w.-]*(?:pass|pw|secret|token|key|sig|sas|cred|auth)[\w.-]*=)[^,&;\"]+",
    re.IGNORECASE,
)
"""An option of a URL or of rclone whose value may be a secret."""
_RCLONE = re.compile(r"(?<![\w.])(rclone::|rclone:[^/,:]*,).*", re.DOTALL)
"""An rclone remote with options, or made up of options (rclone's manual, "Connection strings"): any
option may be a secret."""
_SIGNS = ("://", "=", "rclone:")
"""One of these is in every name that holds a secret: most lines have none, and are not searched."""
_WORD = re.compile(r'("[^"]*"|\s+)')
_BLANKS = re.compile(r"(\s+)")


def holds_secret(location: str) -> bool:
    """Whether a repository's name holds a password, or may hold one."""
    return without(location, "\0") != location


def without(location: str, mask: str = MASK) -> str:
    """A repository's name with a mask in place of its secrets."""
    if not any(sign in location for sign in _SIGNS):
        return location
    found = _RCLONE.sub(lambda rclone: rclone[1] + mask, _url(location, mask))
    return _OPTION.sub(lambda option: option[1] + mask, found)


def hidden(line: str) -> str:
    """A line of text without the secrets in the names that it holds.

    A name may be quoted, with blanks in it. But quotes that belong to something else can make
    several names look like one, so each word is also checked by itself.
    """
    if not any(sign in line for sign in _SIGNS):
        return line
    whole = "".join(without(word) for word in _WORD.split(line))
    return "".join(without(word) for word in _BLANKS.split(whole))


def _url(text: str, mask: str) -> str:
    """A URL without its password: what lies between the first colon and the last `@` after `://`.
    Users and passwords may themselves hold an `@` or a slash."""
    scheme, found, rest = text.partition("://")
    before, _at, host = rest.rpartition("@")
    user, _colon, password = before.partition(":")
    if not found or not password:
        return text
    return f"{scheme}://{user.partition('@')[0]}:{mask}@{host}"
