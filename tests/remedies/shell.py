"""Somebody at a shell, in the process of a test: what the program says is typed as printed."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from click.testing import CliRunner

from pryv_tui.cli.main import cli
from pryv_tui.operations.settings.resolve import Settings, resolve_settings
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs import start
from pryv_tui.runs.worker import process as worker
from pryv_tui.vault.vault import Vault
from tests.helpers import copied

_COMMAND = re.compile(r"pryv-tui [^;(]*?(?=; | \(|\)|, |: |\. |\.?$)")


@dataclass(frozen=True)
class Said:
    """What a command printed, and how it ended."""

    exit: int
    out: str
    err: str

    @property
    def remedy(self) -> str:
        """The last line of its complaint."""
        return self.err.rstrip("\n").rsplit("\n", 1)[-1].strip()


def type_in(*words: str) -> Said:
    """The program with these words and nothing else."""
    with patch.object(start, "launch", _in_this_process):
        done = CliRunner().invoke(cli, list(words), obj={}, prog_name="pryv-tui")
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return Said(done.exit_code, done.stdout, done.stderr)


def _in_this_process(argv: Sequence[str], *, run: str, log: Path) -> None:
    """Perform a run by the worker's own code, without the start of a process."""
    signals = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = [signal.getsignal(number) for number in signals]
    try:
        worker.work(log.parent)
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


def paste(line: str) -> Said:
    """A line that names one command of ours, as somebody pastes it."""
    first, *words = shlex.split(line)
    assert first == "pryv-tui", line
    return type_in(*words)


def shell_line(line: str) -> int:
    """A line of other programs, pasted into a shell; its exit code."""
    return subprocess.run(line, shell=True, capture_output=True, timeout=60).returncode


def commands_in(remedy: str) -> list[str]:
    """The commands of ours that a remedy names, in its own words."""
    return [found.strip() for found in _COMMAND.findall(remedy)]


@dataclass(frozen=True)
class Shell:
    """Commands on one practice platform."""

    platform: PracticePlatform

    @classmethod
    def on_new(
        cls, folder: Path, *, form: str = "single-node", users: int = 1, attachments: int = 0
    ) -> Shell:
        made = copied.new(
            folder,
            form=form,
            users=users,
            attachments=attachments,
        )
        return cls(made)

    @classmethod
    def with_set(
        cls, folder: Path, *, form: str = "single-node", users: int = 1, attachments: int = 0
    ) -> Shell:
        """As on a new one after a first backup, where no test is about that."""
        return cls(copied.with_set(folder, form=form, users=users, attachments=attachments))

    @property
    def settings(self) -> Settings:
        return resolve_settings(practice=str(self.platform.folder), environment={})

    def type(self, *words: str) -> Said:
        return type_in(*words, "--practice", str(self.platform.folder))

    @property
    def latest(self) -> str:
        """The newest complete set's name, as the program has it: two may be of one second."""
        found = Vault(Path(self.settings.vault)).latest()
        assert found is not None
        return found.id

    def backup(self, *words: str) -> str:
        """Take a backup; the set's name."""
        done = self.type("backup", *words)
        assert done.exit == 0, done
        return self.latest
