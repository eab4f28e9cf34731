"""Passwords in the name of a repository or an engine, and in what programs print about it. Pure.

Strict on purpose: a repository whose name looks as if it contained a password can be named in a
file, while what is once written to a journal stays there. `https://me:12/a@host/` may have a path
or a password with a slash: it counts as a password.
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
"""An rclone remote with options, or made of options (rclone's manual, "Connection strings"): any
option may be a secret."""
_SIGNS = ("://", "=", "rclone:")
"""Every name with a secret has one of these: most lines have none, and are not searched."""
_WORD = re.compile(r'("[^"]*"|\s+)')
_BLANKS = re.compile(r"(\s+)")


def holds_secret(location: str) -> bool:
    """Whether a repository's name contains a password, or may contain one."""
    return without(location, "\0") != location


def without(location: str, mask: str = MASK) -> str:
    """Return a repository's name with its secrets replaced by a mask."""
    if not any(sign in location for sign in _SIGNS):
        return location
    found = _RCLONE.sub(lambda rclone: rclone[1] + mask, _url(location, mask))
    return _OPTION.sub(lambda option: option[1] + mask, found)


def hidden(line: str) -> str:
    """Return a line of text in which names are without their secrets.

    A name may be quoted, with blanks in it. But quotes that belong to something else can make
    several names look like one, so each word is also checked separately.
    """
    if not any(sign in line for sign in _SIGNS):
        return line
    whole = "".join(without(word) for word in _WORD.split(line))
    return "".join(without(word) for word in _BLANKS.split(whole))


def _url(text: str, mask: str) -> str:
    """Return a URL without its password, which is between the first colon and the last `@` after
    `://`. Users and passwords may themselves contain an `@` or a slash."""
    scheme, found, rest = text.partition("://")
    before, _at, host = rest.rpartition("@")
    user, _colon, password = before.partition(":")
    if not found or not password:
        return text
    return f"{scheme}://{user.partition('@')[0]}:{mask}@{host}"
