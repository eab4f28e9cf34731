"""Fixtures of the tests that run on real Docker Engines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from .engines import need_engines, platform_lock
from .machines import TestEngine, find_engines
from .platform import RealPlatform

MakePlatform = Callable[..., RealPlatform]


@pytest.fixture
def make_platform(tmp_path: Path) -> Iterator[MakePlatform]:
    """Makes, fills and starts platforms; at the end nothing of them is left on any engine.

    Arguments are those of `RealPlatform.create`; the form decides how many engines are needed.
    """
    made: list[RealPlatform] = []
    with ExitStack() as stack:

        def make(form: str = "single-node", **options: Any) -> RealPlatform:
            urls = need_engines(1 if form == "single-node" else 3)
            if not made:
                stack.enter_context(platform_lock())
            else:
                made.pop().destroy()  # an engine has room for one
            engines = [TestEngine(url) for url in urls]
            for engine in engines:
                stack.callback(engine.client.close)
                stack.callback(engine.remove_platform)
            platform = RealPlatform.create(
                tmp_path / "platform", engines, **{"form": form, **options}
            )
            made.append(platform)
            return platform

        yield make
        for platform in made:
            platform.destroy()


@pytest.fixture
def engines() -> Iterator[list[TestEngine]]:
    """Every engine that answers (one at least), without any platform, for a test that makes it."""
    need_engines(1)
    found = find_engines()
    with platform_lock():
        for engine in found:
            engine.remove_platform()
        yield found
        for engine in found:
            engine.remove_platform()
            engine.client.close()


@pytest.fixture
def engine(engines: list[TestEngine]) -> TestEngine:
    """The first of the engines."""
    return engines[0]


@pytest.fixture
def single_node(make_platform: MakePlatform) -> RealPlatform:
    """A filled platform on one engine, everything running."""
    return make_platform("single-node")


@pytest.fixture
def cluster(make_platform: MakePlatform) -> RealPlatform:
    """A filled platform on three engines: core, register and static-web."""
    return make_platform("cluster")
