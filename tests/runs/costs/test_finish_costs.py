"""What it costs to finish a restore is said of each role's own moment, as the result says it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pryv_tui.platform.gap import Moment
from pryv_tui.runs.costs import finish_costs
from tests.operations.kit import manifest_of, part

END = "2026-01-01T08:10:00Z"


def moment(what: str, second: int) -> Moment:
    at = f"2026-01-01T08:07:{second:02}Z"
    return Moment(host="one", what=what, started=at, finished=at)


def said(*moments: Moment, roles: tuple[str, ...] = ()) -> str:
    made = manifest_of(part("one", "core", "register"), created=END, moments=moments)
    site: Any = SimpleNamespace(
        vault=SimpleNamespace(resolve=lambda _name: SimpleNamespace(manifest=made))
    )
    return finish_costs(site, made.id, roles)


BOTH = (moment("mongodb", 5), moment("redis", 7))


@pytest.mark.parametrize(
    ("moments", "roles", "words"),
    [
        (BOTH, ("core",), "written after 2026-01-01 08:07:05 is"),
        (BOTH, ("register",), "written after 2026-01-01 08:07:07 is"),
        (BOTH, (), "after 2026-01-01 08:07:05 to core, after 2026-01-01 08:07:07 to register is"),
        ((), (), "written after 2026-01-01 08:10:00 is"),
    ],
)
def test_a_role_goes_back_to_its_own_moment(
    moments: tuple[Moment, ...], roles: tuple[str, ...], words: str
) -> None:
    assert words in said(*moments, roles=roles).replace(" UTC", "")
