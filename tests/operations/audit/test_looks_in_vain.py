"""A look that could not ask takes nothing away of what is known; a whole one takes its place."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.operations.audit.last_look import keep_look, last_look, with_earlier
from pryv_tui.operations.comparing.alone import had_alone
from pryv_tui.operations.facts import LiveFound, NotKnown
from pryv_tui.operations.overview.unsettled import acceptable, unsettled
from pryv_tui.platform.casualties import KINDS
from tests.remedies.shell import Shell

DOMAIN = "practice.pryv.example"
STRANDED, EXPOSED = "accounts.register_only", "accounts.core_only"
TITLE = "Accounts that register knows and core does not: 2"


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Core is back as it was before two accounts came, which register knows."""
    shell = Shell.with_set(tmp_path_factory.mktemp("behind") / "p", form="cluster")
    shell.platform.grow(2)
    shell.platform.wipe("core")
    assert shell.type("status").exit == 3
    words = ("restore", "latest", "--role", "core", "--confirm", DOMAIN)
    assert shell.type(*words).exit == 3
    assert TITLE in shell.type("status").out
    return shell


def remains(shell: Shell) -> list[str]:
    told: Any = json.loads(shell.type("report", "--format", "json").out)
    return list(told["remains"])


@pytest.mark.parametrize(
    "down",
    [("register", "pryvio_redis"), ("core", "pryvio_mongodb"), ("core", "pryvio_influxdb"), None],
    ids=lambda one: one[1] if one else "all",
)
def test_what_is_known_stays_until_a_whole_look(
    behind: Shell, down: tuple[str, str] | None
) -> None:
    stopped = [down] if down else [
        ("register", "pryvio_redis"), ("core", "pryvio_mongodb"), ("core", "pryvio_influxdb")
    ]  # fmt: skip
    for host, name in stopped:
        assert behind.type("containers", "stop", name, "--host", host).exit == 0
    assert behind.type("audit", "--live").exit != 0
    for host, name in stopped:
        assert behind.type("containers", "start", name, "--host", host).exit == 0
    status = behind.type("status")
    assert status.exit == 3 and TITLE in status.out
    left = [line for line in remains(behind) if "register knows and core does not: 2" in line]
    assert left
    if down is None or down[1] == "pryvio_redis":
        assert "not known since" in status.out
        assert "not known since" in left[0]
    assert behind.type("audit", "--live").exit == 3
    again = behind.type("status")
    assert TITLE in again.out and "not known since" not in again.out
    assert not any("not known since" in line for line in remains(behind))


def test_an_incident_is_not_closed_as_settled_by_a_look_in_vain(behind: Shell) -> None:
    assert behind.type("containers", "stop", "pryvio_redis", "--host", "register").exit == 0
    assert behind.type("audit", "--live").exit == 3
    assert behind.type("containers", "start", "pryvio_redis", "--host", "register").exit == 0
    closed = behind.type("incident", "close", "over")
    assert closed.exit == 3
    assert "register knows and core does not: 2" in closed.out
    assert behind.type("audit", "--live").exit == 3


def look(time: str, run: str = "", **more: Any) -> LiveFound:
    """A look at everything: what is named, and none of the rest."""
    names: dict[str, list[str]] = more.pop("names", {})
    dark: tuple[str, ...] = more.pop("dark", ())
    counts = {f"{each.group}.{each.name}": 0 for each in KINDS}
    counts |= {kind: len(found) for kind, found in names.items()}
    counts = {kind: many for kind, many in counts.items() if kind not in dark or kind in names}
    unknown = [NotKnown(what="some", why="it is down", kinds=dark)] if dark else []
    return LiveFound(
        time=f"2026-11-29T0{time}:00:00.000Z", run=run, counts=counts, names=names, set="SET",
        domain="a.b", not_known=unknown, **more,
    )  # fmt: skip


FIRST = look("1", "RUN", names={STRANDED: ["anna", "bela"], EXPOSED: ["dario"]})


def test_of_looks_in_vain_each_keeps_what_the_last_good_one_told() -> None:
    once = with_earlier(look("2", dark=(STRANDED,), names={EXPOSED: ["dario"]}), FIRST)
    twice = with_earlier(look("3", dark=(STRANDED, EXPOSED)), once)
    assert (twice.earlier[STRANDED].time, twice.earlier[EXPOSED].time) == (FIRST.time, once.time)
    first, second = unsettled(twice)
    assert (
        "2 (anna, bela), as of 2026-11-29 01:00:00 UTC" in first.text and "it is down" in first.text
    )
    assert "1 (dario), as of 2026-11-29 02:00:00 UTC" in second.text
    # Who had accepted it, has: it is the same fact.
    assert acceptable(twice) == acceptable(FIRST)
    assert had_alone(twice, "a.b", practice=False).told == "1 account (dario)"
    whole = with_earlier(look("4"), twice)
    assert unsettled(whole) == [] and not whole.earlier


def test_a_look_at_a_part_adds_what_it_finds_to_what_was_known() -> None:
    part = look("2", dark=(STRANDED,), names={STRANDED: ["bela", "chiara"]})
    found = with_earlier(part, FIRST)
    assert (found.earlier[STRANDED].count, found.earlier[STRANDED].names) == (1, ["anna"])
    (said,) = unsettled(found)
    assert "2 (bela, chiara), as of 2026-11-29 02:00:00 UTC" in said.text
    assert "besides 1 (anna), as of 2026-11-29 01:00:00 UTC" in said.text
    more = msgspec.structs.replace(FIRST, counts={**FIRST.counts, STRANDED: 2_000})
    assert with_earlier(part, more).earlier[STRANDED].count == 1_999


def test_a_time_is_told_as_everywhere_else() -> None:
    vain = with_earlier(look("2", dark=(STRANDED,), names={EXPOSED: ["dario"]}), FIRST)
    for said in (*unsettled(FIRST), *unsettled(vain)):
        assert re.search(r"as of 2026-11-29 0[12]:00:00 UTC", said.text)
        assert not re.search(r"\dT\d|\dZ", said.text)
    odd = msgspec.structs.replace(FIRST, time="")
    assert "as of not known" in unsettled(odd)[0].text


def test_what_no_look_has_told_since_an_undo_is_not_known_still() -> None:
    dark = look("1", "UNDO", dark=(STRANDED, EXPOSED), after="undo")
    vain = with_earlier(look("2", dark=(STRANDED,)), dark)
    (said,) = unsettled(vain)
    assert "After the undo UNDO it is not known" in said.text
    assert unsettled(with_earlier(look("3"), vain)) == []


@pytest.mark.parametrize("other", [{"domain": "c.d"}, {"practice": True}])
def test_what_was_known_of_another_platform_is_not_taken_over(other: dict[str, Any]) -> None:
    dark = look("2", dark=(STRANDED, EXPOSED))
    assert not with_earlier(dark, msgspec.structs.replace(FIRST, **other)).earlier


def test_it_is_kept_and_read_again(tmp_path: Path) -> None:
    found = with_earlier(look("2", dark=(STRANDED,)), FIRST)
    assert keep_look(tmp_path, found)
    assert last_look(tmp_path) == found
