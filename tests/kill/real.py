"""The worker killed at the beginning of each step, on the real test platform.

`python -m tests.kill.campaign --real [STEP]`, as root, with the engines of `tests/real/engine.sh`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pryv_tui.operations.site import resolve_settings
from pryv_tui.runs.recovery import Choice
from tests.kill.campaign import OPERATORS_DUMP, Killing, Kind
from tests.real.engines import need_engines, platform_lock
from tests.real.machines import TestEngine
from tests.real.platform import RealPlatform


@dataclass
class RealCampaign(Killing):
    """One single-node platform on a real engine, killed again and again."""

    platform: RealPlatform = field(kw_only=True)

    def __post_init__(self) -> None:
        (machine,) = self.platform.machines
        self.settings = resolve_settings(
            docker=machine.engine.url,
            root=str(machine.root),
            vault=str(self.folder / "vault"),
            state=str(self.folder / "state"),
            environment={},
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


def real_campaign(folder: Path, step: int = 1) -> Iterator[tuple[str, int]]:
    """Every step (or every so many) of restore, backup and undo."""
    urls = need_engines(1)
    with platform_lock(urls):
        engine = TestEngine(urls[0])
        platform = RealPlatform.create(folder / "platform", [engine], users=2, events=10, points=10)
        try:
            campaign = RealCampaign(folder, platform=platform)
            kinds: tuple[tuple[Kind, int], ...] = (
                ("restore", step),
                ("backup", step),
                ("undo", step),
            )
            for kind, every in kinds:
                before = campaign.kills
                campaign.steps(kind, step=every)
                how = "every step" if every == 1 else f"every {every}. step"
                yield f"{kind} on a real engine: at {how}", campaign.kills - before
            for what, count in sorted(campaign.outcomes.items()):
                print(f"  recover, {count} times: {what}")
        finally:
            platform.destroy()
            engine.remove_platform()
            engine.client.close()
