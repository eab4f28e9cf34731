"""The worker killed at the beginning of each step, on the real test platform.

`python -m tests.kill.campaign --real [--hold|--drill] [STEP]`, as root, with the engines of
`tests/real/engine.sh`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pryv_tui.hosts.sandbox.labels import PREFIX
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.platform.gap import HOLDS, GapChoices
from pryv_tui.runs.left import Choice
from pryv_tui.runs.record.events import RunFinished
from pryv_tui.runs.record.history import RunRecord
from tests.kill.campaign import HOLD_DEADLINE
from tests.kill.drilling import Drilled
from tests.kill.killing import FORMS, OPERATORS_DUMP, Killing, Kind, wait
from tests.kill.worker import OF_A_SANDBOX
from tests.real.hurried import hurried
from tests.real.testbed import compose, stores
from tests.real.testbed.engines import MACHINES, need_engines, platform_lock
from tests.real.testbed.machines import TestEngine
from tests.real.testbed.platform import RealPlatform


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
    """A platform on real engines, which takes writes while its set is drilled."""

    def __init__(self, folder: Path, platform: RealPlatform) -> None:
        self.platform = platform
        places = {"vault": str(folder / "vault"), "state": str(folder / "state")}
        if len(platform.machines) == 1:
            (machine,) = platform.machines
            places |= {"docker": machine.engine.url, "root": str(machine.root)}
        else:
            places["config"] = str(folder / "config.toml")
            (folder / "config.toml").write_text(hosts_told(platform))
        self.settings = hurried(resolve_settings(environment={}, **places))
        self.given = tuple(word for name, at in places.items() for word in (f"--{name}", at))
        self.written: list[str] = []
        super().__init__()
        self.holds = self.contents()

    def contents(self) -> dict[str, Any]:
        """What it held before the first drill and what its engine had, without what a drill has
        made. What was written beside the drills has to be there, and is no part of it."""
        self.platform.settle()
        found = self.platform.contents()
        with stores.mongodb(self.platform.ip("mongodb")) as database:
            own = database["events"].count_documents({"_id": {"$in": self.written}})
            assert own == len(self.written), (own, len(self.written))
            others = database["events"].find({"_id": {"$nin": self.written}})
            found["mongodb"]["events"] |= {"documents": None, "digest": None}
            found["events of others"] = sorted(repr(sorted(one.items())) for one in others)
        for machine in self.platform.machines:
            client = machine.engine.client
            every = client.containers.list(all=True, ignore_removed=True)
            found[f"engine of {machine.name}"] = [
                sorted(
                    (c.name, c.id, c.attrs["State"]["StartedAt"]) for c in every if not _made(c)
                ),
                sorted((net.name, net.id) for net in client.networks.list() if not _made(net)),
                sorted(volume.name for volume in client.volumes.list()),
            ]
        return found

    def beside(self, record: RunRecord) -> tuple[RunFinished | None, dict[str, Any]]:
        over = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            writing = pool.submit(self._write, over)
            end = wait(record)
            over.set()
            assert writing.result() > 0
        return end, self.holds

    def _write(self, over: threading.Event) -> int:
        """An event again and again, until that is over; how many."""
        person, count = next(iter(self.platform.people)), 0
        while not count or not over.wait(WRITES_EVERY):
            number = 400_000 + len(self.written)
            self.written += self.platform.add_events(person, 1, first=number)
            count += 1
        return count

    def told(self, part: str, when: str = "step") -> None:
        """One kill, as `at_step`, or at a number; how long it took is printed."""
        began = time.monotonic()
        if part.isdecimal():
            assert self.one(int(part), when), (part, when)
        else:
            self.at_step(part, when)
        took = time.monotonic() - began
        print(f"  drill, {part}, {when}: nothing left ({took:.0f} s)", flush=True)


def hosts_told(platform: RealPlatform) -> str:
    """A configuration that has each machine of a platform."""
    return "".join(
        f'[[host]]\nname = "{m.name}"\ndocker = "{m.engine.url}"\nroot = "{m.root}"\n\n'
        for m in platform.machines
    )


def _made(one: Any) -> bool:
    """Whether a container or a network is a drill's; `left` tells those that are still there."""
    return str(one.name).startswith(PREFIX)


@contextmanager
def one_drilled(
    folder: Path, *without: str, form: compose.Form = "single-node"
) -> Iterator[OnEngine]:
    """A platform without some services, of which nothing is left at the end."""
    urls = need_engines(1, spare=True) if form == "single-node" else need_engines(MACHINES)
    with platform_lock(urls):
        engines = [TestEngine(url) for url in urls]
        platform = RealPlatform.create(
            folder / "platform", engines, form=form, users=2, events=10, points=10, without=without
        )
        try:
            drilled = OnEngine(folder, platform)
            yield drilled
            print(f"  on record as: {drilled.outcomes}; {len(drilled.written)} events written")
        finally:
            platform.destroy()
            for engine in engines:
                engine.remove_platform()
                engine.client.close()


def real_drill_campaign(folder: Path, step: int = 1) -> Iterator[tuple[str, int]]:
    """Where containers are made, proven, filled and removed, and while they are; then each step of
    a drill that brings the services up as well, on one machine and of a cluster."""
    with one_drilled(folder / "data", *compose.BESIDE) as drilled:
        assert drilled.one(3, "step")
        for part in DURING[::step]:
            drilled.told(part)
        for at in range(8, 24, 4 * step):
            assert drilled.one(at, "after")
        assert drilled.one(40, "unlink")
        yield "sandbox drill on a real engine", drilled.kills
    for form in FORMS:
        yield from real_services_campaign(folder / form, step, form=form)


def real_services_campaign(
    folder: Path,
    step: int = 1,
    *,
    form: compose.Form = "single-node",
    parts: slice = slice(None),
) -> Iterator[tuple[str, int]]:
    """Every step (or every so many) of a drill with services, and in the midst of some; then each
    container of its sandbox as it is made and as it is removed, several at once.

    Args:
        parts: of these moments, which; all of them take a real engine half an hour.
    """
    without = (one for one in compose.BESIDE if one != "hfs")
    with one_drilled(folder, *without, form=form) as drilled:
        drilled.depth = "services"
        assert drilled.one(1, "step")
        # What a plan has is known from the first; nobody may leave out the steps of services.
        wanted = list(drilled.steps)
        assert sum("bring-up" in one for one in wanted) >= BROUGHT_UP, wanted
        moments = [(part, "step") for part in wanted[1::step]]
        moments += [(part, "ended") for part in wanted if "bring-up" in part][::step]
        # A moment in which several are at work, and as many containers as every drill has.
        for when in OF_A_SANDBOX:
            moments += [(str(at), when) for at in range(1, 3 + BROUGHT_UP, 2 * step)]
        moments.append(("60", "unlink"))
        for part, when in moments[parts]:
            drilled.told(part, when)
        if step == 1 and parts == slice(None):
            print(drilled.counted())
        how = "with services on a real engine" if form == "single-node" else "of a real cluster"
        yield f"drill {how}: as each step begins, and containers of it at once", drilled.kills


WRITES_EVERY = 0.3
"""Seconds: some dozens of writes while a drill runs, and not as many as this machine can make."""
BROUGHT_UP = 4
"""register, nginx, core and hfs."""
DURING = (
    "prove-isolation",
    "mongodb-restore",
    "influxdb-restore",
    "check-sandbox",
    "remove-sandbox",
)
"""Parts of the ids of steps that have to do with containers; making them is killed within, too."""
