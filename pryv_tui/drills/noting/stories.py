"""Remove personal data from the texts of a site's own scenario before they go into a journal: its
author may have named a person. The texts of shipped scenarios are written unchanged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TypeVar

import msgspec

from pryv_tui.drills.noting.comparing import Compared
from pryv_tui.drills.privacy import UNCOMPARED, Names, in_lines
from pryv_tui.drills.scenarios.library import SHIPPED, SUFFIX, Chosen
from pryv_tui.drills.scenarios.model import Scenario
from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.events import AnyEvent, CameTo, Decided, FactFound, Hinted, Planned
from pryv_tui.reading import LINE, read_whole

T = TypeVar("T", bound=AnyEvent)

OF_A_STORY: dict[type, tuple[str, ...]] = {
    Planned: ("objectives", "scope", "criteria", "title", "absent"),
    Decided: ("question", "option", "options", "why"),
    Hinted: ("text",),
    CameTo: ("text",),
}
"""The fields that come from the scenario's author, by the type of the event."""


def of_a_story(event: T, compared: Compared) -> T:
    """Return the event without the names, addresses and secrets that the scenario's author wrote.
    If texts can't be compared with account names, they are left out completely; they stay in the
    scenario's file."""
    changed: dict[str, str | list[str]] = {}
    for name in OF_A_STORY[type(event)]:
        told = getattr(event, name)
        changed[name] = (
            _clean(told, compared)
            if isinstance(told, str)
            else [_clean(one, compared) for one in told]
        )
    return msgspec.structs.replace(event, **changed)


def check_of_a_story(event: FactFound, compared: Compared) -> FactFound:
    """Do the same as `of_a_story` for a check, whose `expected` is a text of the scenario's
    author."""
    if event.check is None:
        return event
    expected = _clean(event.check.expected, compared)
    check = msgspec.structs.replace(event.check, expected=expected)
    return msgspec.structs.replace(event, check=check)


def _clean(text: str, compared: Compared) -> str:
    return UNCOMPARED if compared.why and text else in_lines(text, compared.names)


def need_nobody(chosen: Chosen, compared: Compared) -> None:
    """Refuse a site's own scenario whose ids contain an account name. Ids go into the journal
    unchanged, since the drill's state is computed from them.

    Raises:
        PryvTuiError: `refused`, an id contains a name, or account names can't be read.
    """
    name = chosen.scenario.name
    if compared.why:
        raise PryvTuiError(
            "refused",
            f"the scenario {name!r} can't be played: it is not a shipped one, and its texts can't"
            " be compared with the names of the accounts, which must not appear in a record:"
            f" {compared.why}",
            "Make these names readable, or play a shipped scenario: pryv-tui drill scenarios",
        )
    # A word of a shipped scenario is allowed even if it is also an account's name.
    names = Names(compared.known - _usual())
    for what, one in _ids(chosen.scenario):
        if names.without(one)[1]:
            raise PryvTuiError(
                "refused",
                f"the {what} {one!r} in {chosen.path} is, or contains, the name of an account,"
                " which would appear in the drill's record",
                "Rename it everywhere in that file, then play it again.",
            )


def _ids(scenario: Scenario) -> Iterator[tuple[str, str]]:
    yield "name", scenario.name
    for decision in scenario.decisions:
        yield "decision", decision.id
        yield from (("option", one.id) for one in decision.options)
    yield from (("gate", one.id) for one in scenario.gates)
    yield from (("check", one.id) for one in scenario.checks)
    yield from (("end", one.id) for one in scenario.ends)
    acts = (
        *scenario.before,
        *(act for one in scenario.happenings for act in one.act),
        *(act for one in scenario.decisions for option in one.options for act in option.act),
    )
    yield from (("name", one.name) for one in acts if one.name)


@cache
def _usual() -> frozenset[str]:
    """All words of the shipped scenarios, in lower case."""
    return frozenset(
        word
        for path in SHIPPED.glob(f"*{SUFFIX}")
        for word in re.findall(r"[a-z0-9-]+", read_whole(path, limit=LINE).decode("utf-8").lower())
    )
