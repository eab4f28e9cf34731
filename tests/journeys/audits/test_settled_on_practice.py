"""Who was stranded on a practice platform, which has nobody to free the name: what is printed there
settles it, and where the key is found is said for a real one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pryv_tui.runs.record.events import RunFinished
from pryv_tui.runs.record.history import all_runs
from pryv_tui.runs.record.journal import JournalReader
from tests.remedies.shell import Shell, paste

DOMAIN = "practice.pryv.example"
WORDS = "On a practice platform nothing answers these commands."


def stranded(folder: Path) -> Shell:
    """Core is lost with an account that the set does not hold, and restored alone."""
    shell = Shell.with_set(folder / "p", form="cluster", users=3)
    shell.platform.grow(users=1)
    shell.platform.wipe("core")
    assert shell.type("status").exit == 3
    assert shell.type("restore", shell.latest, "--role", "core", "--confirm", DOMAIN).exit == 3
    return shell


def result(shell: Shell) -> list[str]:
    last = [one for one in all_runs(Path(shell.settings.state)) if one.kind == "restore"][-1]
    (end,) = [one for one in JournalReader(last.journal).read() if isinstance(one, RunFinished)]
    return end.next


def proved(shell: Shell) -> object:
    return json.loads(shell.type("report", "--format", "json").out)["times"]["proved"]


@pytest.mark.parametrize("where", ["result", "audit"])
def test_what_is_printed_there_settles_it(tmp_path: Path, where: str) -> None:
    shell = stranded(tmp_path)
    audit = shell.type("audit", "--live").out
    lines = result(shell) if where == "result" else audit.splitlines()
    (line,) = [line for line in lines if WORDS in line]
    assert proved(shell) is None
    command = re.search(
        r"accepting it as it is: (pryv-tui .* accept live/accounts/register_only)$", line
    )
    assert command is not None, line
    done = paste(command[1])
    assert done.exit == 0, done
    assert proved(shell), "what a person has accepted as it is keeps nothing from being proved"


@pytest.mark.parametrize("where", ["result", "audit"])
def test_where_the_key_is_found_is_said_beside_the_command_that_needs_it(
    tmp_path: Path, where: str
) -> None:
    shell = stranded(tmp_path)
    told = " ".join(result(shell) if where == "result" else [shell.type("audit", "--live").out])
    assert "$SYSTEM_KEY" in told and "REGISTER_SYSTEM_KEY_1" in told
    assert "config-leader/conf/config-leader.json" in told and "read -rs SYSTEM_KEY" in told


def test_where_nothing_remains_nothing_of_that_is_said(tmp_path: Path) -> None:
    shell = Shell.with_set(tmp_path / "p", form="cluster")
    told = shell.type("audit", "--live").out
    assert "Nothing remains" in told and WORDS not in told and "SYSTEM_KEY" not in told


def test_a_real_platform_is_not_told_of_practice(tmp_path: Path) -> None:
    from pryv_tui.operations.audit.afterwards import next_of
    from pryv_tui.operations.facts import LiveFound

    kind = "accounts.register_only"
    for practice in (True, False):
        found = LiveFound(time="2026-01-01T00:00:00Z", domain="a.b", practice=practice,
                          counts={kind: 1}, names={kind: ["anna"]})  # fmt: skip
        told = [one for one in next_of(found, "") if WORDS in one.text]
        assert bool(told) is practice and all(one.kinds == (kind,) for one in told)
