"""What is said of nothing left half-done, and of nothing urgent, is not said beside what is."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from pryv_tui.operations.containers.following import followed
from pryv_tui.operations.site import open_site
from pryv_tui.runs.looks import left_running
from pryv_tui.runs.now import not_looked
from pryv_tui.runs.recovery import first_look
from pryv_tui.tui.flows.audit import LiveAuditPage
from pryv_tui.tui.text.overview import summary
from tests.claims.test_of_platforms import flat
from tests.journeys.containers.test_not_started import engine_went_in_a_backup
from tests.remedies.shell import Shell, commands_in, paste
from tests.runs.test_recovery import START, Past
from tests.tui.driving import opened

DOMAIN = "practice.pryv.example"


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "own"))
    return Shell.with_set(tmp_path / "p", form="cluster", users=1, attachments=1)


def test_nothing_else_was_left_is_not_said_beside_another_run_that_left_something(
    tmp_path: Path,
) -> None:
    """One run has ended and did not start what it had stopped; another left a root half-way."""
    shell = Shell.on_new(tmp_path / "p", form="cluster")
    engine_went_in_a_backup(shell)
    assert "Nothing else was left half-done." in flat(shell.type("recover"))
    set_id = shell.latest if shell.type("backup").exit in (0, 3) else ""
    shell.platform.faults.set("mongorestore-failures")
    assert shell.type("restore", set_id, "--role", "core", "--confirm", DOMAIN).exit == 1
    told = flat(shell.type("recover"))
    assert "is still stopped" in told, "of the first it is told all the same"
    assert "half-way" in told and "Nothing else was left half-done" not in told
    shell.platform.faults.clear()
    assert shell.type("recover", "--roll-back", "--confirm", DOMAIN).exit in (0, 3)
    assert "Nothing else was left half-done." in flat(shell.type("recover"))


def test_while_a_run_holds_the_platform_nobody_says_that_nothing_was_left(tmp_path: Path) -> None:
    """What an earlier one left is not looked at then."""
    past = Past(tmp_path)
    past.run("backup", START)
    assert past.left() and not not_looked(past.site.state)
    going = past.run("backup", alive=True)
    assert past.left() == []
    told = not_looked(past.site.state)
    assert "is not checked while the backup" in told and f"pryv-tui attach {going}" in told


def killed_look(shell: Shell) -> None:
    """A look at the live platform that was killed before what it had begun had ended."""
    site = open_site(shell.settings)
    (state,) = site.discover().hosts_of("core")
    url = site.host(state.name).engine.url
    with suppress(KeyError), followed(url, "pryvio_mongodb") as begun:
        begun("1")
        raise KeyError
    assert left_running(site, site.discover())


async def test_nothing_urgent_is_not_all_that_is_said_where_there_is_something_to_recover(
    shell: Shell,
) -> None:
    """The key is there, and the line above it says why."""
    told = summary(first_look(open_site(shell.settings)).overview).plain
    assert "✓ nothing urgent" in told
    killed_look(shell)
    told = summary(first_look(open_site(shell.settings)).overview).plain
    assert "✓ nothing urgent" not in told
    assert "nothing urgent, but a program that a killed check started may still be running" in told
    async with opened(shell.settings) as operator:
        await operator.sees("R Recover")
        await operator.sees("nothing urgent, but a program that a killed check")
        assert "✓ nothing urgent" not in operator.text


def test_what_is_said_of_a_killed_look_is_done_and_said_no_more(shell: Shell) -> None:
    killed_look(shell)
    said = flat(shell.type("status"))
    assert "A check of the live platform was killed" in said
    (command,) = [one for one in commands_in(said) if one.endswith(" recover")]
    assert paste(command).exit == 0
    assert "A check of the live platform was killed" not in flat(shell.type("status"))
    assert "✓ nothing urgent" in summary(first_look(open_site(shell.settings)).overview).plain


async def test_that_an_audit_changes_nothing_is_said_while_it_asks_and_is_so(shell: Shell) -> None:
    """Of platform and vault nothing is another one after it, and then it is not said any more."""
    before, sets = shell.platform.contents(), sorted(Path(shell.settings.vault).iterdir())
    held: list[tuple[Any, Any]] = []

    def ask(group: str, work: Any, done: Any, *_: Any, **__: Any) -> None:
        if group == "live-audit":
            held.append((work, done))

    async with opened(shell.settings, (120, 40)) as operator:
        await operator.sees("Last backup")
        page = operator.page
        assert isinstance(page, LiveAuditPage) and "nothing is changed by that" not in operator.text
        with patch.object(page, "ask", ask):
            page.ask_live(None)
            await operator.sees("nothing is changed by that")
        ((work, done),) = held
        done(work())
        await operator.on("TextScreen")
        assert "nothing is changed by that" not in operator.text
    assert shell.platform.contents() == before
    assert sorted(Path(shell.settings.vault).iterdir()) == sets
