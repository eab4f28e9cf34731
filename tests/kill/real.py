"""The worker killed at the beginning of each step, on the real test platform.

`python -m tests.kill.campaign --real [--hold|--drill] [STEP]`, as root, with the engines of
`tests/real/engine.sh`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.platform.gap import HOLDS, GapChoices
from pryv_tui.runs.left import Choice
from tests.kill.campaign import HOLD_DEADLINE, OPERATORS_DUMP, Killing, Kind
from tests.kill.drilling import Drilled
from tests.real import compose
from tests.real.engines import need_engines, platform_lock
from tests.real.hurried import hurried
from tests.real.machines import TestEngine
from tests.real.platform import RealPlatform


@dataclass
class RealCampaign(Killing):
    """One single-node platform on a real engine, killed again and again."""

    platform: RealPlatform = field(kw_only=True)

    def __post_init__(self) -> None:
        (machine,) = self.platform.machines
        self.settings = hurried(
            resolve_settings(
                docker=machine.engine.url,
                root=str(machine.root),
                vault=str(self.folder / "vault"),
                state=str(self.folder / "state"),
                environment={},
            )
        )
        self._dumps = machine.root / "pryv/mongodb/backup/by-hand"
        self._dumps.mkdir()
        (self._dumps / "old.bson").write_bytes(OPERATORS_DUMP)
        self.begin()

    def contents(self) -> dict[str, Any]:
        self.platform.wait_until_up()
        return self.platform.contents()

    def live_on(self) -> None:
        self.platform.add_user("newcomer")
        self.platform.settle()

    def check_dumps(self) -> None:
        assert [path.read_bytes() for path in self._dumps.iterdir()] == [OPERATORS_DUMP]

    def steps(self, kind: Kind, *, step: int = 1, first: int = 1) -> None:
        """Kill as each step begins, and before the last word; each choice of `recover` in turn."""
        at = first
        choices: tuple[Choice, Choice] = ("finish", "roll-back")
        while True:
            choice: Choice | None = choices[(at // step) % 2] if kind == "restore" else None
            began = time.monotonic()
            if not self.one(kind, at, "step", choice):
                return
            how = f", then {choice}" if choice else ""
            seconds = time.monotonic() - began
            print(f"  {kind}, step {at}{how}: nothing lost ({seconds:.0f} s)", flush=True)
            at += step


@contextmanager
def one_platform(folder: Path) -> Iterator[RealCampaign]:
    """A campaign on a platform of its own, of which nothing is left at the end."""
    urls = need_engines(1)
    with platform_lock(urls):
        engine = TestEngine(urls[0])
        platform = RealPlatform.create(folder / "platform", [engine], users=2, events=10, points=10)
        try:
            campaign = RealCampaign(folder, platform=platform)
            yield campaign
            for what, count in sorted(campaign.outcomes.items()):
                print(f"  recover, {count} times: {what}")
        finally:
            platform.destroy()
            engine.remove_platform()
            engine.client.close()


def real_hold_campaign(folder: Path, step: int = 1) -> Iterator[tuple[str, int]]:
    """Every step (or every so many) of a backup that holds registrations, or everything."""
    with one_platform(folder) as campaign:
        for hold in HOLDS:
            campaign.gap = GapChoices(hold=hold, hold_deadline=HOLD_DEADLINE)
            before, held = campaign.kills, campaign.let_go
            campaign.steps("backup", step=step)
            yield (
                f"backup that holds {hold}, on a real engine: {campaign.let_go - held} times while"
                " held and then let go",
                campaign.kills - before,
            )


def real_campaign(folder: Path, step: int = 1) -> Iterator[tuple[str, int]]:
    """Every step (or every so many) of restore, backup and undo."""
    with one_platform(folder) as campaign:
        kinds: tuple[Kind, ...] = ("restore", "backup", "undo")
        for kind in kinds:
            before = campaign.kills
            campaign.steps(kind, step=step)
            how = "every step" if step == 1 else f"every {step}. step"
            yield f"{kind} on a real engine: at {how}", campaign.kills - before


class OnEngine(Drilled):
    """A single-node platform on a real engine, which takes writes while its set is drilled."""

    def __init__(self, folder: Path, platform: RealPlatform) -> None:
        self.platform = platform
        (machine,) = platform.machines
        places = {
            "docker": machine.engine.url,
            "root": str(machine.root),
            "vault": str(folder / "vault"),
            "state": str(folder / "state"),
        }
        self.settings = hurried(resolve_settings(environment={}, **places))
        self.given = tuple(word for name, at in places.items() for word in (f"--{name}", at))
        self._written = 0
        super().__init__()

    def contents(self) -> dict[str, Any]:
        self.platform.settle()
        return self.platform.contents()

    def live_on(self) -> None:
        person = next(iter(self.platform.people))
        self._written += 1
        self.platform.add_events(person, 1, first=400_000 + self._written)


def real_drill_campaign(folder: Path, step: int = 1) -> Iterator[tuple[str, int]]:
    """Where containers are made, proven, filled and removed, and while they are."""
    urls = need_engines(1, spare=True)
    with platform_lock(urls):
        engine = TestEngine(urls[0])
        platform = RealPlatform.create(
            folder / "platform", [engine], users=2, events=10, points=10, without=compose.BESIDE
        )
        try:
            drilled = OnEngine(folder, platform)
            assert drilled.one(3, "step")
            for part in DURING[::step]:
                began = time.monotonic()
                drilled.at_step(part)
                print(
                    f"  drill, {part}: nothing left ({time.monotonic() - began:.0f} s)", flush=True
                )
            for at in range(8, 24, 4 * step):
                assert drilled.one(at, "after")
            assert drilled.one(40, "unlink")
            yield "sandbox drill on a real engine", drilled.kills
            print(f"  on record as: {drilled.outcomes}")
        finally:
            platform.destroy()
            engine.remove_platform()
            engine.client.close()


DURING = (
    "prove-isolation",
    "mongodb-restore",
    "influxdb-restore",
    "check-sandbox",
    "remove-sandbox",
)
"""Parts of the ids of steps that have to do with containers; making them is killed within, too."""
