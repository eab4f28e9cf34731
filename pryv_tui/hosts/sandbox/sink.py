"""A socket in place of the machine's log: what a drill's containers send to it is read and dropped.

Without anything at `/dev/log`, core's audit has nobody to write to. With the machine's own, the
drill's lines would stand among the platform's.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

from pryv_tui.filesystem.folders import FOLDER_FLAGS, open_quietly

NAME = "log"


@contextlib.contextmanager
def log_sink(folder: Path) -> Iterator[None]:
    """A datagram socket `log` in a folder; the folder is made, and the socket exists while the
    context does.

    Raises:
        OSError: it can't be made.
    """
    folder.mkdir(mode=0o755)
    descriptor = open_quietly(os.fsencode(folder), FOLDER_FLAGS)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sink:
            # By the folder's descriptor: the path of a socket has a limit of 107 bytes.
            sink.bind(f"/proc/self/fd/{descriptor}/{NAME}")
            (folder / NAME).chmod(0o666)
            over = threading.Event()
            sink.settimeout(0.5)
            reader = threading.Thread(target=_drop, args=(sink, over), daemon=True)
            reader.start()
            try:
                yield
            finally:
                over.set()
                reader.join()
    finally:
        os.close(descriptor)


def _drop(sink: socket.socket, over: threading.Event) -> None:
    while not over.is_set():
        with contextlib.suppress(OSError):
            sink.recv(65536)
