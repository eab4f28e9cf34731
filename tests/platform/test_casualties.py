"""The commands of a to-do list, for names that nobody of ours chose."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pryv_tui.operations.commands import erase_command
from pryv_tui.platform.casualties import (
    CLEARED,
    KINDS,
    NO_ADDRESS,
    TEMPLATE,
    clearing,
    commands,
    commands_or_why,
    influx_name,
    kind,
)
from pryv_tui.sanitize import one_line
from tests.helpers.examples import tries

NASTY = ["plain", "a b", "$(id)", "`id`", "a'b", 'a"b', "a;b", "-rf", "a\\", "üx", "*"]
"""What stands in a line as it is."""


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


ODD = [*NASTY, "..", ".", "a/b", "a%2fb", "a?b=c&d#e", 'he said "no"', "\t", "a\rb", "100%",
       "\u202ex", "--path", "[a-z]{1,2}", "~", "\\n", "ü\x00y", "a\n", "\n", "a b\n\n", "a\n/b\n",
       "$NL\n", "a'\n"]  # fmt: skip


def typed_in_sh(tmp_path: Path, line: str, *programs: str) -> list[str]:
    """The words that a program is given by a shell, each program being one that writes them down.
    The line is what is seen on a terminal, and pasted."""
    line = one_line(line)
    folder = tmp_path / "bin"
    folder.mkdir(exist_ok=True)
    heard = tmp_path / "heard"
    heard.unlink(missing_ok=True)
    for name in programs:
        (folder / name).write_text(f"#!/bin/sh\nprintf '%s\\0' {name} \"$@\" >>{heard}\n")
        (folder / name).chmod(0o755)
    environment = {"PATH": f"{folder}:/usr/bin:/bin", "SYSTEM_KEY": "key", "ASIDE": "/a side"}
    done = subprocess.run(["/bin/sh", "-c", line], env=environment, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return heard.read_bytes().decode("utf-8", "surrogateescape").split("\0")[:-1]


def check_each_command(tmp_path: Path, name: str) -> None:
    """Every printed command that has a name in it says that name to its program, and no other."""
    freeing = kind("accounts", "register_only")
    for number, line in enumerate(commands(freeing, [name], "pryv.example")):
        words = typed_in_sh(tmp_path, line, "curl")
        url = urlsplit(words[-1])
        assert words[:3] == ["curl", "-X", "DELETE"] and words.count("-H") == 1
        assert unquote(url.path) == f"/users/{name}" and url.path.count("/") == 2
        assert url.query == "onlyReg=true" + ("" if number else "&dryRun=true")
        assert url.netloc == "reg.pryv.example" and not url.fragment
        # As curl(1) has it: else it takes both for steps, before it asks.
        assert ("--path-as-is" in words) is (name in (".", ".."))
        assert url.geturl().isascii()
    if "\0" in name:
        return  # no word of a command line holds it, and neither does a file's name
    assert typed_in_sh(tmp_path, erase_command(name), "pryv-cli")[2:] == [name]
    database = influx_name(f"user.{name}")
    for line in clearing(kind("series", "without_account"), f"user.{name}", ""):
        words = typed_in_sh(tmp_path, line, "docker")
        assert words[:3] == ["docker", "exec", TEMPLATE] and words[-1].endswith(f" {database}")
    called = name.replace("/", "_")
    for path in (f"pryv/core/data/{called}/x", f"pryv/core/data/{called}"):
        look, act = clearing(kind("attachments", "without_event"), path, "/r oot")
        assert typed_in_sh(tmp_path, look, "ls")[2:] == [f"/r oot/{path}"]
        heard = typed_in_sh(tmp_path, act, "mkdir", "mv")
        folder = path.rpartition("/")[0]
        assert heard == [
            "mkdir", "-p", f"/a side/{folder}", "mv", "-n", f"/r oot/{path}", f"/a side/{path}"
        ]  # fmt: skip


@pytest.mark.parametrize("name", ODD, ids=ascii)
def test_a_shell_reads_the_name_that_is_meant(tmp_path: Path, name: str) -> None:
    check_each_command(tmp_path, name)


@settings(
    max_examples=tries(30),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12))
def test_whatever_the_name_is(tmp_path: Path, name: str) -> None:
    check_each_command(tmp_path, name)


def test_of_no_name_no_command_is_printed() -> None:
    assert commands(kind("accounts", "register_only"), [""], "pryv.example") == []


@pytest.mark.parametrize("name", [r"a\xffb", r"\xfe\xff", "\udcff", r"ü\xe2x"], ids=ascii)
def test_of_a_name_that_no_address_can_hold_it_is_said_that_there_is_no_command(name: str) -> None:
    """What is told of its bytes is another name: its address would free somebody else's."""
    freeing = kind("accounts", "register_only")
    assert commands(freeing, [name], "pryv.example") == []
    (said,) = commands_or_why(freeing, name, "pryv.example")
    assert said == NO_ADDRESS
    assert "There is no command for this one: its name has bytes that are not text" in said
    other = " ".join(commands_or_why(freeing, "nina", "pryv.example"))
    assert "There is no command for this one" not in other
    # Of what has no command anyhow nothing is said.
    assert commands_or_why(kind("accounts", "core_only"), name, "pryv.example") == []


@pytest.mark.parametrize("name", [*NASTY, r"a\x7f", r"a\n"])
def test_of_any_other_the_commands_are_told(name: str) -> None:
    freeing = kind("accounts", "register_only")
    told = commands(freeing, [name], "pryv.example")
    assert len(told) == 2 and commands_or_why(freeing, name, "pryv.example") == told
    assert commands_or_why(freeing, "", "pryv.example") == []
