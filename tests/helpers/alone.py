"""Doing something in a process that has no thread but its own."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable

_ROOM = 60_000
"""Bytes that a pipe surely takes before anybody reads."""


def alone(act: Callable[[], object]) -> None:
    """Do it in a child of this process, where nothing else opens or closes a descriptor meanwhile.

    Threads of earlier tests, and of what runs the tests, are not in a child. What `act` changes is
    changed in the child's memory alone.

    Raises:
        AssertionError: with all that the child said, if it raised anything.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        code = 1
        try:
            act()
            code = 0
        except BaseException:
            os.write(writer, traceback.format_exc().encode(errors="replace")[-_ROOM:])
        finally:
            os._exit(code)
    os.close(writer)
    with open(reader, encoding="utf-8", errors="replace") as stream:
        said = stream.read()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code == 0, said or f"the child ended with {code}"
