"""What every tool uses: the files as its container sees them, its streams, its pace, its faults."""

from __future__ import annotations

import errno
import os
import posixpath
import signal
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from pryv_tui.hosts.engine import OutputSink
from pryv_tui.practice.home import Home
from pryv_tui.practice.inodes import identity
from pryv_tui.practice.machines import console
from pryv_tui.practice.machines.boot import inside_root
from pryv_tui.practice.state import CALLED, ProcessRecord, birth_of, now


class ToolError(Exception):
    """The error that stops a tool. Each tool itself decides what to print."""


class Context:
    """One run of a tool in a container."""

    def __init__(
        self,
        home: Home,
        host: str,
        container: str,
        arguments: Sequence[str],
        tell: OutputSink | None = None,
    ) -> None:
        """Look up the container.

        Args:
            tell: receives what is printed; None: print to this process's own streams.
        """
        self._tell = tell
        self.home = home
        self.machine = home.machines[host]
        self.container = self.machine.engine.read().containers[container]
        self.arguments = list(arguments)
        self.pace = home.settings.pace

    def record(self, argv: Sequence[str]) -> None:
        """Record this process in `engine.json`, in case its starter has not recorded it."""
        born = birth_of(os.getpid())
        if born is not None:
            self.machine.engine.add_process(
                ProcessRecord(
                    pid=os.getpid(),
                    born=born,
                    container=self.container.name,
                    argv=tuple(argv),
                    called=os.environ.get(CALLED, ""),
                )
            )

    def path(self, inside: str) -> Path:
        """Return the path on the machine for a path in the container.

        Raises:
            FileNotFoundError: nothing is mounted there; or the mounted folder was replaced after
                the container started, and the container still uses the old one.
        """
        clean = posixpath.normpath(posixpath.join("/", inside))
        best = None
        for mount in self.container.mounts:
            under = clean == mount.destination or clean.startswith(mount.destination + "/")
            if under and (best is None or len(mount.destination) > len(best.destination)):
                best = mount
        if best is None or not inside_root(best, self.machine, self.container):
            raise _missing(inside)
        if best.seen is None or identity(Path(best.source)) != tuple(best.seen):
            raise _missing(inside)
        return Path(best.source + clean[len(best.destination) :])

    def held(self, inside: str) -> Path:
        """Return the folder of a server that works from memory and so continues when its folder is
        moved. If the folder was moved, and is beside the folder that replaced it, return the
        moved one.

        Raises:
            FileNotFoundError: no folder is mounted there, or the moved one is gone.
        """
        try:
            return self.path(inside)
        except FileNotFoundError:
            for mount in self.container.mounts:
                if mount.destination != posixpath.normpath(inside) or mount.seen is None:
                    continue
                for beside in Path(mount.source).parent.iterdir():
                    if beside.is_dir() and identity(beside) == tuple(mount.seen):
                        return beside
            raise

    def writable(self, inside: str) -> Path:
        """Return the path on the machine for a path in the container that is to be written.

        Raises:
            OSError: as `path`, or the mount is read-only.
        """
        path = self.path(inside)
        for mount in self.container.mounts:
            if mount.read_only and path.is_relative_to(mount.source):
                raise OSError(errno.EROFS, "read-only file system", inside)
        return path

    def out(self, text: str | bytes) -> None:
        """Print to standard output."""
        if self._tell is not None:
            self._tell("stdout", _bytes(text))
        else:
            _write(sys.stdout.buffer, text)

    def err(self, text: str | bytes) -> None:
        """Print to standard error."""
        if self._tell is not None:
            self._tell("stderr", _bytes(text))
        else:
            _write(sys.stderr.buffer, text)

    def fault(self, name: str) -> bool:
        return self.home.faults.active(name, self.container.service)

    def spend(self, share: float) -> None:
        """Sleep for this share of the platform's pace."""
        if self.pace > 0 and share > 0:
            time.sleep(self.pace * share)

    def die_with_container(self) -> None:
        """Make the container die, and this tool with it."""
        with self.machine.engine.change() as engine:
            container = engine.containers[self.container.name]
            container.state, container.exit_code = "exited", 137
            container.since = now()
            console.log(self.machine, container, "Killed")
        console.report(self.machine, self.container.name, "die")
        os.kill(os.getpid(), signal.SIGKILL)


def _bytes(text: str | bytes) -> bytes:
    return text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text


def _write(stream: IO[bytes], text: str | bytes) -> None:
    """Print. If the reader is gone continue, as a program started by an engine does."""
    try:
        stream.write(_bytes(text))
        stream.flush()
    except BrokenPipeError:
        # Everything that is printed from now on is discarded.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _missing(inside: str) -> FileNotFoundError:
    return FileNotFoundError(errno.ENOENT, "no such file or directory", inside)


def reason(error: OSError) -> str:
    """Return the error in the words of a Go program."""
    return (os.strerror(error.errno) if error.errno else str(error)).lower()


def options(
    arguments: Sequence[str], *, valued: Sequence[str], flags: Sequence[str]
) -> tuple[dict[str, str], list[str]]:
    """Split arguments into options (`-x V`, `--x V`, `--x=V`; flags have an empty value) and the
    rest.

    Raises:
        ToolError: an option that the tool does not have; the text is its name.
    """
    found: dict[str, str] = {}
    rest: list[str] = []
    pending = iter(arguments)
    for argument in pending:
        name, equals, value = argument.partition("=")
        if not argument.startswith("-"):
            rest.append(argument)
        elif argument in flags:
            found[argument] = ""
        elif name in valued:
            found[name] = value if equals else next(pending, "")
        else:
            raise ToolError(argument.lstrip("-"))
    return found, rest


def mongo_stamp() -> str:
    """Return the time at the start of a line, in the format of MongoDB's tools."""
    moment = datetime.now(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000\t"


def influx_stamp() -> str:
    """Return the time at the start of a line, in the format of influxd."""
    return f"{datetime.now(UTC):%Y/%m/%d %H:%M:%S} "
