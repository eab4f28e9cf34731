"""The program as an operator or a script runs it: a process, its exit code, its output."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pryv_tui.practice.nursery import Nursery
from tests.helpers import copied, forked


@dataclass(frozen=True)
class Ended:
    """What a command printed and how it ended."""

    exit: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def events(self) -> list[dict[str, Any]]:
        """Standard output as journal lines."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def end(self) -> dict[str, Any]:
        """The `run_finished` event."""
        return next(e for e in reversed(self.events) if e["event"] == "run_finished")


def pryv_tui(
    *words: object,
    timeout: float = 120,
    module: str = "pryv_tui",
    typed: str = "",
    loaded: Nursery | None = None,
    **environment: str,
) -> Ended:
    """Run the program with these words; no variable of ours leaks in.

    Args:
        module: what Python runs, where the program is not forked.
        loaded: has loaded what the module is, and forks it.
        typed: lines that somebody types at a terminal; without any there is no terminal.
    """
    if typed:
        keyboard, terminal = pty.openpty()
        os.write(keyboard, typed.encode())
        try:
            return _run(words, timeout, module, environment, terminal, loaded)
        finally:
            os.close(keyboard)
            os.close(terminal)
    return _run(words, timeout, module, environment, subprocess.DEVNULL, loaded)


def _run(
    words: Sequence[object],
    timeout: float,
    module: str,
    environment: Mapping[str, str],
    stdin: int,
    loaded: Nursery | None,
) -> Ended:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PRYV", "DOCKER_HOST"))}
    env |= environment
    known = loaded is not None or module == "pryv_tui"
    if stdin == subprocess.DEVNULL and known and forked.may_fork(env):
        return Ended(*forked.run([*map(str, words)], env, timeout, loaded))
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, words)],
        capture_output=True,
        text=True,
        timeout=timeout,
        env=env,
        stdin=stdin,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True)
class Practice:
    """A practice platform and the commands on it."""

    folder: Path

    @classmethod
    def create(cls, folder: Path, *words: object) -> Practice:
        made = pryv_tui("practice", "create", folder, *words)
        assert made.exit == 0, made.err
        return cls(folder)

    @classmethod
    def with_set(
        cls, folder: Path, *, form: str = "single-node", users: int = 8, attachments: int = 24
    ) -> Practice:
        """One of which a backup was taken, where no test is about that."""
        return cls(copied.with_set(folder, form=form, users=users, attachments=attachments).folder)

    def run(self, *words: object, timeout: float = 120, typed: str = "") -> Ended:
        return pryv_tui(*words, "--practice", self.folder, timeout=timeout, typed=typed)

    def contents(self) -> Any:
        return pryv_tui("practice", "contents", self.folder, "--json").json

    def wipe(self, role: str) -> None:
        assert pryv_tui("practice", "wipe", self.folder, role).exit == 0

    def fault(self, *words: object) -> None:
        done = pryv_tui("practice", "fault", self.folder, *words)
        assert done.exit == 0, done.err

    def restore(self, *words: object) -> Ended:
        return self.run("restore", "latest", "--confirm", "practice.pryv.example", "--json", *words)

    def sets(self) -> list[dict[str, Any]]:
        found = self.run("list", "--json").json
        assert isinstance(found, list)
        return found


@contextmanager
def practice_with_a_set(folder: Path) -> Iterator[Practice]:
    """A small platform with a set; what still runs on it at the end is cancelled."""
    made = Practice.with_set(folder, users=2, attachments=2)
    yield made
    made.run("cancel", "latest")
