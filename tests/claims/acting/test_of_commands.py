"""Commands that say that nothing is there: not where something is. One platform for them."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from pryv_tui.cli.base import unnamed
from pryv_tui.runs.record.history import all_runs
from tests.remedies.shell import Said, Shell


def test_that_nothing_is_there_is_not_said_where_something_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = Shell.on_new(tmp_path / "p")

    def said(*words: str) -> str:
        done = shell.type(*words)
        return " ".join((done.out + done.err).split())

    assert "none is running now" in said("attach")
    shell.backup()
    assert "There is nothing to accept now." in said("accept")
    assert shell.type("containers", "stop", "pryvio_mail").exit == 0
    assert json.loads(shell.type("accept", "--json").out)["acceptable"]
    assert "There is nothing to accept" not in said("accept")

    assert "There is nothing to remove." in said("prune", "--keep-last", "1", "--dry-run")
    shell.backup()
    assert "There is nothing to remove" not in said("prune", "--keep-last", "1", "--dry-run")

    assert "nothing that a run moved aside is still there" in said("release")
    done = shell.type("restore", shell.latest, "--confirm", shell.platform.domain)
    assert done.exit == 0, done
    assert "nothing that a run moved aside" not in said("release")

    assert "none is running now; the last one is" in said("attach")
    *before, last = all_runs(Path(shell.settings.state))
    going = msgspec.structs.replace(last, state="running")
    monkeypatch.setattr(unnamed, "all_runs", lambda _state: [*before, going])
    assert "none is running now" not in said("attach")

    assert "nothing was verified" in said("drill", "verify")


def test_those_of_the_platform_that_there_are_are_shown_by_status(tmp_path: Path) -> None:
    shell = Shell.on_new(tmp_path / "p", form="cluster")
    words = "To see which containers the platform has: pryv-tui status. To bring a role up"

    def there() -> list[str]:
        return sorted(one.name for host in shell.platform.hosts for one in host.engine.containers())

    def shown() -> list[str]:
        lines = [line.split() for line in shell.type("status").out.splitlines()]
        return sorted(line[1] for line in lines if len(line) > 1 and line[1].startswith("pryvio_"))

    def named(said: Said) -> str:
        return said.err.replace(shell_words, "")

    shell_words = f"--practice {shell.platform.folder} "
    before = there()
    assert words in named(shell.type("containers", "stop", "no-such"))
    assert words not in named(shell.type("containers", "stop", "mail"))
    assert shown() == before
    shell.platform.wipe("core")
    assert shown() == there() != before
    assert words in named(shell.type("containers", "stop", "pryvio_core"))
