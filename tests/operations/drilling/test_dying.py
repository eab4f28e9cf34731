"""A sandbox whose maker was killed, while something of the maker still holds it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from pryv_tui.operations.drilling.clearing import clear_left
from pryv_tui.operations.drilling.places import (
    CONTENT,
    FOLDER,
    WORD,
    Kept,
    holder_of,
    is_held,
    left_here,
)
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.site import Site, open_site
from pryv_tui.practice.platform import PracticePlatform

MAKES = """
import os, sys
from pathlib import Path
from pryv_tui.operations.drilling.places import Kept, keep
state, folder, word = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
held = keep(state, Kept(drill="d1", folder=folder, host="single", made="x", expires="x"))
child = os.fork()
if child == 0:
    os.read(0, 1)  # it holds what it was given, until it is told to end
    os._exit(0)
os.write(word, b"x")
os.waitpid(child, 0)
"""
"""A process that makes a sandbox, and a child of it that outlives it: so do its threads."""


class Dying(NamedTuple):
    site: Site
    maker: subprocess.Popen[bytes]

    def kill(self) -> None:
        os.kill(self.maker.pid, signal.SIGKILL)
        self.maker.wait()

    def end_child(self) -> None:
        assert self.maker.stdin is not None
        self.maker.stdin.close()


@pytest.fixture
def dying(tmp_path: Path) -> Iterator[Dying]:
    PracticePlatform.create(tmp_path / "p", users=1, attachments=1)
    site = open_site(resolve_settings(practice=str(tmp_path / "p"), environment={}))
    folder = site.state / FOLDER / "d1" / CONTENT
    read, write = os.pipe()
    words = [sys.executable, "-c", MAKES, str(site.state), str(folder), str(write)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, pass_fds=[write]) as maker:
        os.close(write)
        assert os.read(read, 1) == b"x"
        os.close(read)
        found = Dying(site, maker)
        yield found
        found.end_child()
        maker.kill()


def test_one_whose_maker_lives_goes_on(dying: Dying) -> None:
    assert is_held(dying.site.state, "d1") and left_here(dying.site.state) == []
    (found,) = clear_left(dying.site)
    assert found.goes_on and (dying.site.state / FOLDER / "d1" / WORD).exists()


def test_what_is_left_of_a_dead_maker_is_waited_for(dying: Dying) -> None:
    dying.kill()
    with ThreadPoolExecutor(1) as pool:
        clearing = pool.submit(clear_left, dying.site, patience=60.0)
        assert holder_of(dying.site.state, "d1", patience=0) == "dying"
        dying.end_child()
        (found,) = clearing.result()
    assert not found.problem and not found.goes_on and "is gone" in found.words
    assert not (dying.site.state / FOLDER / "d1").exists()


def test_one_that_stays_is_told_as_what_it_is_and_left_alone(dying: Dying) -> None:
    dying.kill()
    (found,) = clear_left(dying.site, patience=0)
    assert not found.goes_on
    assert "the drill died, but a thread or a child of its worker has not ended" in found.words
    assert (dying.site.state / FOLDER / "d1" / CONTENT).is_dir()
    # Nobody works in it: it is no drill that goes on, for whoever asks.
    assert not is_held(dying.site.state, "d1")
    assert [one.drill for one in left_here(dying.site.state)] == ["d1"]


def test_one_of_an_earlier_version_does_not_say_who_made_it(dying: Dying) -> None:
    word = dying.site.state / FOLDER / "d1" / WORD
    told = msgspec.json.decode(word.read_bytes(), type=Kept)
    assert told.by is not None and told.by.pid == dying.maker.pid
    word.write_bytes(msgspec.json.encode(msgspec.structs.replace(told, by=None)))
    dying.kill()
    assert holder_of(dying.site.state, "d1", patience=0) == "working"
