"""A single machine's set brought up to its services beside it, and asked from inside, while the
platform runs and takes writes."""

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
def truthful(small: RealPlatform) -> Iterator[RealPlatform]:
    """In a set of it register tells which names its Redis has: the stand-in knows one alone. The
    platform's own goes on as it is."""
    root = small.machine("register").root
    yml = root / "pryv/pryv.yml"
    before = yml.read_bytes()
    app = let_register_know(root)
    try:
        yield small
    finally:
        yml.write_bytes(before)
        app.unlink()
        clear(small)


def test_a_single_machines_set_is_proven_up_to_its_services_while_it_takes_writes(
    truthful: RealPlatform, tmp_path: Path
) -> None:
    small = truthful
    operator = Operator(small, tmp_path)
    assert operator.backup().exit == 0
    small.settle()
    before, there = small.contents(), around(small)
    told = drilled(operator, "--depth", "services")
    wrong = set(told.checks) - told.in_state("passed") - told.left_out
    assert (told.done.exit, wrong) == (0, set()), told.done.err
    # What a drill can't do takes an account's token, or was left off: of data all was checked.
    assert {name for name, _ in told.left_out} <= {LEFT_OFF, *THROUGH.values()}
    has_every_figure(operator, told)
    answers = {about.partition(" of ")[0]: found for about, found in told.found("answers").items()}
    assert set(answers) == {"nginx", "register", "core"}
    assert f"https://reg.{DOMAIN}/service/info says 200" in answers["register"]
    assert f"https://co1.{DOMAIN}/status says 200" in answers["core"]
    known = told.found("sample: accounts through register")
    assert known == {"": f"{min(5, len(small.people))} known to it"}
    nothing_got_out(told, small, 3 + len(answers))
    prints = [one["details"] for one in told.of("drill_fingerprint", "fingerprint")]
    assert prints[0] == prints[1] and len(prints[0]) > 5
    # Nothing of it is left, and the platform holds what it held and what it wrote.
    assert around(small) == there
    assert not list((tmp_path / "state/sandboxes").iterdir())
    assert told.written
    assert contents_but(small, told.written) == before
