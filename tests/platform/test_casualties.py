"""The commands of a to-do list, for names that nobody of ours chose."""

from __future__ import annotations

import shlex

import pytest

from pryv_tui.platform.casualties import CLEARED, KINDS, clearing, commands, influx_name, kind

NASTY = ["plain", "a b", "$(id)", "`id`", "a'b", 'a"b', "a;b", "-rf", "a\\", "ü\nx", "*"]


@pytest.mark.parametrize("name", NASTY)
def test_a_name_stays_one_word_of_the_command(name: str) -> None:
    path = f"pryv/core/{name}/{name}"
    look, act = (shlex.split(line) for line in clearing(
        kind("attachments", "without_event"), path, "/var/pr yv"))  # fmt: skip
    assert look == ["ls", "-l", f"/var/pr yv/{path}"]
    aside = f"$ASIDE/pryv/core/{name}"
    assert act == ["mkdir", "-p", aside, "&&",
                   "mv", "-n", f"/var/pr yv/{path}", f"{aside}/{name}"]  # fmt: skip
    database = f"user.{name}"
    for group, told, where in (
        ("without_event", f"{database}/event.{name}", ["-database", database]),
        ("without_account", database, []),
    ):
        for line in clearing(kind("series", group), told, ""):
            words = shlex.split(line)
            assert words[:4] == ["docker", "exec", "pryvio_influxdb", "/usr/bin/influx"]
            assert words[4:-2] == where
            ending = influx_name(f"event.{name}" if where else database)
            assert words[-2] == "-execute" and words[-1].endswith(ending)


def test_a_name_of_influxql_ends_where_it_ends() -> None:
    assert influx_name('a" ON "b') == '"a\\" ON \\"b"'
    assert influx_name("a\\") == '"a\\\\"'


@pytest.mark.parametrize("name", NASTY)
def test_a_name_is_freed_after_a_dry_run_and_for_register_alone(name: str) -> None:
    dry, act = (
        shlex.split(line)[-1]
        for line in commands(kind("accounts", "register_only"), [name], "pryv.example")
    )
    assert dry == f"{act}&dryRun=true"
    assert act.endswith("?onlyReg=true") and act.count("?") == act.count("=") == 1
    assert act.isascii() and " " not in act


def test_what_is_cleared_away_is_looked_at_first_and_only_what_a_set_keeps() -> None:
    for each in KINDS:
        told = clearing(each, "a/b", "/r")
        assert bool(told) == ((each.group, each.name) in CLEARED)
        assert not any(word in line for line in told[:1] for word in ("DROP", "mv ", "rm "))
