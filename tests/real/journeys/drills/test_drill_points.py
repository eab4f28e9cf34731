"""A drill's points beside a real InfluxDB, whose own backup they are told by: all that such a
server holds is compared, and one point that is another one is found, by that check alone."""

from __future__ import annotations

import shutil
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from pryv_tui.hosts.sandbox.labels import container_name
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.steps.drilling.in_sandbox import InSandbox
from pryv_tui.vault.set_files import FILES_NAME
from tests.journeys.drills import spoilt_sets as spoilt
from tests.journeys.drills.rehearsed import checks, end, in_state
from tests.journeys.performing import perform
from tests.real.hurried import hurried
from tests.real.journeys.drills.drilled import clear, drilled
from tests.real.operator import Operator, tail
from tests.real.testbed import stores
from tests.real.testbed.platform import RealPlatform, wait_for

pytestmark = pytest.mark.engine

T0 = 1_700_000_000_000_000_000
SECOND = 1_000_000_000
SERIES = "sample: series"
DUMP = "pryv/influxdb/backup"
MANY = 2_500
"""Points of a series, of which the first thousand are compared by value."""
ODD = (
    r'odd,room=a\ b,of=x\,y\=z temperature=1.5,whole=3i,truth=true,text="a \"b\" c" {at}',
    r"odd temperature=-0.0000001,whole=-9007199254740993i,truth=false {at}",
    r'größe\ mit\ leer temperature=1e300,text="stra\ße \\ \\\\ ünïcode" {at}',
)
POINT = r"odd,room=a\ b,of=x\,y\=z temperature=1.5 {at}"
"""One of these; written again it is another one."""


@pytest.fixture
def rich(databases_to_spoil: RealPlatform) -> Iterator[RealPlatform]:
    """With points of each type, in long series, under a policy that lets them expire, and deleted
    ones: as a platform has them that was used for years."""
    platform = databases_to_spoil
    influx = stores.Influx(platform.ip("influxdb"))
    name = platform.people[0].influx
    for number in range(3):
        influx.write(name, [line.format(at=T0 + number * SECOND) for line in ODD])
    influx.write(
        name,
        [
            f"many temperature={number}.25{',whole=7i' if number % 3 == 0 else ''}"
            f" {T0 + number * SECOND}"
            for number in range(MANY)
        ],
    )
    influx.write(name, [f"gone temperature={n}.5 {T0 + n * SECOND}" for n in range(10)])
    influx.query(f'CREATE RETENTION POLICY "year" ON "{name}" DURATION 520w REPLICATION 1')
    write_under(platform, name, "year", [f"passes temperature=1.5 {time.time_ns()}"])
    yield platform
    clear(platform)


def write_under(platform: RealPlatform, name: str, policy: str, lines: Sequence[str]) -> None:
    words = urllib.parse.urlencode({"db": name, "rp": policy, "precision": "ns"})
    url = f"http://{platform.ip('influxdb')}:8086/write?{words}"
    with urllib.request.urlopen(url, data="\n".join(lines).encode(), timeout=30) as answer:
        answer.read()


def newest_set(operator: Operator) -> Path:
    assert operator.backup().exit == 0
    return max(operator.vault.glob("*Z"))


def test_points_of_a_real_server_are_compared_and_one_that_is_another_one_is_found(
    rich: RealPlatform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform, operator = rich, Operator(rich, tmp_path)
    (machine,) = platform.machines
    influx, name = stores.Influx(platform.ip("influxdb")), platform.people[0].influx
    # A backup brings them into files: what is deleted then lies there beside a note of that, until
    # the server has written them anew.
    newest_set(operator)
    influx.query(f'DELETE FROM "gone" WHERE time < {T0 + 5 * SECOND}', name)
    files = machine.root / "pryv/influxdb/data/data" / name
    wait_for("the files to be written anew", lambda: not list(files.rglob("*.tombstone")))
    good = newest_set(operator)

    told = drilled(operator)
    assert told.done.exit == 0, tail(told.done)
    assert told.in_state("passed") == set(told.checks)
    ((_, about),) = [key for key in told.checks if key[0] == SERIES]
    said = told.checks[SERIES, about]
    assert said["why"] == "1 series was not compared: a policy lets them expire", said
    databases, series, points = said["expected"].split(", ")
    assert databases == f"{len(platform.people)} databases"
    fields = 4 + 3 + 2
    assert series == f"{2 * len(platform.people) + fields + 2 + 1} series", said
    every = 2 * platform.points_each * len(platform.people) + 3 * fields
    every += MANY + -(-MANY // 3) + 5
    assert points == f"{every} points", said
    # Of a long one the first thousand rows are, which hold so many values of its two fields.
    by_value = every - (MANY - 1_000) - (-(-MANY // 3) - 334)
    assert said["found"] == (
        f"{every} points in the set's series, the values of {by_value} compared and equal"
    )

    settings = hurried(
        resolve_settings(
            docker=machine.engine.url,
            root=str(machine.root),
            vault=str(operator.vault),
            state=str(tmp_path / "state"),
            environment={},
        )
    )
    numbers = iter(range(1, 9))

    def faulty(set_id: str, fault: Callable[[str], None]) -> None:
        """Drill a set, with a fault when all of it is back; it turns that check red alone."""
        drill = f"20260101T{next(numbers):06d}Z-drill-0001"
        plain, done = InSandbox.perform, list[str]()

        def perform_it(self: InSandbox, ctx: RunContext) -> None:
            if not done and self.step.__struct_config__.tag == "close-restore":
                done.append(drill)
                fault(drill)
            plain(self, ctx)

        with monkeypatch.context() as patch:
            patch.setattr(InSandbox, "perform", perform_it)
            events = perform(settings, drill, "drill", monkeypatch, set_id=set_id)
        assert done and in_state(events, "failed") == {(SERIES, about)}, checks(events)
        assert (end(events).outcome, end(events).exit) == ("failed", 1)
        assert checks(events)[SERIES, about].why == "1 series with other values or times"
        rest = set(checks(events)) - {(SERIES, about)}
        assert rest == in_state(events, "passed")

    def in_the_server(drill: str) -> None:
        inside = machine.engine.client.containers.get(container_name(drill, "influxdb"))
        line = POINT.replace("1.5", "1.25").format(at=T0 + SECOND)
        words = ["/usr/bin/influx", "-database", name, "-precision", "ns"]
        ran = inside.exec_run([*words, "-execute", f"INSERT {line}"])
        assert ran.exit_code == 0, ran.output

    faulty(good.name, in_the_server)

    # And the other way round: what the server was given is as the set had it, and one point of a
    # copy of the set is another one by then, as the server itself wrote it.
    influx.write(name, [POINT.replace("1.5", "1.25").format(at=T0 + SECOND)])
    other = newest_set(operator)
    copy = spoilt.copied(good, "20250101T000001Z")

    def in_the_set(_drill: str) -> None:
        (there,) = copy.glob(f"*/{FILES_NAME}/{DUMP}")
        (another,) = other.glob(f"*/{FILES_NAME}/{DUMP}")
        shutil.rmtree(there)
        shutil.copytree(another, there)

    faulty(copy.name, in_the_set)
