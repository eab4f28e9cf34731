"""Fixtures of the tests that run on real Docker Engines."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import docker
import pytest

from tests.helpers.in_memory import tmp_path_factory

from .testbed.compose import ALL_BUT_DATABASES, BESIDE, IDLE
from .testbed.composing import Composing, is_python
from .testbed.engines import MACHINES, engine_urls, need_engines, on_the_spare_one
from .testbed.machines import TestEngine
from .testbed.mending import Mended
from .testbed.platform import RealPlatform
from .testbed.standing import RealEngines, Standing

__all__ = ["tmp_path_factory"]

MakePlatform = Callable[..., RealPlatform]

HERE = Path(__file__).parent

SPOILT = pytest.StashKey[bool]()
"""Of a test: the platform that it had is not lent to another one."""
_ORDER = ("lending", "databases", "databases_to_spoil", "small", "single_node", "cluster")
"""Fixtures, each of which has the first of them; what is spoilt is so after all that wanted it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that want the same platform follow one another; no test relies on it."""
    here = [n for n, item in enumerate(items) if item.path.is_relative_to(HERE)]
    ordered = sorted((items[n] for n in here), key=_wanted)
    for n, item in zip(here, ordered, strict=True):
        items[n] = item


def _wanted(item: pytest.Item) -> int:
    names = getattr(item, "fixturenames", ())
    return max((n for n, name in enumerate(_ORDER) if name in names), default=len(_ORDER))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[SPOILT] = item.stash.get(SPOILT, False) or report.failed
    return report


@pytest.fixture(scope="package")
def composing() -> Iterator[Composing]:
    """What docker-compose is forked from."""
    found = Composing()
    yield found
    found.end()


@pytest.fixture(autouse=True)
def _forked_compose(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have docker-compose forked, whoever starts it, where it is the one that this is for."""
    if request.node.get_closest_marker("engine") and is_python():
        before: Composing = request.getfixturevalue("composing")
        monkeypatch.setenv("PATH", before.path(os.environ["PATH"]))


@pytest.fixture(scope="package")
def standing() -> Iterator[Standing[RealPlatform]]:
    """What stands on the engines between the tests of this folder in this process."""
    found: Standing[RealPlatform] = Standing(RealEngines())
    yield found
    found.end()


@pytest.fixture
def make_platform(
    tmp_path: Path, request: pytest.FixtureRequest, standing: Standing[RealPlatform]
) -> Iterator[MakePlatform]:
    """Makes, fills and starts a platform of the test's own, of which nothing is left at the end.

    Arguments are those of `RealPlatform.create`; the form decides how many engines are needed.
    """
    with ExitStack() as stack:

        def make(form: str = "single-node", **options: Any) -> RealPlatform:
            urls = _urls(request, form)
            stack.enter_context(standing.room(urls))
            engines = [TestEngine(url) for url in urls]
            for engine in engines:
                stack.callback(engine.client.close)
                stack.callback(engine.remove_platform)
            platform = RealPlatform.create(
                tmp_path / "platform", engines, **{"form": form, **options}
            )
            stack.callback(platform.destroy)
            return platform

        yield make


def _urls(request: pytest.FixtureRequest, form: str) -> tuple[str, ...]:
    single = form == "single-node"
    return need_engines(1 if single else MACHINES, spare=single and on_the_spare_one(request))


@pytest.fixture
def engine(
    request: pytest.FixtureRequest, standing: Standing[RealPlatform]
) -> Iterator[TestEngine]:
    """An engine without any platform, for a test that makes it."""
    urls = _urls(request, "single-node")
    with standing.room(urls):
        found = TestEngine(urls[0])
        yield found
        found.remove_platform()
        found.client.close()


Lend = Callable[..., AbstractContextManager[RealPlatform]]


@pytest.fixture
def lending(
    request: pytest.FixtureRequest,
    standing: Standing[RealPlatform],
    tmp_path_factory: pytest.TempPathFactory,
) -> Lend:
    """Lends a filled platform that other tests had before, and have after a test that passed.

    Arguments are those of `RealPlatform.create`.
    """

    def lend(form: str = "single-node", **options: Any) -> AbstractContextManager[RealPlatform]:
        def make(urls: tuple[str, ...]) -> Mended:
            folder = tmp_path_factory.mktemp("standing")
            engines = [TestEngine(url) for url in urls]
            platform = RealPlatform.create(
                folder / "platform", engines, **{"form": form, **options}
            )
            return Mended(platform, folder / "kept")

        kind = (form, *sorted(options.items()))
        return standing.lent(_urls(request, form), kind, make, partial(passed, request))

    return lend


def passed(request: pytest.FixtureRequest) -> bool:
    """Whether a test, as far as it has come, leaves its platform to the next one."""
    return not request.node.stash.get(SPOILT, False)


@pytest.fixture
def databases(lending: Lend) -> Iterator[RealPlatform]:
    """MongoDB, InfluxDB and Redis of a single node with its files, and the config follower.

    For what a test has to say of these, in a third of the time; all services are in the journeys.
    """
    with lending(without=ALL_BUT_DATABASES) as found:
        yield found


@pytest.fixture
def databases_to_spoil(request: pytest.FixtureRequest, databases: RealPlatform) -> RealPlatform:
    """The same for a test that leaves nothing which could be brought back."""
    request.node.stash[SPOILT] = True
    return databases


@pytest.fixture
def small(lending: Lend) -> Iterator[RealPlatform]:
    """The databases, core and register, nginx before these and the config follower."""
    with lending(without=IDLE) as found:
        yield found


@pytest.fixture
def single_node(lending: Lend) -> Iterator[RealPlatform]:
    """A filled platform on one engine, everything running."""
    with lending() as found:
        yield found


@pytest.fixture
def cluster(lending: Lend) -> Iterator[RealPlatform]:
    """A filled platform on three engines: core, register and static-web, and what these need."""
    with lending("cluster", without=BESIDE) as found:
        yield found


@pytest.fixture
def tagged() -> Iterator[Callable[[str], None]]:
    """Gives the images the tags of one more release, on every engine, and takes them away again."""
    with ExitStack() as stack:

        def tag(release: str) -> None:
            for url in engine_urls():
                client = docker.DockerClient(base_url=url, timeout=60)
                stack.callback(client.close)
                known = {tag for image in client.images.list() for tag in image.tags}
                for name in sorted({tag.rsplit(":", 1)[0] for tag in known}):
                    wanted = f"{name}:{release}"
                    if name.endswith("/influxdb") or f"{name}:latest" not in known:
                        continue
                    if wanted not in known:
                        client.images.get(f"{name}:latest").tag(name, release)
                        stack.callback(client.images.remove, wanted)

        yield tag
