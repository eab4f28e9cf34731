"""A miniature docker-compose: `up -d`, `down`, `start`, `stop`, `ps`, and the root's scripts.

It prints lines like those of version 1, and knows only this machine's containers.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.hosts.engine import CancelToken, OutputSink
from pryv_tui.practice.home import Home, Machine
from pryv_tui.practice.machines import compose, console
from pryv_tui.practice.machines.engine import PracticeEngine
from pryv_tui.practice.services import COMPOSE_FILES, PRYV_UID
from pryv_tui.practice.settings import running_as_root

VERSION = "docker-compose version 1.29.2, build 5becea4c"

SCRIPTS: dict[str, tuple[tuple[str, str], ...]] = {
    "run-pryv": (("pryv/pryv.yml", "up"),),
    "stop-pryv": (("pryv/pryv.yml", "down"),),
    "restart-pryv": (("pryv/pryv.yml", "down"), ("pryv/pryv.yml", "up")),
    "run-config-leader": (("config-leader/config-leader.yml", "up"),),
    "stop-config-leader": (("config-leader/config-leader.yml", "down"),),
    "run-config-follower": (("config-follower/config-follower.yml", "up"),),
    "stop-config-follower": (("config-follower/config-follower.yml", "down"),),
}

_WITH_VALUE = ("-p", "--project-name", "--project-directory", "--env-file", "-t", "--timeout")


class _Usage(Exception):
    """The error for arguments that are not understood; its text is docker-compose's message."""


class Command:
    """docker-compose on one machine."""

    def __init__(
        self,
        home: Home,
        machine: Machine,
        engine: PracticeEngine,
        on_output: OutputSink,
        cancel: CancelToken | None = None,
    ) -> None:
        self._home = home
        self._machine = machine
        self._engine = engine
        self._on_output = on_output
        self._cancel = cancel

    def run_script(self, name: str) -> int:
        """Run one of the root's `run-…`, `stop-…` and other scripts. Return its exit code."""
        if name.startswith("ensure-permissions-"):
            _ensure_permissions(self._machine.root)
            return 0
        if name not in SCRIPTS:
            raise PryvTuiError("program-missing", f"{name}: command not found")
        for file, action in SCRIPTS[name]:
            arguments = ["-f", str(self._machine.root / file), action]
            code = self.run([*arguments, "-d"] if action == "up" else arguments, self._machine.root)
            if code:
                return code
        return 0

    def run(self, arguments: list[str], folder: Path) -> int:
        """Run docker-compose with these arguments. Return its exit code."""
        try:
            file, action, names = _understand(arguments, folder)
            if action == "version":
                self._say(VERSION, "stdout")
                return 0
            wanted = compose.parse(file)
            unknown = [name for name in names if name not in {w.name for w in wanted}]
            if unknown:
                raise _Usage(f"No such service: {unknown[0]}")
            chosen = [w for w in wanted if not names or w.name in names]
            return self._act(action, self._as_called(chosen, file), file, everything=not names)
        except _Usage as error:
            self._say(str(error))
            return 1
        except Cancelled:
            raise
        except PryvTuiError as error:
            self._say(error.what)
            return 1

    def _act(
        self, action: str, chosen: list[compose.Wanted], file: Path, *, everything: bool
    ) -> int:
        if action == "up":
            return self._up(chosen, file, everything=everything)
        if action in ("down", "stop"):
            return self._down(chosen, remove=action == "down")
        if action == "start":
            return self._start([w for w in chosen if w.container in self._existing()])
        if action == "ps":
            existing = self._existing()
            for name in (w.container for w in chosen if w.container in existing):
                self._say(f"{name}  {existing[name]}", "stdout")
            return 0
        raise _Usage(f"No such command: {action}")

    def _as_called(self, chosen: list[compose.Wanted], file: Path) -> list[compose.Wanted]:
        """Return these services with the present names of their containers: compose finds a
        container by its labels, not by its name."""
        found = {
            record.service: record.name
            for record in self._machine.engine.read().containers.values()
            if record.labels.get(compose.FILE_LABEL) == str(file)
        }
        return [replace(w, container=found.get(w.name, w.container)) for w in chosen]

    def _existing(self) -> dict[str, str]:
        return {c.name: c.state for c in self._engine.containers()}

    def _up(self, chosen: list[compose.Wanted], file: Path, *, everything: bool) -> int:
        existing = self._existing()
        if everything and not existing:
            for network in ("pryv_frontend", "pryv_backend"):
                self._say(f'Creating network "{network}" with the default driver')
        failed = 0
        for wanted in chosen:
            if self._cancel is not None and self._cancel.is_set():
                raise Cancelled("docker-compose up was ended on the operator's word")
            state = existing.get(wanted.container)
            if state in ("running", "restarting"):
                self._say(f"{wanted.container} is up-to-date")
                continue
            verb = "Starting" if state else "Creating"
            if state is None:
                record = compose.container_record(wanted, file, self._machine.root)
                with self._machine.engine.change() as engine:
                    engine.containers[record.name] = record
                console.report(self._machine, record.name, "create")
            failed += self._start_one(wanted, verb)
        return 1 if failed else 0

    def _start(self, chosen: list[compose.Wanted]) -> int:
        return 1 if sum(self._start_one(wanted, "Starting") for wanted in chosen) else 0

    def _start_one(self, wanted: compose.Wanted, verb: str) -> int:
        self._say(f"{verb} {wanted.container} ... ")
        try:
            self._engine.start(wanted.container)
        except PryvTuiError as error:
            if error.name != "step-failed":
                raise
            self._say(f"{verb} {wanted.container} ... error")
            self._say(
                f"\nERROR: for {wanted.name}  Cannot start service {wanted.name}: {error.what}"
            )
            return 1
        self._say(f"{verb} {wanted.container} ... done")
        return 0

    def _down(self, chosen: list[compose.Wanted], *, remove: bool) -> int:
        existing = self._existing()
        names = [w.container for w in chosen if w.container in existing]
        for name in names:
            if existing[name] in ("running", "restarting", "paused"):
                self._say(f"Stopping {name} ... ")
                try:
                    self._engine.stop(name)
                except PryvTuiError as error:
                    if error.name != "step-failed":
                        raise
                    self._say(f"Stopping {name} ... error")
                    self._say(f"\nERROR: for {name}  {error.what}")
                    return 1
                self._say(f"Stopping {name} ... done")
        if remove:
            for name in names:
                with self._machine.engine.change() as engine:
                    del engine.containers[name]
                console.report(self._machine, name, "destroy")
                self._say(f"Removing {name} ... done")
            for network in ("pryv_frontend", "pryv_backend"):
                self._say(f"Removing network {network}")
        return 0

    def _say(self, line: str, stream: str = "stderr") -> None:
        self._on_output("stdout" if stream == "stdout" else "stderr", f"{line}\n".encode())


