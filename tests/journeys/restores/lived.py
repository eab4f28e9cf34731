"""A platform in which something happened since its set: for the tests of a restore's cost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pryv_tui.operations.comparing.look import compare
from pryv_tui.operations.comparing.model import Comparison, Outcome
from pryv_tui.operations.settings.resolve import Settings, resolve_settings
from pryv_tui.operations.site import Site, open_site
from pryv_tui.practice.people import account
from pryv_tui.runs.record.events import AnyEvent, StepFinished
from pryv_tui.vault.sets import BackupSet
from tests.helpers import copied
from tests.journeys.performing import perform

BORN = 3
"""Accounts that the platform begins with."""


def names(*numbers: int) -> tuple[str, ...]:
    return tuple(sorted(account(1, number).username for number in numbers))


class Lived:
    """A cluster, a set of it, and what was added since.

    Args:
        late: how many accounts are made between the dump of MongoDB and the copy of the index.
    """

    def __init__(self, folder: Path, late: int = 0) -> None:
        self.platform = copied.new(folder, form="cluster", users=BORN, attachments=2)
        self.settings: Settings = resolve_settings(practice=str(folder), environment={})
        with pytest.MonkeyPatch.context() as patch:
            perform(
                self.settings,
                "20260101T000000Z-aa",
                "backup",
                patch,
                cancel=lambda event: self._live(event, late),
            )
        before = self.platform.contents()
        self.platform.grow(users=2, attachments=3, points=40)
        after = self.platform.contents()
        self.added = {
            "events": after["mongodb"]["events"] - before["mongodb"]["events"],
            "attachments": after["attachments"]["files"] - before["attachments"]["files"],
            "points": sum(after["influxdb"].values()) - sum(before["influxdb"].values()),
        }

    def _live(self, event: AnyEvent, late: int) -> bool:
        ended = event.step.partition("-")[2] if isinstance(event, StepFinished) else ""
        if late and ended.startswith("dump-mongodb"):
            self.platform.grow(users=late)
        return False

    @property
    def site(self) -> Site:
        return open_site(self.settings)

    @property
    def set(self) -> BackupSet:
        return self.site.vault.sets()[0]

    def compare(self, *roles: str, of: BackupSet | None = None) -> Comparison:
        return compare(self.site, self.site.discover(), of or self.set, roles)

    def host(self, name: str) -> Any:
        return self.platform.host(name).engine


@pytest.fixture(scope="module")
def living(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    lived = Lived(tmp_path_factory.mktemp("comparing") / "platform")
    assert all(lived.added.values())
    return lived


alive = pytest.mark.xdist_group("compared-platform")
"""For the tests that ask the same platform."""
NEW = names(BORN, BORN + 1)


def chosen(found: Comparison) -> Outcome:
    assert found.outcomes[0].chosen
    return found.outcomes[0]


def told(found: Outcome) -> dict[str, tuple[str, ...] | None]:
    return {
        "gone": found.gone.names, "stranded": found.stranded.names, "exposed": found.exposed.names
    }  # fmt: skip


def stands(found: Comparison) -> dict[str, str]:
    return {each.role: each.condition for each in found.roles}
