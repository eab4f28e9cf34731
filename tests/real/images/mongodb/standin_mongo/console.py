"""Command line, log lines and connection that both stand-in tools share."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from . import BANNER
from .wire import Client, Refused

PACE_VARIABLE = "STANDIN_PACE"
PACE_FILE = Path("/run/standin-pace")
"""Seconds to sleep after each document, for tests that kill things in the middle of a dump."""

_SELECTION_SECONDS = 10.0
"""A machine that is busy with other tests may not answer sooner."""
_lock = threading.Lock()


class Failed(Exception):
    """What the real tools print after `Failed: ` before they exit 1."""


def log(text: str) -> None:
    """One line on stderr with the real tools' timestamp."""
    now = datetime.now(UTC)
    stamp = now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}+0000"
    with _lock:
        sys.stderr.write(f"{stamp}\t{text}\n")
        sys.stderr.flush()


class _Parser(argparse.ArgumentParser):
    """Complains about the command line in the real tools' words, and with their exit code."""

    def error(self, message: str) -> NoReturn:
        log(f"error parsing command line options: {message}")
        log(f"try '{self.prog} --help' for more information")
        raise SystemExit(1)


def parser(program: str) -> argparse.ArgumentParser:
    """A parser with the options that both tools have."""
    made = _Parser(prog=program, description=f"{program}: {BANNER}", add_help=False)
    made.add_argument("--help", action="help")
    made.add_argument("--version", action="version", version=f"{program}: {BANNER}")
    made.add_argument("-h", "--host", default="localhost")
    made.add_argument("--port", type=int, default=27017)
    made.add_argument("-d", "--db", default="")
    made.add_argument("-c", "--collection", default="")
    made.add_argument("-v", "--verbose", action="count", default=0)
    made.add_argument("--quiet", action="store_true")
    return made


def connect(host: str, port: int) -> Client:
    """A client of a server that answers; `Failed` with the driver's long words otherwise."""
    try:
        return Client(host, port, _SELECTION_SECONDS)
    except (OSError, Refused):
        address = f"{host}:{port}"
        cause = f"dial tcp {_ip(host)}:{port}: connect: connection refused"
        raise Failed(
            "could not connect to server: server selection error: server selection timeout, "
            f"current topology: {{ Type: Single, Servers: [{{ Addr: {address}, Type: Unknown, "
            "Last error: connection() error occurred during connection handshake: "
            f"{cause} }}, ] }}"
        ) from None


def _ip(host: str) -> str:
    return "127.0.0.1" if host == "localhost" else host


def pace() -> None:
    """Sleep as long as a test asked for, by environment or by file (which may change meanwhile)."""
    text = os.environ.get(PACE_VARIABLE, "")
    with contextlib.suppress(OSError):
        text = PACE_FILE.read_text(encoding="ascii")
    if text.strip():
        time.sleep(float(text))
