"""Fixtures of the tests that run on real Docker Engines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.in_memory import tmp_path_factory

from .compose import BESIDE
from .engines import MACHINES, need_engines, on_the_spare_one, platform_lock
from .machines import TestEngine
from .platform import RealPlatform

__all__ = ["tmp_path_factory"]

MakePlatform = Callable[..., RealPlatform]


@pytest.fixture
def make_platform(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[MakePlatform]:
    """Makes, fills and starts platforms; at the end nothing of them is left on any engine.

    Arguments are those of `RealPlatform.create`; the form decides how many engines are needed.
    """
    made: list[RealPlatform] = []
    with ExitStack() as stack:

        def make(form: str = "single-node", **options: Any) -> RealPlatform:
            single = form == "single-node"
            spare = single and on_the_spare_one(request)
            urls = need_engines(1 if single else MACHINES, spare=spare)
            if not made:
                stack.enter_context(platform_lock(urls))
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
def engine(request: pytest.FixtureRequest) -> Iterator[TestEngine]:
    """An engine without any platform, for a test that makes it."""
    urls = need_engines(1, spare=on_the_spare_one(request))
    found = [TestEngine(url) for url in urls]
    with platform_lock(urls):
        for engine in found:
            engine.remove_platform()
        yield found[0]
        for engine in found:
            engine.remove_platform()
            engine.client.close()


@pytest.fixture
def single_node(make_platform: MakePlatform) -> RealPlatform:
    """A filled platform on one engine, everything running."""
    return make_platform("single-node")


@pytest.fixture
def small(make_platform: MakePlatform) -> RealPlatform:
    """The same without the services that hold nothing and that no other needs.

    What a test has to say of stores, files and the order of steps it says of these as well, in
    half the time; all services are in the journeys of `test_journey.py`.
    """
    return make_platform("single-node", without=BESIDE)


@pytest.fixture
def cluster(make_platform: MakePlatform) -> RealPlatform:
    """A filled platform on three engines: core, register and static-web."""
    return make_platform("cluster")
