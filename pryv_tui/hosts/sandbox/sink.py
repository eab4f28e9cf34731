"""A socket in place of the machine's log: messages of a drill's containers are read and dropped.

Without a socket at `/dev/log`, core's audit could not write its messages. With the machine's own,
the drill's messages would be mixed with the platform's.
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
    """Make a folder with a datagram socket `log`, which exists during a `with` block.

    Raises:
        OSError: it can't be made.
    """
    folder.mkdir(mode=0o755)
    descriptor = open_quietly(os.fsencode(folder), FOLDER_FLAGS)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sink:
            # Through the folder's descriptor, since a socket's path has a limit of 107 bytes.
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
