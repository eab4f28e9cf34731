"""Where the interface can't be drawn it says so on standard error and exits with 2: never a screen
of escape codes with exit 0."""

from __future__ import annotations

import errno
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers import copied

STREAMS = ("stdin", "stdout", "stderr")


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("terminal") / "platform"
    return copied.new(folder, users=1, attachments=0).folder


class Terminal:
    """Both ends of a terminal."""

    def __init__(self) -> None:
        self._ours, self.theirs = pty.openpty()
        self._open = [self._ours, self.theirs]

    def printed(self) -> bytes:
        """All that was printed on it: the last that held the other end has to be gone."""
        os.close(self._open.pop())
        parts = []
        try:
            while part := os.read(self._ours, 1 << 16):
                parts.append(part)
        except OSError as error:
            # So its end is told, after all that was on its way.
            assert error.errno == errno.EIO
        return b"".join(parts)

    def close(self) -> None:
        for fd in self._open:
            os.close(fd)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    made = Terminal()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("term", "piped", "words"),
    [
        ("dumb", "", b"TERM says dumb"),
        ("", "", b"TERM does not say which"),
        (None, "", b"TERM does not say which"),
        ("xterm-256color", "stdin", b"standard input is none"),
        ("xterm-256color", "stdout", b"standard output is none"),
        ("xterm-256color", "stderr", b"standard error is none"),
        ("dumb", "stdout", b"standard output is none"),
    ],
)
def test_it_is_said_and_nothing_is_drawn(
    practice: Path, terminal: Terminal, term: str | None, piped: str, words: bytes
) -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PRYV", "TERM"))}
    if term is not None:
        env["TERM"] = term
    done = subprocess.run(
        [sys.executable, "-m", "pryv_tui", "--practice", str(practice)],
        env=env,
        timeout=120,
        check=False,
        **{name: subprocess.PIPE if name == piped else terminal.theirs for name in STREAMS},  # type: ignore[call-overload]
    )
    assert done.returncode == 2
    shown = terminal.printed()
    said = done.stderr if piped == "stderr" else shown
    assert b"pryv-tui: the interface needs a terminal" in said
    assert words in said
    assert b"To see the commands: pryv-tui --help" in said
    assert b"\x1b" not in shown + (done.stdout or b"") + (done.stderr or b"")
    assert not done.stdout, "what a script reads has no message in it"
    if piped == "stderr":
        assert shown == b""
