"""Finding the test engines, and keeping tests that share them out of each other's way."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NoReturn

import docker
import pytest
from docker.errors import DockerException

URLS_VARIABLE = "PRYV_TUI_TEST_DOCKER"
"""The engines' URLs, comma-separated; without it those that `engine.sh start` brought up."""
REQUIRE_VARIABLE = "PRYV_TUI_REQUIRE_ENGINE"
"""Set to 1 where an engine must be there (in CI): tests then fail instead of being skipped."""
STATE = Path(os.environ.get("PRYV_TUI_TEST_ENGINES", "/var/tmp/pryv-tui-engines"))


def _answers(url: str) -> bool:
    try:
        client = docker.DockerClient(base_url=url, timeout=10)
    except (DockerException, OSError):
        return False
    try:
        return bool(client.ping())
    except (DockerException, OSError):
        return False
    finally:
        client.close()


@cache
def engine_urls() -> tuple[str, ...]:
    """The URLs of the engines that answer, in the order of their machines."""
    given = os.environ.get(URLS_VARIABLE, "")
    if given:
        candidates = [url.strip() for url in given.split(",") if url.strip()]
    else:
        sockets = sorted(STATE.glob("engine-*/docker.sock"), key=lambda path: path.parent.name)
        candidates = [f"unix://{path}" for path in sockets]
    return tuple(url for url in candidates if _answers(url))


def refuse(reason: str) -> NoReturn:
    """Skip the test for want of an engine, or fail it where one is required."""
    if os.environ.get(REQUIRE_VARIABLE) == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


MACHINES = 3
"""The machines of a cluster; an engine beyond these is the spare one."""


def need_engines(count: int, *, spare: bool = False) -> tuple[str, ...]:
    """The URLs of that many engines; what is missing is said in the words of its remedy.

    Args:
        spare: take the engine beyond the cluster's, where there is one.
    """
    urls = engine_urls()
    if os.geteuid() != 0:
        refuse("the real test platform has files of several owners: it needs root")
    if len(urls) < count:
        refuse(
            f"{count} Docker Engine(s) with the test images needed, {len(urls)} answer: "
            f"tests/real/engine.sh start {count} (or {URLS_VARIABLE}=unix://…,unix://…)"
        )
    return urls[MACHINES : MACHINES + 1] if spare and len(urls) > MACHINES else urls[:count]


def on_the_spare_one(request: pytest.FixtureRequest) -> bool:
    """Whether a test is one of those that the spare engine is for."""
    return any(mark.args == ("spare-engine",) for mark in request.node.iter_markers("xdist_group"))


def locked_together(urls: tuple[str, ...]) -> tuple[str, ...]:
    """All engines that one lock is for: those of a cluster, or the spare one."""
    every = engine_urls()
    return every[MACHINES:] if _spare(urls) else every[:MACHINES]


def _spare(urls: tuple[str, ...]) -> bool:
    # Whoever takes several takes the first of them too.
    return engine_urls().index(urls[0]) >= MACHINES


@contextlib.contextmanager
def platform_lock(urls: tuple[str, ...], mark: str = "") -> Iterator[bool]:
    """Held while a platform lives on these: names are fixed, an engine has room for one.

    Args:
        mark: left there for the next who holds it.

    Yields:
        Whether the last who held it left the same mark.
    """
    STATE.mkdir(parents=True, exist_ok=True)
    name = "spare" if _spare(urls) else "platform"
    with open(STATE / f"{name}.lock", "a+") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        stream.seek(0)
        last = stream.read()
        stream.truncate(0)
        stream.write(mark)
        stream.flush()
        yield bool(mark) and last == mark