def _ensure_permissions(root: Path) -> None:
    """Do what the script of that name does: make the platform's own user the owner of
    everything."""
    if not running_as_root():
        return
    for name in ("pryv", "config-follower", "config-leader"):
        for folder, _, files in os.walk(os.fsencode(root / name)):
            for path in (folder, *(os.path.join(folder, file) for file in files)):  # noqa: PTH118
                os.chown(path, PRYV_UID, PRYV_UID, follow_symlinks=False)


def _understand(arguments: list[str], folder: Path) -> tuple[Path, str, list[str]]:
    """Parse the arguments. Return the compose file, the action, and the services named after the
    action."""
    file: Path | None = None
    action = ""
    names: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument in ("-f", "--file") and not action:
            file = folder / next(rest, "")
        elif argument.startswith("--file="):
            file = folder / argument.removeprefix("--file=")
        elif argument in _WITH_VALUE:
            next(rest, None)
        elif argument == "--version":
            action = action or "version"
        elif argument.startswith("-"):
            continue
        elif not action:
            action = argument
        else:
            names.append(argument)
    if action == "version":
        return folder, action, []
    if not action:
        raise _Usage("Usage: docker-compose [-f <arg>...] [options] [COMMAND] [ARGS...]")
    if file is None:
        found = [folder / Path(name).name for name in COMPOSE_FILES.values()]
        file = next((path for path in found if path.is_file()), None)
    if file is None:
        raise _Usage("ERROR: Can't find a suitable configuration file in this directory.")
    return file, action, names
