"""What the tests of the practice platform share."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pryv_tui.hosts.engine import Stream
from pryv_tui.practice.machines.host import PracticeHost
from pryv_tui.practice.platform import PracticePlatform

DUMP = ("/app/bin/mongodb/bin/mongodump", "-d", "pryv-node", "-o", "/app/backup/")
RESTORE = ("/app/bin/mongodb/bin/mongorestore", "/app/backup/")
INFLUX_BACKUP = ("/usr/bin/influxd", "backup", "-portable", "/pryv/backup/")
INFLUX_RESTORE = ("/usr/bin/influxd", "restore", "-portable", "/pryv/backup/")

_MONGO_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000\t", re.MULTILINE)
_INFLUX_TIME = re.compile(r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d ", re.MULTILINE)
_INFLUX_NAME = re.compile(r"\d{8}T\d{6}Z")


@dataclass(frozen=True)
class Printed:
    """What a tool printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """Standard error without the mongo tools' times."""
        return _MONGO_TIME.sub("", self.err).splitlines()

    @property
    def influx_lines(self) -> list[str]:
        """Standard output with influxd's times and names of sets masked."""
        return _INFLUX_NAME.sub("SET", _INFLUX_TIME.sub("", self.out)).splitlines()

    @property
    def influx_errors(self) -> list[str]:
        return _INFLUX_TIME.sub("", self.err).splitlines()


def run(
    host: PracticeHost,
    container: str,
    argv: Sequence[str],
    *,
    cancel: threading.Event | None = None,
    seen: Callable[[bytes], None] | None = None,
) -> Printed:
    """Run a tool in a container."""
    chunks: dict[str, bytes] = {"stdout": b"", "stderr": b""}

    def keep(stream: Stream, chunk: bytes) -> None:
        chunks[stream] += chunk
        if seen:
            seen(chunk)

    code = host.engine.exec(container, argv, on_output=keep, cancel=cancel)
    return Printed(code, chunks["stdout"].decode(), chunks["stderr"].decode())


class Tools:
    """The tools of a single-node platform."""

    def __init__(self, platform: PracticePlatform) -> None:
        self.platform = platform
        self.host = platform.hosts[0]
        self.root: Path = self.host.root_hint or Path()

    def mongodb(self, *argv: str) -> Printed:
        return run(self.host, "pryvio_mongodb", argv)

    def influxdb(self, *argv: str) -> Printed:
        return run(self.host, "pryvio_influxdb", argv)

    def redis(self, *argv: str) -> Printed:
        return run(self.host, "pryvio_redis", argv)

    def empty(self, store: str) -> None:
        """Lose a database: its container stops, its data folder goes, it starts on an empty one."""
        import shutil

        self.host.engine.stop(f"pryvio_{store}")
        shutil.rmtree(self.root / f"pryv/{store}/data")
        self.host.engine.start(f"pryvio_{store}")
