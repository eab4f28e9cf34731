"""A whole restore beside the vendor's guide followed by hand: `python -m benchmarks.restore`.

On the real test platform (`tests/real`, one machine, every service), as root. By hand is: `down` of
the three compose files, the root emptied, the set's files copied, `up` of the three, mongorestore
and influxd restore as soon as their servers answer; nothing is checked, and nothing is kept of what
was there. Ours is the program's whole run, as installed: what it verifies, compares, watches and
asks included. Both in turn, medians, and their ratio. `--deaf`: all but the databases ignore the
signal that tells them to end; `--both`: such a platform after a plain one, in one table.
`--steps` prints what each step of ours took.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.real.testbed.compose import BESIDE
from tests.real.testbed.engines import need_engines, platform_lock
from tests.real.testbed.files import empty_folder
from tests.real.testbed.machines import TestEngine
from tests.real.testbed.platform import DOMAIN, RealPlatform

DEAF = "    stop_signal: SIGWINCH\n"
"""What the first process of a container ignores, unless it asks for it."""
DATABASES = ("mongodb", "influxdb", "redis")
TARGET = 1.1
"""Times as long as by hand."""
DEAF_TARGET = 1.0
ANSWER_SECONDS = 60.0
"""How long a server may take until it takes its restore."""


def make_deaf(root: Path) -> None:
    """Have every service but the databases end by nothing but a kill."""
    for project in ("pryv", "config-leader", "config-follower"):
        path = root / project / f"{project}.yml"
        lines = []
        for line in path.read_text().splitlines(keepends=True):
            lines.append(line)
            name = line.strip().partition("container_name: pryvio_")[2]
            if name and name not in DATABASES:
                lines.append(DEAF)
        path.write_text("".join(lines))


class Figures(NamedTuple):
    """Seconds of each run."""

    name: str
    target: float
    hand: list[float]
    ours: list[float]

    def row(self) -> str:
        hand, ours = statistics.median(self.hand), statistics.median(self.ours)
        return (
            f"| {self.name} | {hand:.1f} ({min(self.hand):.1f}–{max(self.hand):.1f})"
            f" | {ours:.1f} ({min(self.ours):.1f}–{max(self.ours):.1f})"
            f" | {ours / hand:.2f} | {self.target} |"
        )


class Bench:
    """One platform with one set of it."""

    def __init__(self, folder: Path, platform: RealPlatform) -> None:
        (self.machine,) = platform.machines
        self.platform = platform
        self.root = self.machine.root
        self.vault = folder / "vault"
        self.words = [
            *("--vault", str(self.vault), "--state", str(folder / "state")),
            *("--docker", self.machine.engine.url, "--root", str(self.root)),
        ]
        self.steps: list[dict[str, Any]] = []
        self.program("backup")
        (self.set,) = [path.parent for path in self.vault.glob("*/set.json")]
        (self.part,) = json.loads((self.set / "set.json").read_bytes())["hosts"]

    def program(self, *words: str) -> list[dict[str, Any]]:
        """Run ours to its end; the events of its journal."""
        argv = [sys.executable, "-m", "pryv_tui", *words, "--json", *self.words]
        # As installed: compiled once, also where this variable would have it done by each process.
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
        done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=False, env=environment)
        if done.returncode not in (0, 3):
            raise SystemExit(f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def ours(self) -> None:
        events = self.program("restore", self.set.name, "--confirm", DOMAIN)
        self.steps = [event for event in events if event.get("event") == "step_finished"]

    def by_hand(self) -> None:
        files = self.set / self.part["name"] / "files"
        for project in reversed(self.machine.projects):
            # The last one removes the networks, which the others have in common with it.
            verb = ["rm", "--stop", "--force"] if project != "pryv" else ["down"]
            try:
                self.machine.compose(project, *verb)
            except RuntimeError as error:
                # A busy engine keeps an end of a network that nothing is in (see `tests/real`).
                if "has active endpoints" not in str(error):
                    raise
        empty_folder(self.root)
        subprocess.run(["cp", "-a", f"{files}/.", f"{self.root}/"], check=True)
        for one in self.part["recreated"]:
            folder = self.root / one["path"]
            folder.mkdir(parents=True, exist_ok=True)
            os.chown(folder, one["uid"], one["gid"])
        for project in self.machine.projects:
            self.machine.compose(project, "up", "-d")
        self.again_and_again("mongodb", "/app/bin/mongodb/bin/mongorestore", "/app/backup/")
        self.again_and_again("influxdb", "influxd", "restore", "-portable", "/pryv/backup/")

    def again_and_again(self, service: str, *argv: str) -> None:
        """Run a restore until its server, which was started just now, takes it."""
        deadline = time.monotonic() + ANSWER_SECONDS
        while True:
            done = self.machine.engine.exec(f"pryvio_{service}", *argv)
            if done.code == 0:
                return
            if time.monotonic() > deadline:
                raise SystemExit(f"{' '.join(argv)}: {done.stdout}{done.stderr}")
            time.sleep(0.1)

    def ready(self) -> None:
        """What is not measured: everything runs, and nothing lies aside."""
        self.platform.wait_until_up()
        shutil.rmtree(self.root / ".pryv-tui", ignore_errors=True)
        os.sync()


def took(act: Callable[[], None]) -> float:
    """Seconds."""
    began = time.monotonic()
    act()
    return time.monotonic() - began


def measure(bench: Bench, runs: int, name: str, target: float, *, steps: bool) -> Figures:
    """What both take, in turn, told as it comes."""
    found = Figures(name, target, [], [])
    # What is not measured: each of our modules is compiled when it is first needed.
    bench.ready()
    bench.ours()
    for number in range(runs):
        turn = (("by hand", bench.by_hand, found.hand), ("ours", bench.ours, found.ours))
        for who, act, seconds in turn if number % 2 == 0 else reversed(turn):
            bench.ready()
            seconds.append(took(act))
            load = os.getloadavg()[0]
            print(
                f"  {name}, {number + 1}. {who}: {seconds[-1]:.1f} s, load {load:.1f}", flush=True
            )
        if steps:
            for step in bench.steps:
                print(f"      {step['seconds']:6.2f} s  {step['title']}", flush=True)
    return found


def on_platform(url: str, asked: argparse.Namespace, *, deaf: bool) -> Figures:
    """Measure one platform, which is made for it and thrown away."""
    with tempfile.TemporaryDirectory(prefix="pryv-tui-restore-") as name:
        folder, engine = Path(name), TestEngine(url)
        without = BESIDE if asked.few else ()
        options: dict[str, Any] = {"users": asked.users, "without": without}
        platform = RealPlatform.create(folder / "platform", [engine], **options, fill=False)
        try:
            if deaf:
                make_deaf(platform.machines[0].root)
            platform.up()
            for number in range(asked.users):
                platform.add_user(f"user{number:03d}", events=40, points=50)
            platform.settle()
            words = ("deaf containers", DEAF_TARGET) if deaf else ("plain", TARGET)
            return measure(Bench(folder, platform), asked.runs, *words, steps=asked.steps)
        finally:
            platform.destroy()
            engine.client.close()


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.restore", description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--users", type=int, default=3)
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--deaf", action="store_true", help="with deaf containers instead")
    kinds.add_argument("--both", action="store_true", help="with plain and with deaf containers")
    parser.add_argument("--steps", action="store_true")
    parser.add_argument("--few", action="store_true", help="half of the containers, to try it out")
    asked = parser.parse_args(words)
    urls = need_engines(1, spare=True)
    before = os.getloadavg()[0]
    with platform_lock(urls):
        found = [
            on_platform(urls[0], asked, deaf=deaf)
            for deaf in ((False, True) if asked.both else (asked.deaf,))
        ]
    print(
        f"\nmedians of {asked.runs}, load {before:.1f} before and {os.getloadavg()[0]:.1f} after\n"
    )
    print("| containers | by hand, s (min–max) | ours, s (min–max) | × by hand | target |")
    print("|---|---|---|---|---|")
    for one in found:
        print(one.row(), flush=True)


if __name__ == "__main__":
    main()
