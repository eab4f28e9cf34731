"""Since when each role is down: its own moment, in eighty columns, and nobody else's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from pryv_tui.operations.overview.serving import Lack, RoleState, Serving, Why
from pryv_tui.operations.overview.serving_words import (
    down_in,
    down_words,
    role_words,
)
from pryv_tui.platform.roles import RoleName
from tests.operations.overview.served import AT, SINCE


def test_each_role_that_is_down_has_its_own_moment() -> None:
    each: list[tuple[RoleName, tuple[Lack, ...]]] = [
        ("core", (Lack(service="core", why="created", needed=True),
                  Lack(service="mongodb", why="exited", needed=True, since=SINCE))),
        ("register", (Lack(service="redis", why="exited", needed=True, since=SINCE),)),
        ("static-web", (Lack(service="nginx", why="absent", needed=True),)),
    ]  # fmt: skip
    states = [RoleState(role=role, host="one", word="down", lacks=lacks) for role, lacks in each]
    assert down_words(Serving(roles=tuple(states)), AT) == (
        "register since 11:02:10 UTC (40 s), core since 11:02:10 UTC (40 s) or before, static-web"
    )


def state_of(role: RoleName, host: str, since: str, why: Why = "exited") -> RoleState:
    lack = Lack(service="x", why=why, needed=True, since=since)
    return RoleState(role=role, host=host, word="down", lacks=(lack,))


LONG = "the-machine-of-core-in-the-second-room"


@pytest.mark.parametrize(
    ("states", "said"),
    [
        # One alone, as it always was.
        ([("core", "one", 130)], "core since 11:00:40 UTC (2 min)"),
        # Each with its own moment; the one whose containers are not there any more is the first.
        ([("core", "one", 40, "absent"), ("register", "two", 130)],
         "core since 11:02:10, register since 11:00:40 UTC"),
        ([("core", "one", 40, "absent"), ("register", "two", 130), ("static-web", "two", 700)],
         "core 11:02, static-web 10:51, register 11:00 UTC"),
        ([("core", "one", 40), ("register", "one", 40), ("static-web", "one", 40)],
         "core, register, static-web since 11:02:10 UTC (40 s)"),
        # Of several cores each by its machine, whose name is cut before anything else.
        ([("core", LONG, 40), ("core", "co2", 130)],
         "core on co2 11:00, core on the-machine… 11:02 UTC"),
        ([("core", "one", 40), ("register", "two", 90_000)],
         "register since 14 Jan 10:02:50, core since 11:02:10 UTC"),
    ],
)  # fmt: skip
def test_which_role_is_down_since_when_is_read_in_eighty_columns(
    states: list[Any], said: str
) -> None:
    def since(seconds: int) -> str:
        return (AT - timedelta(seconds=seconds)).isoformat()

    made = [state_of(role, host, since(ago), *why) for role, host, ago, *why in states]
    told = down_in(Serving(roles=tuple(made)), 55, AT)
    assert told == said
    assert len(told) <= 55


@pytest.mark.parametrize("many", range(2, 9))
def test_however_many_are_down_each_role_is_named_with_the_first_moment(many: int) -> None:
    moments = [(AT - timedelta(minutes=ago)).isoformat() for ago in range(many)]
    made = [state_of("core", f"{LONG}{since}", since) for since in moments]
    told = down_in(Serving(roles=(*made, state_of("register", "r", ""))), 55, AT)
    oldest = f"{AT - timedelta(minutes=many - 1):%H:%M}"
    assert "core" in told and "register" in told and oldest in told
    assert len(told) <= 55


def up_on(role: RoleName, host: str) -> RoleState:
    return RoleState(role=role, host=host, word="up")


@pytest.mark.parametrize("room", [0, 5, 20, 30, 40, 55, 99])
def test_one_core_of_two_is_never_core_however_little_room_there_is(room: int) -> None:
    since = (AT - timedelta(seconds=40)).isoformat()
    one, both = state_of("core", LONG, since), state_of("core", "co2", since)
    told = down_in(Serving(roles=(one, up_on("core", "co2"))), room, AT)
    assert "core on " in told or "core (1 of 2)" in told
    assert len(told) <= max(room, len("core (1 of 2)"))
    # All of them: then it is core, and no machine need be named.
    assert "of 2" not in down_in(Serving(roles=(one, both)), room, AT)
    register = state_of("register", "r", since, "absent")
    mixed = down_in(Serving(roles=(one, up_on("core", "co2"), register)), room, AT)
    assert "register" in mixed and ("core on " in mixed or "core (1 of 2)" in mixed)


@pytest.mark.parametrize("room", range(0, 100, 3))
def test_nobodys_moment_is_lent_to_a_role_that_has_none(room: int) -> None:
    """`core, register since 11:00` would say it of both, and `the first` of all."""
    moment = (AT - timedelta(minutes=2)).isoformat()
    core, register = state_of("core", "c", "", "absent"), state_of("register", "r", moment)
    told = down_in(Serving(roles=(core, register)), room, AT)
    assert "core, register since" not in told and "first" not in told
    if "11:00" in told:
        assert "core since ?" in told or "core ?" in told or "one since" in told, told
    assert "core, register since" not in down_words(Serving(roles=(core, register)), AT)
    # Where nobody tells any moment, none is asked for.
    bare = state_of("register", "r", "")
    assert "?" not in down_in(Serving(roles=(core, bare)), room, AT)
    # Of several the first is one whose moment is known to be its first.
    began = [state_of("core", f"{LONG}{n}", (AT - timedelta(minutes=n)).isoformat())
             for n in range(1, 9)]  # fmt: skip
    assert "the first since 10:54" in down_in(Serving(roles=tuple(began)), 40, AT)
    assert "the first" not in down_in(Serving(roles=(*began, core)), 40, AT)


def test_since_when_is_said_not_to_be_known_where_nothing_tells() -> None:
    known, moment = "c is down since 11:00:40 UTC", (AT - timedelta(seconds=130)).isoformat()
    assert known in role_words(state_of("core", "c", moment), AT)
    told = role_words(state_of("core", "c", "", "absent"), AT)
    assert told == "core on c is down, not known since when: x is not there"
    assert "since" not in role_words(up_on("core", "c"), AT)
