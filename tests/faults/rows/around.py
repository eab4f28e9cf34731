"""Faults of the containers and of what is asked through them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.practice.machines.engine import PracticeEngine
from tests.faults.bench import Bench
from tests.faults.making import nothing
from tests.faults.matrix import Fault, Operation

PASSING = "pryv-cron-1"


@contextmanager
def nginx_is_dumb(bench: Bench, _operation: Operation) -> Iterator[None]:
    """It runs, and answers nobody."""

    def ask(*_words: object) -> int:
        raise PryvTuiError("step-failed", "172.18.0.9:443: timed out")

    usual, bench.patience = bench.patience, msgspec.structs.replace(bench.patience, answers=0.1)
    try:
        with patch.object(PracticeEngine, "ask", ask):
            yield
    finally:
        bench.patience = usual


@contextmanager
def container_vanishes(bench: Bench, _operation: Operation) -> Iterator[None]:
    """Somebody's container that has the root mounted is done, and removed, as it is stopped."""
    bench.platform.add_container(PASSING, ["pryv/core/data"])
    usual = PracticeEngine.stop

    def stop(engine: PracticeEngine, container: str, **more: Any) -> None:
        with engine._store.change() as record:
            gone.append(record.containers.pop(PASSING, None))
        usual(engine, container, **more)

    gone: list[object] = []
    with patch.object(PracticeEngine, "stop", stop):
        yield
    assert gone and gone[0] is not None


@contextmanager
def everything_lost(folder: Path) -> Iterator[Bench]:
    made = Bench(folder)
    made.platform.wipe("all")
    made.lived = made.held()
    yield made


AROUND: tuple[Fault, ...] = (
    Fault(
        "nginx-dumb",
        "nginx runs and answers nobody",
        nginx_is_dumb,
        says={"restore": "timed out"},
        not_there={"backup": "it asks nobody"},
    ),
    Fault(
        "container-vanishes",
        "a container that has the root mounted is removed as it is to be stopped",
        container_vanishes,
        not_there={"backup": "it stops nobody else's"},
    ),
    Fault(
        "everything-lost",
        "the root is empty, and no container is there",
        nothing,
        bench=everything_lost,
        not_there={
            "backup": "there is nothing to back up",
            "undo": "it would take all away again, and asks for a word first",
        },
    ),
)
