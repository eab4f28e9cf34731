"""One machine of the platform: its name, its engine, and programs run on the machine itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from pryv_tui.hosts.engine import CancelToken, Engine, OutputSink
from pryv_tui.hosts.sandbox.making import Maker


class Host(Protocol):
    """A machine. Its files are reached by path; access over SSH would be another implementation."""

    @property
    def name(self) -> str: ...

    @property
    def engine(self) -> Engine: ...

    @property
    def maker(self) -> Maker | None:
        """Makes the containers of drills on this machine; None if drills make none there."""
        ...

    @property
    def practice(self) -> bool:
        """Whether this machine belongs to a practice platform; such are never mixed with real
        ones."""
        ...

    @property
    def root_hint(self) -> Path | None:
        """The root as configured (`--root`, the config file); None: it is read from the
        containers."""
        ...

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
        on_output: OutputSink,
        cancel: CancelToken | None = None,
    ) -> int:
        """Run a program on the machine itself (docker-compose); return its exit code.

        Raises:
            PryvTuiError: `program-missing` if there is no program of that name.
        """
        ...

    def which(self, program: str) -> str | None:
        """The path of a program on the machine; None if there is none."""
        ...
