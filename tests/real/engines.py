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


def need_engines(count: int) -> tuple[str, ...]:
    """The URLs of that many engines; what is missing is said in the words of its remedy."""
    urls = engine_urls()
    if os.geteuid() != 0:
        refuse("the real test platform has files of several owners: it needs root")
    if len(urls) < count:
        refuse(
            f"{count} Docker Engine(s) with the test images needed, {len(urls)} answer: "
            f"tests/real/engine.sh start {count} (or {URLS_VARIABLE}=unix://…,unix://…)"
        )
    return urls[:count]


@contextlib.contextmanager
def platform_lock() -> Iterator[None]:
    """Held while a platform lives: container names are fixed, an engine has room for one."""
    STATE.mkdir(parents=True, exist_ok=True)
    with open(STATE / "platform.lock", "w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
