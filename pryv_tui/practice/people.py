"""The people of a practice platform. They are computed from the seed and a number, so they are
always the same."""

from __future__ import annotations

import random
from dataclasses import dataclass

_NAMES = (
    *("anna", "bela", "chiara", "dario", "elif", "fanny", "goran", "hanna", "igor", "jana"),
    *("kofi", "lea", "marco", "nora", "omar", "paula", "quentin", "rosa", "samir", "tea"),
    *("umberto", "vera", "wilma", "xenia", "yusuf", "zoe"),
)
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
BIRTH = 1_768_471_200
"""15 January 2026, 10:00 UTC: when the first account of every practice platform was created."""
_SPACING = 3_600


@dataclass(frozen=True)
class Account:
    """One account of a practice platform."""

    number: int
    username: str
    user_id: str
    registered: float
    """Seconds since the epoch."""

    @property
    def email(self) -> str:
        return f"{self.username}@example.com"

    @property
    def database(self) -> str:
        """The name of the account's InfluxDB database."""
        return f"user.{self.username}"

    @property
    def folder(self) -> str:
        """The account's folder under `core/data/users`. The path begins with the id's last three
        characters, reversed."""
        first, second, third = reversed(self.user_id[-3:])
        return f"{first}/{second}/{third}/{self.user_id}"


def identifier(chance: random.Random) -> str:
    """An id in the format of Pryv's services: a `c` and 24 characters."""
    return "c" + "".join(chance.choices(_BASE36, k=24))


def account(seed: int, number: int, *, registered: float | None = None) -> Account:
    """Return the account with this number, counted from 0. With seeds that are a thousand apart,
    the first accounts have different names."""
    chance = random.Random(f"{seed}/account/{number}")
    name = _NAMES[(number + seed // 1000 * 5) % len(_NAMES)]
    around = number // len(_NAMES)
    return Account(
        number=number,
        username=f"{name}{around + 1}" if around else name,
        user_id=identifier(chance),
        registered=BIRTH + number * _SPACING if registered is None else registered,
    )
