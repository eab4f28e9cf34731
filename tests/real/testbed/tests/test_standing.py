"""What stands between tests: the next one gets what the first got, whatever was done meanwhile."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.real.conftest import Lend
from tests.real.testbed.compose import ALL_BUT_DATABASES
from tests.real.testbed.platform import RealPlatform
from tests.real.testbed.standing import Standing, Urls

pytest_plugins = ["pytester"]

ONE, OTHER = ("engine-1",), ("engine-4",)


@dataclass
class Made:
    """Something that can be spoilt."""

    number: int
    spoilt: bool = False
    removed: bool = False
    stubborn: bool = False

    @property
    def platform(self) -> Made:
        return self

    def bring_back(self) -> None:
        if self.stubborn:
            raise OSError("it is gone")
        self.spoilt = False

    def remove_files(self) -> None:
        self.removed = True


@dataclass
class Room:
    """Two engines, each under a lock of its own."""

    marks: dict[Urls, str] = field(default_factory=dict)
    cleared: list[Urls] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)

    def together(self, urls: Urls) -> Urls:
        return urls

    @contextmanager
    def locked(self, urls: Urls, mark: str) -> Iterator[bool]:
        last = self.marks.get(urls, "")
        self.marks[urls] = mark
        yield bool(mark) and last == mark

    def clear(self, urls: Urls) -> None:
        self.cleared.append(urls)

    def make(self, _urls: Urls) -> Made:
        self.made.append(Made(len(self.made)))
        return self.made[-1]


def lent_once(
    standing: Standing[Made],
    room: Room,
    kind: str = "small",
    urls: Urls = ONE,
    *,
    well: bool = True,
) -> Made:
    with standing.lent(urls, kind, room.make, lambda: well) as found:
        assert not found.spoilt and not found.removed
        found.spoilt = True
        return found


def test_it_is_made_once_and_brought_back_for_each() -> None:
    room = Room()
    standing: Standing[Made] = Standing(room)
    first = lent_once(standing, room)
    assert lent_once(standing, room) is first
    assert lent_once(standing, room, urls=OTHER) is not first, "another lock, another platform"
    assert lent_once(standing, room) is first
    standing.end()
    assert first.removed and all(made.removed for made in room.made)
    assert room.cleared[-2:] == [ONE, OTHER]


def _failed(standing: Standing[Made], room: Room) -> None:
    lent_once(standing, room, well=False)


def _does_not_come_back(standing: Standing[Made], room: Room) -> None:
    lent_once(standing, room).stubborn = True


def _another_kind(standing: Standing[Made], room: Room) -> None:
    lent_once(standing, room, "cluster")


def _another_process(_standing: Standing[Made], room: Room) -> None:
    lent_once(Standing(room), room)


def _a_platform_of_its_own(standing: Standing[Made], _room: Room) -> None:
    with standing.room(ONE):
        pass


@pytest.mark.parametrize(
    "meanwhile",
    [_failed, _does_not_come_back, _another_kind, _another_process, _a_platform_of_its_own],
)
def test_it_is_made_again_where_it_may_not_be_as_it_was(
    meanwhile: Callable[[Standing[Made], Room], None],
) -> None:
    room = Room()
    standing: Standing[Made] = Standing(room)
    first = lent_once(standing, room)
    meanwhile(standing, room)
    assert lent_once(standing, room) is not first
    assert first.removed and ONE in room.cleared


def test_one_that_cannot_be_made_leaves_nothing_and_the_next_is_made() -> None:
    room = Room()
    standing: Standing[Made] = Standing(room)

    def fails(_urls: Urls) -> Made:
        raise OSError("no room")

    lent = standing.lent(ONE, "small", fails, lambda: True)
    with pytest.raises(OSError, match="no room"), lent:
        pass
    assert room.cleared[-1] == ONE
    lent_once(standing, room)


def test_at_the_end_what_others_have_there_by_now_is_left() -> None:
    room = Room()
    standing: Standing[Made] = Standing(room)
    first = lent_once(standing, room)
    lent_once(Standing(room), room)
    cleared = len(room.cleared)
    standing.end()
    assert first.removed and len(room.cleared) == cleared


def test_what_a_test_failed_on_is_not_lent_to_the_next(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        conftest="""
            import pytest
            from tests.real.conftest import passed, pytest_runtest_makereport
            from tests.real.testbed.standing import Standing
            from tests.real.testbed.tests.test_standing import ONE, Room

            ROOM = Room()
            STANDING = Standing(ROOM)

            @pytest.fixture
            def lent(request):
                with STANDING.lent(ONE, "small", ROOM.make, lambda: passed(request)) as found:
                    yield found
        """,
        test_them="""
            import pytest

            @pytest.fixture
            def bad(lent):
                raise OSError

            def test_first(lent):
                assert lent.number == 0

            def test_second(lent):
                assert lent.number == 0
                raise AssertionError

            def test_third(lent):
                assert lent.number == 1

            def test_set_up(bad):
                pass

            def test_last(lent):
                assert lent.number == 2
        """,
    )
    ended = pytester.inline_run("-p", "no:cacheprovider", "-p", "no:asyncio")
    ended.assertoutcome(passed=3, failed=2)


def _ids(platform: RealPlatform) -> dict[str, str]:
    (machine,) = platform.machines
    return {str(one.name): str(one.id) for one in machine.engine.containers()}


def _harm(platform: RealPlatform) -> None:
    """All of what a test does that ends well, and more."""
    (machine,) = platform.machines
    platform.add_user("newcomer", events=3, points=3)
    platform.add_points(platform.people[0], 4)
    platform.set_pace(0.5)
    with_attachment = next((machine.data / "users").glob("*/*/*/*/attachments/*/*"))
    with_attachment.unlink()
    os.chown(machine.data / "odd/plain", 1, 1)
    (machine.root / ".pryv-tui/aside").mkdir(parents=True)
    conf = machine.root / "pryv/redis/conf"
    aside = conf.rename(conf.with_name("before"))
    shutil.copytree(aside, conf)  # the container sees the one that lies aside
    client = machine.engine.client
    client.containers.get("pryvio_influxdb").stop(timeout=5)
    client.containers.get("pryvio_mongodb").pause()
    never: Any = {"Name": "no"}
    client.containers.get("pryvio_config_follower").update(restart_policy=never)


def _is_whole(platform: RealPlatform) -> None:
    (machine,) = platform.machines
    assert not (machine.root / ".pryv-tui").exists()
    assert not (machine.root / "pryv/redis/before").exists()
    assert [person.username for person in platform.people] == ["user000", "user001", "user002"]
    seen = machine.engine.exec("pryvio_mongodb", "cat", "/run/standin-pace")
    assert seen.stdout.strip() in ("", "0")
    for one in machine.engine.containers():
        assert one.attrs["HostConfig"]["RestartPolicy"]["Name"] == "always"
    inside = Path(
        f"/proc/{machine.engine.client.containers.get('pryvio_redis').attrs['State']['Pid']}"
    )
    assert (inside / "root/app/conf").samefile(machine.root / "pryv/redis/conf")


@pytest.mark.engine
def test_harm_is_mended_and_what_is_beyond_that_is_made_again(lending: Lend) -> None:
    with lending(without=ALL_BUT_DATABASES) as platform:
        first, ids = platform.contents(), _ids(platform)
        _harm(platform)
    with lending(without=ALL_BUT_DATABASES) as platform:
        assert platform.contents() == first
        assert _ids(platform) == ids, "not one container was made again"
        _is_whole(platform)
        (machine,) = platform.machines
        shutil.rmtree(machine.root / "pryv/influxdb/data", ignore_errors=True)
        platform.machine("register").engine.client.containers.get("pryvio_redis").remove(force=True)
    with lending(without=ALL_BUT_DATABASES) as platform:
        again = platform.contents()
        # Another certificate, and files of another moment: the platform is another one.
        assert {name for name in again if again[name] != first[name]} == {"conf", "odd"}
        assert not set(_ids(platform).values()) & set(ids.values())
        _is_whole(platform)
