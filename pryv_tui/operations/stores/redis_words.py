"""What a Redis that refuses says: read from its own words, not from ours about it."""

from __future__ import annotations

from pryv_tui.errors import PryvTuiError

PASSWORD = "REDISCLI_AUTH"
"""The variable that redis-cli takes a password from; the operator's own is handed on."""


class RedisRefusal(PryvTuiError):
    """It refused a command, or could not be reached."""

    said: str = ""
    """Its own words, or those of redis-cli."""


class PasswordWanted(PryvTuiError):
    """It asks for a password, and none that is known is the right one."""


def unknown_command(refusal: RedisRefusal) -> bool:
    """Whether it has no such command: switched off, or under another name (`rename-command`)."""
    return "unknown command" in refusal.said.lower()


def saves_already(refusal: RedisRefusal) -> bool:
    """Whether it writes a snapshot, or its append-only file again, and begins no second one."""
    return "already in progress" in refusal.said


def password_refused(*told: str) -> bool:
    """Whether it says, or redis-cli does, that a password is not the right one."""
    words = ("NOAUTH", "WRONGPASS", "AUTH failed", "invalid password")
    return any(word in line for line in told for word in words)
