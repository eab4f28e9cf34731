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


def not_let_in(*, tried: bool, untried: str) -> PryvTuiError:
    """That a server takes no password that is known.

    Args:
        tried: whether one is known.
        untried: why one of them could not be tried; empty where each was refused.
    """
    if untried.startswith("Could not connect"):
        return PryvTuiError("step-failed", f"Redis does not answer any more: {untried}")
    why = "none of those known is the right one" if tried else "none is known"
    if untried:
        why = f"not each of those known could be tried: {untried}"
    return PasswordWanted(
        "step-failed",
        f"Redis asks for a password, and {why}",
        f"Give it in the environment: export {PASSWORD}=… and try again; or write it as"
        " `requirepass` into redis.conf in the root, as the server's next start needs it there.",
    )
