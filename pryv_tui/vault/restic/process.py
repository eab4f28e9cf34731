"""Run the program restic: its command line, environment, output and locks."""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from pryv_tui.errors import PryvTuiError
from pryv_tui.programs import PATIENCE, Output, Tail, follow, start
from pryv_tui.reading import LINE, read_whole
from pryv_tui.vault.files.types import CancelToken
from pryv_tui.vault.restic.locks import again_unlocked
from pryv_tui.vault.restic.protocol import (
    FILTERS,
    INSTALL,
    OLDEST,
    PLACES,
    PREFIX,
    Act,
    check_environment,
    check_location,
    failure,
    local_path,
    shown,
    version_of,
)

LOOK_SECONDS = 5.0


class ResticProcess:
    """Runs restic on one repository.

    Args:
        location: the repository as for restic's `-r`; empty: restic's environment names it.
        program: name or path of restic.
        environment: restic's environment; None: our own.
        look_every: seconds between two attempts while others have locked the repository.
        patience: seconds that restic gets to end when it is told to.

    Raises:
        PryvTuiError: `usage`: the location contains a password.
    """

    def __init__(
        self,
        location: str,
        *,
        program: str = "restic",
        environment: Mapping[str, str] | None = None,
        look_every: float = LOOK_SECONDS,
        patience: float = PATIENCE,
    ) -> None:
        check_location(location)
        self.location = location
        self._program = program
        self._given = environment
        self._look_every = look_every
        self._patience = patience
        self._version: tuple[int, int, int] | None = None

    @property
    def name(self) -> str:
        """The repository's location for people, without a password."""
        return shown(self.location)

    @property
    def environment(self) -> dict[str, str]:
        return dict(os.environ if self._given is None else self._given)

    @property
    def folder(self) -> str | None:
        """The repository's folder, from the location or the environment; None if the repository is
        remote."""
        environment = self.environment
        place = self.location or environment.get(PLACES[0]) or ""
        named = environment.get(PLACES[1])
        if not place and named:
            with contextlib.suppress(OSError, ValueError):
                place = read_whole(named, limit=LINE).decode().strip()
        return local_path(place)

    def argv(self, *words: str) -> list[str]:
        place = ["-r", self.location] if self.location else []
        return [self._program, *place, *words]

    def command(self, *words: str) -> str:
        """Return the shell line that runs restic with the same words by hand."""
        return shlex.join(self.argv(*words))

    def version(self) -> tuple[int, int, int]:
        """Return restic's version; restic is asked only once.

        Raises:
            PryvTuiError: `program-missing`: restic is not installed; `repository`: it is too old.
        """
        if self._version is None:
            said: list[bytes] = []
            self._run(["version"], lambda _stream, chunk: said.append(chunk), bare=True)
            found = version_of(b"".join(said).decode("utf-8", "replace"))
            if found is None or found < OLDEST:
                is_ = ".".join(map(str, found)) if found else "of an unknown version"
                raise PryvTuiError(
                    "repository",
                    f"the restic on this machine is {is_}; it has to be"
                    f" {'.'.join(map(str, OLDEST))} or newer",
                    "Put a newer restic first on the PATH: restic.net offers it as a single file.",
                )
            self._version = found
        return self._version

    @again_unlocked
    def _do(
        self, words: Sequence[str], act: Act, on_output: Output, cancel: CancelToken | None
    ) -> None:
        said = Tail()

        def hear(stream: Literal["stdout", "stderr"], chunk: bytes) -> None:
            if stream == "stderr":
                said.add(chunk)
            on_output(stream, chunk)

        code = self._run(words, hear, cancel=cancel)
        if code != 0:
            raise failure(said.text, code, self.location, act)

    def _look(
        self, words: Sequence[str], sink: Callable[[bytes], None], cancel: CancelToken | None = None
    ) -> None:
        """Run a read-only command without a lock, so that it needs no right to write, and waits for
        nobody. Its output goes to `sink`."""
        said = Tail()

        def hear(stream: Literal["stdout", "stderr"], chunk: bytes) -> None:
            if stream == "stdout":
                sink(chunk)
            else:
                said.add(chunk)

        code = self._run(["--no-lock", *words], hear, cancel=cancel)
        if code != 0:
            raise failure(said.text, code, self.location, "read")

    def _run(
        self,
        words: Sequence[str],
        hear: Output,
        *,
        cwd: Path | None = None,
        cancel: CancelToken | None = None,
        bare: bool = False,
    ) -> int:
        """Run restic, pass on its output, and return its exit code.

        Args:
            bare: the command needs no repository.
        """
        if not bare:
            check_environment(self.location, self.environment)
            self.version()
        environment = self._clean()
        process = start(
            [self._program, *words] if bare else self.argv(*words),
            cwd=cwd,
            environment=environment,
            missing=PryvTuiError(
                "program-missing",
                f"a vault {PREFIX}… needs restic, which is not on the PATH",
                INSTALL,
            ),
        )
        try:
            return follow(process, hear, cancel, patience=self._patience)
        except BaseException:
            if not bare:
                self.unlock()
            raise

    def _clean(self) -> dict[str, str]:
        """Return the environment without variables that name another repository, or filter
        snapshots."""
        environment = self.environment
        if self.location:
            for name in PLACES:  # restic refuses a repository named twice
                environment.pop(name, None)
        for name in FILTERS:
            environment.pop(name, None)
        # Otherwise restic prints sixty lines a second, each of which goes to the journal.
        environment.setdefault("RESTIC_PROGRESS_FPS", "2")
        return environment

    def unlock(self) -> None:
        """Remove stale locks (process gone, or old), and no others (restic's manual, `unlock`).

        A restic that was killed, or that ended in its first moments, leaves such a lock."""
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(
                self.argv("unlock"),
                env=self._clean(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=self._patience,
            )
