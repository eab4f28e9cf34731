"""docker-compose that was forked is to whoever starts it what the started one is."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from tests.real.testbed.composing import PROGRAM, Composing, is_python
from tests.real.testbed.platform import wait_for

FILE = """version: "3.5"
services:
  one:
    image: "some/${WORD}:1"
    volumes:
      - ./here/:/app/
"""


@pytest.fixture
def both(composing: Composing) -> list[str]:
    """The started one and the forked one."""
    if not is_python():
        pytest.skip("docker-compose is not the one that is forked")
    started = shutil.which(PROGRAM)
    assert started
    return [started, str(composing.folder / PROGRAM)]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["-f", "some.yml", "config"], 0),
        (["-f", "none.yml", "up"], 1),
        (["nonsense"], 1),
    ],
)
def test_words_folder_environment_output_and_exit_code_are_the_same(
    both: list[str], tmp_path: Path, words: list[str], code: int
) -> None:
    (tmp_path / "some.yml").write_text(FILE)
    environment = {**os.environ, "WORD": "a-word"}
    ended = [
        subprocess.run(
            [program, *words], cwd=tmp_path, env=environment, capture_output=True, check=False
        )
        for program in both
    ]
    started, forked = ((one.returncode, one.stdout, one.stderr) for one in ended)
    assert forked == started
    assert started[0] == code
    assert code or (
        b"some/a-word:1" in started[1] and str(tmp_path / "here").encode() in started[1]
    )


def forked_by(composing: Composing) -> list[int]:
    pid = composing.process.pid
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.fixture
def reading(both: list[str], composing: Composing) -> Iterator[subprocess.Popen[bytes]]:
    """The forked one, which waits for a file on its input that nobody sends."""
    read, write = os.pipe()
    keyboard: IO[bytes] = os.fdopen(read, "rb")
    process = subprocess.Popen([both[1], "-f", "-", "config"], stdin=keyboard)
    keyboard.close()
    wait_for("it to be forked", lambda: len(forked_by(composing)) == 1)
    try:
        yield process
    finally:
        os.close(write)
        process.kill()
        process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_who_is_ended_ends_it(
    reading: subprocess.Popen[bytes], composing: Composing, number: signal.Signals
) -> None:
    reading.send_signal(number)
    assert reading.wait(60) == -number
    wait_for("it to end", lambda: forked_by(composing) == [])


def test_one_that_is_killed_is_told_as_that(
    reading: subprocess.Popen[bytes], composing: Composing
) -> None:
    (pid,) = forked_by(composing)
    os.kill(pid, signal.SIGKILL)
    assert reading.wait(60) == -signal.SIGKILL
