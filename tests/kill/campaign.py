"""Kill the worker at every event of its journal, then see that nothing is lost.

`python -m tests.kill.campaign [STEP]` kills at every STEPth event (every one where none is given)
and prints how many kills there were; the tests do the same at every few events. With `--hold` it
kills as each step begins of backups that hold registrations, and everything, on both forms. With
`--real` it kills at every step's beginning on the real test platform, with `--hold` too or without:
see `tests/kill/real.py`. With `--together` it kills as containers are stopped and started, several
at once. With `--removal` it kills prunes, and single files on their way back: see
`tests/kill/removal.py`. With `--drill` it kills sandbox drills: see `tests/kill/drilling.py`;
with `--real --cluster` too those of a real cluster alone.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.platform.gap import HOLDS, GapChoices
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.left import Choice
from tests.faults.bench import performed_here
from tests.helpers import copied
from tests.kill.killing import FORMS, OPERATORS_DUMP, STOPPED, Killing, Kind


@dataclass
class Campaign(Killing):
    """The same on a practice platform."""

    def __post_init__(self) -> None:
        place = self.folder / "platform"
        self.platform = self.made(place)
        self.settings = resolve_settings(practice=str(place), environment={})
        for host in self.platform.hosts:
            dumps = (host.root_hint or place) / "pryv/mongodb/backup"
            if dumps.is_dir():
                (dumps / "by-hand").mkdir()
                (dumps / "by-hand/old.bson").write_bytes(OPERATORS_DUMP)
        self.begin()

    def made(self, place: Path) -> PracticePlatform:
        """With its set, where no test is about how that came there."""
        return copied.with_set(place, form=self.form, users=3, attachments=4)

    def unkilled(self) -> AbstractContextManager[None]:
        """In this process: half as dear as a worker, and there are two to each that is killed."""
        return performed_here()

    def contents(self) -> dict[str, Any]:
        return PracticePlatform.open(self.folder / "platform").contents()

    def live_on(self) -> None:
        self.platform.grow(users=1, attachments=1)

    def check_dumps(self) -> None:
        found = list((self.folder / "platform/hosts").glob("*/root/pryv/mongodb/backup/by-hand/*"))
        assert [path.read_bytes() for path in found] == [OPERATORS_DUMP]


def whole_campaign(folder: Path, step: int = 1) -> Iterator[tuple[str, int]]:
    """Every event (or every so many) of backup, restore and undo, and random moments."""
    plans: list[tuple[Kind, Choice | None]] = [
        ("backup", None),
        ("restore", "finish"),
        ("restore", "roll-back"),
        ("undo", None),
    ]
    for form in FORMS:
        for number, (kind, choice) in enumerate(plans):
            campaign = Campaign(folder / f"{form}-{number}-{kind}", form=form)
            campaign.everywhere(kind, step=step, choice=choice)
            how = f", then {choice}" if choice else ""
            yield f"{form}, {kind}{how}: at every {step}. event", campaign.kills
        for how in STOPPED:
            campaign = Campaign(folder / f"{form}-{how}", form=form)
            times = campaign.each_stop("restore", how, "roll-back")
            times += campaign.each_stop("restore", how, "finish") + campaign.each_stop("undo", how)
            yield f"{form}, restore and undo {how}: as each step begins, {times} times", 0
    for kind in ("backup", "restore"):
        campaign = Campaign(folder / f"random-{kind}")
        campaign.at_random("backup" if kind == "backup" else "restore", 15)
        yield f"{kind}: at random moments", campaign.kills


def together_campaign(folder: Path, step: int = 1) -> Iterator[tuple[str, int]]:
    """Every container that a restore or an undo stops or starts, among those at once with it."""
    kinds: list[tuple[Kind, Choice | None]] = [
        ("restore", "finish"),
        ("restore", "roll-back"),
        ("undo", None),
    ]
    for form in FORMS:
        for number, (kind, choice) in enumerate(kinds):
            campaign = Campaign(folder / f"{form}-{number}", form=form)
            campaign.each_container(kind, step=step, choice=choice)
            how = f", then {choice}" if choice else ""
            yield f"{form}, {kind}{how}: at every {step}. container", campaign.kills


HOLD_DEADLINE = 120.0
"""Seconds; the guardian has to be much quicker than that when its worker is gone."""


def hold_campaign(folder: Path, _step: int = 1) -> Iterator[tuple[str, int]]:
    """Every step of a backup that holds registrations, or everything, on both forms."""
    for form in FORMS:
        for hold in HOLDS:
            gap = GapChoices(hold=hold, hold_deadline=HOLD_DEADLINE)
            campaign = Campaign(folder / f"{form}-{hold}", form=form, gap=gap)
            campaign.each_step("backup")
            yield (
                f"backup that holds {hold}, {form}: as each step begins, {campaign.let_go} times"
                " while held and then let go",
                campaign.kills,
            )


def _real_campaign(folder: Path, step: int = 1) -> Iterator[tuple[str, int]]:
    from tests.kill.real import real_campaign

    return real_campaign(folder, step)


def _real_hold_campaign(folder: Path, step: int = 1) -> Iterator[tuple[str, int]]:
    from tests.kill.real import real_hold_campaign

    return real_hold_campaign(folder, step)


def _removal_campaign(folder: Path, step: int = 1) -> Iterator[tuple[str, int]]:
    from tests.kill.removal import removal_campaign

    return removal_campaign(folder, step)


def _drill_campaign(folder: Path, step: int = 1) -> Iterator[tuple[str, int]]:
    from tests.kill.drilling import drill_campaign

    return drill_campaign(folder, step)


def _real_drill_campaign(folder: Path, step: int = 1) -> Iterator[tuple[str, int]]:
    from tests.kill.real import real_drill_campaign

    return real_drill_campaign(folder, step)


def _real_cluster_drill_campaign(folder: Path, step: int = 1) -> Iterator[tuple[str, int]]:
    from tests.kill.real import real_services_campaign

    return real_services_campaign(folder, step, form="cluster")


def main() -> None:
    words = sys.argv[1:]
    campaign: Callable[[Path, int], Iterator[tuple[str, int]]] = whole_campaign
    if "--drill" in words and "--cluster" in words:
        campaign = _real_cluster_drill_campaign
    elif "--drill" in words:
        campaign = _real_drill_campaign if "--real" in words else _drill_campaign
    elif "--real" in words:
        campaign = _real_hold_campaign if "--hold" in words else _real_campaign
    elif "--hold" in words:
        campaign = hold_campaign
    elif "--together" in words:
        campaign = together_campaign
    elif "--removal" in words:
        campaign = _removal_campaign
    numbers = [int(word) for word in words if not word.startswith("--")]
    total, step = 0, numbers[0] if numbers else 1
    with tempfile.TemporaryDirectory() as folder:
        for title, kills in campaign(Path(folder), step):
            print(f"{title}: {kills} kills, nothing lost", flush=True)
            total += kills
    print(f"{total} kills, nothing lost")


if __name__ == "__main__":
    main()
