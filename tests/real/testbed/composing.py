"""Debian's docker-compose, forked from a process that has loaded it.

It is a Python program that takes half a second of processor time to start, a quarter of what a
small restore costs, and the tests have it started some hundred times: by the program, by an
operator's script, by themselves. So a program of the same name stands before it in `PATH`, which
has it forked and hands on its words, folder, environment, streams, signals and exit code. Where
docker-compose is another one, it is used as it is.

This file is also what Debian's Python runs: it has to need nothing but that.
"""

from __future__ import annotations

import functools
import marshal
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

PYTHON = "/usr/bin/python3"
PROGRAM = "docker-compose"
# With what Python itself has loaded, and nothing more: to look for modules would take longer than
# all of this.
_STANDS_BEFORE = f"""#!{PYTHON} -IS
import marshal, os, sys, _signal, _socket
asked = marshal.dumps((os.getcwdb(), sys.argv[1:], dict(os.environb)))
link = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
link.connect(os.path.join(os.path.dirname(__file__), "socket"))
streams = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
last = _signal.SIGKILL

def heard(size):
    try:
        return link.recv(size)
    except OSError:
        return b""

def hand_on(number, _):
    global last
    last = number
    try:
        os.kill(pid, number)
    except OSError:
        pass

try:
    link.sendmsg([len(asked).to_bytes(4, "big")],
                 [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)])
    link.sendall(asked)
except OSError:
    pass
if pid := int.from_bytes(heard(4), "big"):
    for number in (_signal.SIGINT, _signal.SIGTERM):
        _signal.signal(number, hand_on)
if not (told := heard(1)):
    if last != _signal.SIGKILL:
        _signal.signal(last, _signal.SIG_DFL)
    os.kill(os.getpid(), last)
os._exit(told[0])
"""


@functools.cache
def is_python() -> bool:
    """Whether docker-compose is the one that is a Python program, as Debian has it."""
    program = shutil.which(PROGRAM)
    return program is not None and Path(program).read_bytes()[:64].startswith(
        f"#!{PYTHON}\n".encode()
    )


class Composing:
    """The process that is forked, and the folder with the program that asks it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pryv-tui-compose-"))
        program = self.folder / PROGRAM
        program.write_text(_STANDS_BEFORE)
        program.chmod(0o755)
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(self.folder / "socket"))
        listening.listen(64)
        # It ends with its input, and so with the process that has the other end.
        with listening:
            self.process = subprocess.Popen(
                [PYTHON, "-B", __file__, str(listening.fileno())],
                stdin=subprocess.PIPE,
                pass_fds=[listening.fileno()],
                start_new_session=True,
            )

    def path(self, before: str) -> str:
        """`PATH` with the program first."""
        return os.pathsep.join((str(self.folder), before))

    def end(self) -> None:
        """Leave nothing of it."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(60)
        shutil.rmtree(self.folder, ignore_errors=True)


def serve(number: int) -> None:
    """Be forked for each that comes."""
    import compose.cli.main  # type: ignore[import-not-found]  # noqa: F401

    listening = socket.socket(fileno=number)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        ready = select.select([listening.fileno(), 0], [], [])[0]
        if 0 in ready:
            os._exit(0)
        link, _ = listening.accept()
        if os.fork() == 0:
            listening.close()
            try:
                _become(link)
            finally:
                os._exit(1)
        link.close()


def _become(link: socket.socket) -> None:
    """Be docker-compose for whoever asks."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    size, streams, _, _ = socket.recv_fds(link, 4, 3)
    asked = b""
    while len(asked) < int.from_bytes(size, "big"):
        if not (part := link.recv(1 << 16)):
            return  # it was killed meanwhile
        asked += part
    folder, words, environment = marshal.loads(asked)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environb.update(environment)
    os.chdir(folder)
    link.sendall(os.getpid().to_bytes(4, "big"))
    threading.Thread(target=_end_with, args=(link,), daemon=True).start()
    sys.argv = [PROGRAM, *words]
    code: object = 1
    try:
        from compose.cli.main import main

        code = main()
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
    if isinstance(code, str):
        print(code, file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    link.sendall(bytes([code if isinstance(code, int) else int(code is not None)]))
    os._exit(0)


def _end_with(link: socket.socket) -> None:
    """Whoever asked was killed, and would have been this process."""
    try:
        link.recv(1)
    finally:
        os._exit(1)


if __name__ == "__main__":
    del sys.path[0]  # this folder has a `compose` too
    serve(int(sys.argv[1]))
