"""A practice machine: its name, its engine, and the commands that exist on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.engine import CancelToken, OutputSink
from pryv_tui.practice.home import Home, Machine
from pryv_tui.practice.machines import docker_compose
from pryv_tui.practice.machines.engine import PracticeEngine
from pryv_tui.practice.machines.sandboxes import PracticeMaker

_BINARIES = {"docker-compose": "/usr/local/bin/docker-compose"}


class PracticeHost:
    """A machine of a practice platform; implements `hosts.host.Host`."""

    def __init__(self, home: Home, machine: Machine) -> None:
        self._home = home
        self._machine = machine
        self._engine = PracticeEngine(home, machine)

    @property
    def name(self) -> str:
        return self._machine.name

    @property
    def engine(self) -> PracticeEngine:
        return self._engine

    @property
    def maker(self) -> PracticeMaker:
        return PracticeMaker(self._home, self._machine)

    @property
    def practice(self) -> bool:
        return True

    @property
    def root_hint(self) -> Path | None:
        return self._machine.root

    def which(self, program: str) -> str | None:
        """Return the path of a program on this machine, which has only docker-compose."""
        return _BINARIES.get(program)

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
        on_output: OutputSink,
        cancel: CancelToken | None = None,
    ) -> int:
        """Run docker-compose, or one of the root's own scripts, which call it. Return the exit
        code."""
        program = argv[0]
        command = docker_compose.Command(self._home, self._machine, self._engine, on_output, cancel)
        folder = cwd or self._machine.root
        if program in _BINARIES or program in _BINARIES.values():
            return command.run(list(argv[1:]), folder)
        if program.rsplit("/", 1)[-1] == "docker" and list(argv[1:2]) == ["compose"]:
            return command.run(list(argv[2:]), folder)
        script = (folder / program).absolute()
        if script.parent == self._machine.root and script.is_file():
            return command.run_script(script.name)
        raise PryvTuiError("program-missing", f"{program}: command not found")
