"""What holds for every plan: ids, what is marked, and back from JSON."""

from __future__ import annotations

import msgspec
import pytest

from pryv_tui.operations.plan import Step, tag_of
from pryv_tui.operations.steps import AnyStep
from pryv_tui.operations.steps.bringing_back.restore_store import RestoreStore
from tests.operations.plans.planned import PLANS, every_plan


@every_plan
def test_ids_are_unique_and_tell_the_place(name: str) -> None:
    plan = PLANS[name]()
    ids = [step.id for step in plan.steps]
    assert len(set(ids)) == len(ids)
    assert [int(one.split("-")[0]) for one in ids] == list(range(1, len(ids) + 1))


@every_plan
def test_steps_come_back_from_json(name: str) -> None:
    steps = list(PLANS[name]().steps)
    read = msgspec.json.decode(msgspec.json.encode(steps), type=list[AnyStep])
    assert read == steps


@every_plan
def test_each_step_says_what_it_does(name: str) -> None:
    for view in PLANS[name]().views():
        assert view.title.strip()
        assert view.leaves.strip()
        assert view.undone is not None
        assert all(line.strip() for line in view.command)


DESTRUCTIVE = {"restore-offline", "stop", "move-aside", "copy-back", "restore", "put-back-root"}


@every_plan
def test_every_step_that_changes_what_is_there_is_marked(name: str) -> None:
    for step in PLANS[name]().steps:
        compares = isinstance(step, RestoreStore) and step.title.startswith("Compare ")
        assert step.destructive == (tag_of(step) in DESTRUCTIVE and not compares), step.id


@every_plan
def test_a_step_that_removes_or_moves_says_so(name: str) -> None:
    """What a shown command does to what was there decides the mark; old dumps are given back."""
    for step in PLANS[name]().steps:
        words = " ".join(step.command)
        if " -exec mv " in words and tag_of(step) not in ("prepare-dump", "put-back-dump"):
            assert step.destructive, step.id


def test_a_step_that_is_none_says_so() -> None:
    with pytest.raises(TypeError):
        _ = Step().title
