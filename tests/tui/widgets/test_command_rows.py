"""A command on a page is read whole, and each row of it can be copied: no word of it is broken."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.platform.casualties import clearing, commands, kind
from pryv_tui.sanitize import one_line
from pryv_tui.tui.screens.text import TextScreen
from pryv_tui.tui.text.lines import GOES_ON, command_rows, is_command
from tests.helpers.examples import tries
from tests.tui.driving import opened

FREEING = kind("accounts", "register_only")
HEAR = (
    'hear() { printf "%s\\0" "$@"; }; curl() { hear curl "$@"; }; docker() { hear docker "$@"; };'
)
HEAR += 'ls() { hear ls "$@"; }; mkdir() { hear mkdir "$@"; }; mv() { hear mv "$@"; }\n'


def printed(name: str) -> list[str]:
    """Each command that is printed with a name in it, as it stands on a page."""
    lines = [
        *commands(FREEING, [name], "pryv.example"),
        *clearing(kind("attachments", "without_event"), f"a/{name}/b", "/r oot"),
        *clearing(kind("series", "without_event"), f"user.x/{name}", ""),
        *clearing(kind("series", "without_account"), f"user.{name}", ""),
    ]
    return [f"      {one_line(line)}" for line in lines]


def heard(script: str) -> bytes:
    """What the programs of a script are given by a shell."""
    environment = {"PATH": "/usr/bin:/bin", "SYSTEM_KEY": "key", "ASIDE": "/a side"}
    done = subprocess.run(
        ["/bin/sh", "-c", HEAR + script], env=environment, capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


ODD = ["nina", "a b", "it's", 'he said "no" twice', "$(id) x", "a\nb c", "\\ \\ x", "`x y`", "-- ü",
       "a (b) c", "x' 'y\" z", "n" * 60]  # fmt: skip


@pytest.mark.parametrize("width", [20, 56, 75, 116])
@pytest.mark.parametrize("name", ODD, ids=ascii)
def test_rows_are_one_line_to_a_shell(name: str, width: int) -> None:
    for line in printed(name):
        rows = command_rows(line, width)
        assert is_command(line), line
        assert heard("\n".join(rows)) == heard(line), rows
        for row in rows[:-1]:
            assert row.endswith(GOES_ON)
        # Only what is one word is longer than there is room.
        for row in rows:
            words = row.removesuffix(GOES_ON).split()
            assert cell_len(row) <= width or heard(f"hear {' '.join(words)}").count(b"\0") <= 2


@settings(max_examples=tries(40), deadline=None)
@given(
    name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(
        lambda one: "\0" not in one
    ),
    width=st.integers(20, 120),
)
def test_whatever_the_name_is(name: str, width: int) -> None:
    for line in printed(name):
        assert heard("\n".join(command_rows(line, width))) == heard(line)


@pytest.mark.parametrize("size", [(80, 24), (60, 20), (120, 40)])
@pytest.mark.parametrize("name", ["nina", "n" * 60])
async def test_on_a_page_no_address_is_broken(
    settings: Settings, size: tuple[int, int], name: str
) -> None:
    told = [f"      {one}" for one in commands(FREEING, [name], "practice.pryv.example")]
    addresses = [line.rpartition(" ")[2] for line in told]
    async with opened(settings, size) as operator:
        operator.page.go_to("text", "Live audit", "\n".join(["Prose " * 40, *told]), True)
        await operator.until(lambda: isinstance(operator.page, TextScreen), "the text")
        await operator.sees("curl -X DELETE")
        rows = [line for line in operator.text.splitlines() if "'https:" in line]
        assert len(rows) == len(addresses)
        for row in rows:
            assert "…" in row or any(address in row for address in addresses), row
        if any(address not in operator.text for address in addresses):
            await operator.sees("→ reads on at …")
            # Each can be read to its end.
            ends = [address[-15:] for address in addresses]
            for _ in range(10):
                await operator.keys(*["right"] * 10)
                if all(end in operator.text for end in ends):
                    break
            await operator.until(lambda: all(end in operator.text for end in ends), "the ends")
        else:
            assert "reads on at" not in operator.text
