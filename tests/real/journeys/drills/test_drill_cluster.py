"""A cluster's set brought up in one sandbox on one of its machines, and compared, while its three
machines run and take writes: its data alone, and up to its services."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pryv_tui.operations.steps.drilling.build_sandbox import LEFT_OFF
from pryv_tui.operations.steps.drilling.read_services import THROUGH
from tests.real.journeys.drills.drilled import (
    around,
    clear,
    contents_but,
    drilled,
    has_every_figure,
    nothing_got_out,
)
from tests.real.journeys.register import let_register_know
from tests.real.operator import Operator
from tests.real.testbed.platform import DOMAIN, RealPlatform

pytestmark = pytest.mark.engine


@pytest.fixture
def cleared(cluster: RealPlatform) -> Iterator[RealPlatform]:
    yield cluster
    clear(cluster)


@pytest.fixture
def truthful(cleared: RealPlatform) -> Iterator[RealPlatform]:
    """In a set of it register tells which names its Redis has: the stand-in knows one alone. The
    platform's own goes on as it is."""
    root = cleared.machine("register").root
    yml = root / "pryv/pryv.yml"
    before = yml.read_bytes()
    app = let_register_know(root)
    try:
        yield cleared
    finally:
        yml.write_bytes(before)
        app.unlink()


def test_a_clusters_data_is_proven_on_one_machine_while_three_take_writes(
    cleared: RealPlatform, tmp_path: Path
) -> None:
    cluster = cleared
    operator = Operator(cluster, tmp_path)
    assert operator.backup().exit == 0
    cluster.settle()
    before, there = cluster.contents(), around(cluster)
    told = drilled(operator)
    assert (told.done.exit, set(told.checks) - told.in_state("passed")) == (0, set()), told.done.err
    has_every_figure(operator, told)
    nothing_got_out(told, cluster, 3)
    prints = [one["details"] for one in told.of("drill_fingerprint", "fingerprint")]
    assert prints[0] == prints[1] and len(prints[0]) > 20
    # Of each machine what it would have lost is told, by its own stores.
    newest = {(one["host"], one["store"]) for one in told.of("drill_newest", "newest")}
    assert newest >= {("core", "mongodb"), ("core", "influxdb"), ("register", "redis")}, newest
    # Nothing of it is left, on no engine, and the platform holds what it held and what it wrote.
    assert around(cluster) == there
    assert not list((tmp_path / "state/sandboxes").iterdir())
    gone = told.of("drill_disposal", "disposal")
    assert sum(one["container"] for one in gone) == 3
    assert not any(one["network"] for one in gone), "its containers had none"
    assert told.written
    assert contents_but(cluster, told.written) == before


def test_a_clusters_set_is_proven_up_to_its_services_on_one_machine_while_three_take_writes(
    truthful: RealPlatform, tmp_path: Path
) -> None:
    cluster = truthful
    operator = Operator(cluster, tmp_path)
    assert operator.backup().exit == 0
    cluster.settle()
    before, there = cluster.contents(), around(cluster)
    told = drilled(operator, "--depth", "services")
    wrong = set(told.checks) - told.in_state("passed") - told.left_out
    assert (told.done.exit, wrong) == (0, set()), told.done.err
    assert {name for name, _ in told.left_out} <= {LEFT_OFF, *THROUGH.values()}, (
        "of data all was checked"
    )
    has_every_figure(operator, told)
    prints = [one["details"] for one in told.of("drill_fingerprint", "fingerprint")]
    assert prints[0] == prints[1] and len(prints[0]) > 20

    answers = told.found("answers")
    # A smaller cluster has no hfs, and less that is left off.
    has = {
        str(one.name).removeprefix("pryvio_")
        for machine in cluster.machines
        for one in machine.engine.containers()
    }
    hfs = {"hfs of core"} if "hfs" in has else set()
    doors = {"nginx of core", "nginx of register"}
    assert set(answers) == doors | {"register of register", "core of core"} | hfs
    assert f"https://reg.{DOMAIN}/service/info says 200" in answers["register of register"]
    assert f"https://co1.{DOMAIN}/status says 200" in answers["core of core"]
    known = told.found("sample: accounts through register")
    assert known == {"": f"{min(5, len(cluster.people))} known to it"}
    off = {about.partition(" ")[0] for name, about in told.checks if name == "left off"}
    # The front door of static-web has nobody behind it here.
    assert off - {"nginx"} == has - {
        "mongodb",
        "influxdb",
        "redis",
        *(each.split()[0] for each in answers),
    }
    nothing_got_out(told, cluster, 3 + len(answers))

    # Nothing of it is left, on no engine, and the platform holds what it held and what it wrote.
    assert around(cluster) == there
    assert not list((tmp_path / "state/sandboxes").iterdir())
    gone = told.of("drill_disposal", "disposal")
    assert sum(one["container"] for one in gone) == 3 + len(answers)
    assert sum(one["network"] for one in gone) == 3
    assert told.written
    assert contents_but(cluster, told.written) == before
