"""SIGKILL to the worker of a restore, or of its undo, over disks mounted below the root."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.left import Choice
from tests.faults.bench import NoDisk
from tests.faults.nested import DISKS, nested_disks, see_the_disks
from tests.helpers import copied
from tests.kill.campaign import Campaign
from tests.kill.killing import Kind
from tests.suite.turns import parts


@dataclass
class OnDisks(Campaign):
    """A platform parts of whose root are disks of their own."""

    stack: ExitStack = field(default_factory=ExitStack)

    def made(self, place: Path) -> PracticePlatform:
        """Without a set: that is of these disks."""
        return copied.new(place, users=3, attachments=4)

    def begin(self) -> None:
        (host,) = self.platform.hosts
        self.root = host.root_hint or Path()
        self.stack.enter_context(nested_disks(self.root))
        see_the_disks(host)
        self.devices = self.mounted()
        super().begin()

    def mounted(self) -> dict[str, int]:
        return {disk: (self.root / disk).stat().st_dev for disk in DISKS}

    def contents(self) -> dict[str, Any]:
        assert self.mounted() == self.devices, "each disk is where it was"
        return PracticePlatform.open(self.folder / "platform").contents()


@pytest.fixture
def campaign(tmp_path: Path) -> Iterator[OnDisks]:
    stack = ExitStack()
    try:
        yield OnDisks(tmp_path, stack=stack)
    except NoDisk as error:
        pytest.skip(str(error))
    finally:
        stack.close()


@parts(2)
@pytest.mark.parametrize(
    ("kind", "choice", "steps"),
    [
        ("restore", "finish", ("move-aside", "copy-back", "restore-mongodb", "start-databases")),
        ("restore", "roll-back", ("copy-back", "restore-mongodb", "close-restore")),
    ],
)
def test_a_kill_as_a_step_begins_loses_nothing(
    campaign: OnDisks, kind: Kind, choice: Choice, steps: tuple[str, ...], part: slice
) -> None:
    known = list(enumerate(campaign.steps_of("restore"), start=1))
    those = [(at, step) for at, step in known if step.partition("-")[2].startswith(steps)]
    assert len(those) >= len(steps)
    for at, step in those[part]:
        assert campaign.one(kind, at, "step", choice), step


@parts(2)
def test_a_kill_in_an_undo_loses_nothing(campaign: OnDisks, part: slice) -> None:
    for at in range(1, 6)[part]:
        if not campaign.one("undo", at, "step", None):
            break
    assert campaign.kills >= 2
