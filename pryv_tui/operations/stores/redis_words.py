"""Interpret the answers of a Redis that refuses a command."""

from __future__ import annotations

from pryv_tui.errors import PryvTuiError

PASSWORD = "REDISCLI_AUTH"
"""The environment variable from which redis-cli takes a password. If the operator has set it, its
value is tried too."""


class RedisRefusal(PryvTuiError):
    """Redis refused a command, or could not be reached."""

    said: str = ""
    """The text of the server, or of redis-cli."""


class PasswordWanted(PryvTuiError):
    """Redis wants a password, and none of the known passwords is right."""


def unknown_command(refusal: RedisRefusal) -> bool:
    """Whether the server refused because it does not know the command: `rename-command` in its
    configuration switched it off or gave it another name."""
    return "unknown command" in refusal.said.lower()


def saves_already(refusal: RedisRefusal) -> bool:
    """Whether the server refused because it is already writing a snapshot or its append-only
    file."""
    return "already in progress" in refusal.said


def password_refused(*told: str) -> bool:
    """Whether the server or redis-cli says that a password is wrong."""
    words = ("NOAUTH", "WRONGPASS", "AUTH failed", "invalid password")
    return any(word in line for line in told for word in words)


def not_let_in(*, tried: bool, untried: str) -> PryvTuiError:
    """The error for a server that takes none of the known passwords.

    Args:
        tried: whether any password is known.
        untried: the reason why a password could not be tried; empty if the server refused each.
    """
    if untried.startswith("Could not connect"):
        return PryvTuiError("step-failed", f"Redis does not answer any more: {untried}")
    why = "none of those known is the right one" if tried else "none is known"
    if untried:
        why = f"not each of those known could be tried: {untried}"
    return PasswordWanted(
        "step-failed",
        f"Redis asks for a password, and {why}",
        f"Give the password in the environment: export {PASSWORD}=… and try again; or write it as"
        " `requirepass` into redis.conf in the root, where the server's next start needs it too.",
    )
