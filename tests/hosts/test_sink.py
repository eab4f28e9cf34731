"""The sink in place of a machine's log."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from pryv_tui.hosts.sandbox.sink import NAME, log_sink
from tests.helpers.waiting import PATIENCE


def test_what_is_written_there_is_dropped_however_much_and_how_long_its_path_is(
    tmp_path: Path,
) -> None:
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    folder = deep / "sink"
    with log_sink(folder), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as writer:
        assert (folder / NAME).is_socket()
        short = tmp_path / "s"
        short.symlink_to(folder)
        # More than any socket keeps: whoever writes would wait for ever without a reader.
        writer.settimeout(PATIENCE)
        for _ in range(2000):
            writer.sendto(b"x" * 1000, str(short / NAME))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as late, pytest.raises(OSError):
        late.sendto(b"x", str(short / NAME))
