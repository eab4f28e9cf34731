"""Passwords in the name of a repository or an engine, and in what programs say of it. Pure.

Strict on purpose: a repository whose name reads as if it held a password can be named in a file,
and what is written down once stays in journals. `https://me:12/a@host/` may have a path or a
password with a slash: it counts as the latter.
"""

from __future__ import annotations

import re

MASK = "***"
_OPTION = re.compile(
    r"((?:^|[,?&;])[\w.-]*(?:pass|pw|secret|token|key|sig|sas|cred|auth)[\w.-]*=)[^,&;\"]+",
    re.IGNORECASE,
)
"""Of a URL, or of rclone."""
_RCLONE = re.compile(r"(?<![\w.])(rclone::|rclone:[^/,:]*,).*", re.DOTALL)
"""A remote with options, or one that is made up of them (rclone's manual, "Connection strings"):
any of the options may be a secret."""
_WORD = re.compile(r'("[^"]*"|\s+)')
_BLANKS = re.compile(r"(\s+)")


def holds_secret(location: str) -> bool:
    """Whether a repository's name holds a password, or may."""
    return without(location, "\0") != location


def without(location: str, mask: str = MASK) -> str:
    """A repository's name with another word in place of its secrets."""
    found = _RCLONE.sub(lambda rclone: rclone[1] + mask, _url(location, mask))
    return _OPTION.sub(lambda option: option[1] + mask, found)


def hidden(line: str) -> str:
    """A line of text without the secrets in the names that it holds.

    A name may be quoted, with blanks in it. Quotes that belong to something else may take several
    names for one: so each is looked at by itself as well.
    """
    whole = "".join(without(word) for word in _WORD.split(line))
    return "".join(without(word) for word in _BLANKS.split(whole))


def _url(text: str, mask: str) -> str:
    """Without what is between the first colon and the last `@` behind `://`: users and passwords
    may hold an `@` or a slash themselves."""
    scheme, found, rest = text.partition("://")
    before, _at, host = rest.rpartition("@")
    user, _colon, password = before.partition(":")
    if not found or not password:
        return text
    return f"{scheme}://{user.partition('@')[0]}:{mask}@{host}"
