"""A practice platform in which commands are typed as they are printed, and what its runs said."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.cli.main import cli
from pryv_tui.errors import Cancelled
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.site import open_site
from pryv_tui.runs.record.events import RunFinished
from pryv_tui.runs.record.history import RunRecord, all_runs
from pryv_tui.runs.record.journal import JournalReader
from pryv_tui.vault.sets import BackupSet
from tests.remedies.shell import Said, Shell, commands_in

DOMAIN = "practice.pryv.example"
BARE = re.compile(
    r"\bpryv-tui (?!--practice )(?=[a-z]+ )(?:" + "|".join(sorted(cli.commands)) + r")\b"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    return Shell.on_new(tmp_path_factory.mktemp("ends") / "platform", users=2, attachments=2)


@pytest.fixture
def shell(made: Shell) -> Iterator[Shell]:
    """Without any fault, before and after; each test leaves it running and whole."""
    yield made
    made.platform.faults.clear()
    assert "half-way" not in made.type("status").out


def end_of(shell: Shell) -> RunFinished:
    """The last word of the run that was asked for last."""
    *_, last = JournalReader(all_runs(Path(shell.settings.state))[-1].journal).read()
    assert isinstance(last, RunFinished)
    return last


def texts_of(shell: Shell) -> list[str]:
    """All that the last run wrote into its journal."""
    return _texts_in(all_runs(Path(shell.settings.state))[-1])


def _texts_in(record: RunRecord) -> list[str]:
    events = JournalReader(record.journal).read()
    return [text for event in events for text in _texts(msgspec.to_builtins(event))]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for one in value.values() if isinstance(value, dict) else ():
        yield from _texts(one)
    for one in value if isinstance(value, list | tuple) else ():
        yield from _texts(one)


def sets_of(shell: Shell) -> list[BackupSet]:
    return open_site(shell.settings).vault.sets()


def command(lines: list[str], words: str) -> str:
    """The one command of the one line that begins so, as it stands."""
    (line,) = [one for one in lines if one.startswith(words)]
    (found,) = commands_in(line + ".")
    return found


def restore(shell: Shell, name: str) -> Said:
    return shell.type("restore", name, "--confirm", DOMAIN)


def root_of(shell: Shell) -> Path:
    root = shell.platform.hosts[0].root_hint
    assert root is not None
    return root


def cancelled_in(
    step: type[Any], monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]
) -> None:
    """Do something, and cancel it as this kind of step begins."""

    def perform(_step: Any, _ctx: RunContext) -> None:
        raise Cancelled()

    with monkeypatch.context() as patched:
        patched.setattr(step, "perform", perform)
        act()
