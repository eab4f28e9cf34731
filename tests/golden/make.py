"""Makes the golden files: what an older program leaves behind, and what it said of it.

    git worktree add --detach ../old f3c8b3c0 && make -C ../old .venv/.installed
    unshare --uts --mount sh -c 'hostname practice; mount -t tmpfs none /srv; exec "$@"' - \
        python -m tests.golden.make v0.1.0 ../old/.venv/bin/pryv-tui

As root, on Linux, with GNU tar, under a host's name that is nobody's. Everything is made by the
older program, in the neutral place `/srv/pryv`, which must not exist: a single node with sets, runs
that failed, were cancelled, died or were undone, a cluster, and a platform whose restore was killed
and waits for `recover`. Then the older program is asked what it knows of that (`LOOKS`), all of
it is packed into `tests/golden/<version>/platforms.tar.xz`, and only then come commands that change
it (`ACTS`). What it said each time, with the exit code, stands in
`answers.json.xz` beside it.

No file is made by hand and none is changed afterwards, so a version's files are never made again:
a later format gets a folder of its own.
"""

from __future__ import annotations

import json
import lzma
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.helpers import waiting

PLACE = Path("/srv/pryv")
DOMAIN = "practice.pryv.example"
SETTLED = 62.0
"""Seconds until times tell whether a file has changed."""
FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": 1 << 26}]

Words = tuple[str, ...]
# {first}, {second}: sets; {backup}, {restore}, {undo}, {cancelled}, {failed}: runs.
LOOKS: tuple[Words, ...] = (
    ("list", "--json"),
    ("runs", "--json"),
    ("status", "--json"),
    ("doctor", "--json"),
    ("audit", "{second}", "--json"),
    ("audit", "--live", "--json"),
    ("attach", "{backup}", "--json"),
    ("attach", "{failed}", "--json"),
    ("attach", "{cancelled}", "--json"),
    ("attach", "{restore}", "--json"),
    ("attach", "{undo}", "--json"),
    ("prune", "--keep-last", "1", "--dry-run", "--json"),
    ("plan", "backup"),
    ("plan", "restore", "latest"),
    # Refusals, and words that are wrong.
    ("restore", "latest"),
    ("restore", "latest", "--confirm", "elsewhere.example"),
    ("restore", "no-such-set", "--confirm", DOMAIN),
    ("undo", "no-such-run"),
    ("undo", "{restore}"),
    ("undo", "{backup}"),
    ("release", "{undo}"),
    ("cancel", "{backup}"),
    ("cancel", "no-such-run"),
    ("recover",),
    ("verify", "no-such-set"),
    ("audit", "no-such-set"),
    ("attach", "no-such-run"),
    ("backup", "--role", "no-such-role"),
    ("backup", "--hold", "everything", "--order", "sideways"),
    ("prune",),
    ("prune", "--keep-last", "1"),
    ("prune", "--keep-last", "1", "--confirm", "elsewhere.example"),
    ("list", "--vault", "/srv/pryv/no-such-vault", "--json"),
    ("no-such-command",),
)
LATER: tuple[Words, ...] = (
    ("incident", "list", "--json"),
    ("incident", "show", "--json"),
    ("report", "--format", "json"),
    ("report", "{restore}", "--format", "json"),
    ("drill", "list", "--json"),
    ("drill", "verify", "--json"),
    ("accept", "--json"),
)
"""Of commands that 0.1.0 does not have."""
ACTS: dict[str, tuple[Words, ...]] = {
    "single": (
        ("verify", "{second}", "--json"),
        ("verify", "{first}", "--sample", "5%", "--json"),
        ("backup", "--label", "later", "--json"),
        ("restore", "{second}", "--confirm", DOMAIN, "--json"),
        ("undo", "last", "--json"),
        ("prune", "--keep-last", "1", "--confirm", DOMAIN, "--json"),
    ),
    "cluster": (
        ("verify", "{first}", "--json"),
        ("backup", "--label", "later", "--json"),
        ("restore", "{first}", "--confirm", DOMAIN, "--json"),
        ("undo", "last", "--json"),
    ),
    "half-done": (
        ("backup", "--json"),
        ("recover", "--finish", "--json"),
        ("recover",),
    ),
}
"""In this order, after everything was packed."""


@dataclass
class Made:
    """One practice platform, with what the words call by name."""

    name: str
    program: list[str]
    known: dict[str, str] = field(default_factory=dict)
    answers: list[dict[str, Any]] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return PLACE / self.name

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": "/root"}
        return subprocess.run(
            [*self.program, *words, "--practice", str(self.folder)],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            env=environment,
            cwd=PLACE,
        )

    def has(self, command: str) -> bool:
        return f"\n  {command} " in self.run("--help").stdout

    def practice(self, command: str, *words: str) -> None:
        subprocess.run(
            [*self.program, "practice", command, str(self.folder), *words],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=PLACE,
        )

    def end(self, name: str, *words: str, exits: int = 0) -> dict[str, Any]:
        """Do it, and call the run and its set by this name.

        Raises:
            RuntimeError: it did not exit as it should.
        """
        done = self.run(*words, "--json")
        if done.returncode not in ({0, 3} if exits == 0 else {exits}):
            raise RuntimeError(f"{words}: {done.returncode}\n{done.stdout[-2000:]}{done.stderr}")
        last: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        self.known[name] = last.get("run", "")
        return last

    def pace(self, seconds: float) -> None:
        """How long each store takes from now on."""
        file = self.folder / "practice.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | {"pace": seconds}, indent=2))

    def detached(self, *words: str, until: str) -> str:
        """Begin a run, and wait until a step begins that says this."""
        run = self.run(*words, "--detach").stdout.split()[0]
        journal = PLACE / f"{self.name}-state" / "runs" / run / "journal.jsonl"

        def begun() -> bool:
            known = lines(journal)
            if any('"run_finished"' in line for line in known):
                raise RuntimeError(f"{run} ended before {until}")
            return any('"step_started"' in line and until in line for line in known)

        waiting.until(begun, until)
        return run

    def kill(self, run: str) -> None:
        """End a run's worker as a machine does that loses its power."""
        file = PLACE / f"{self.name}-state" / "runs" / run / "worker.json"
        os.kill(json.loads(file.read_text())["pid"], signal.SIGKILL)

    def ask(self, words: Words, kind: str) -> None:
        """Write down what is said to these words, and how it exits."""
        words = tuple(word.format(**self.known) for word in words)
        if words[:2] == ("undo", "last"):
            words = ("undo", self.known["last restore"], *words[2:])
        done = self.run(*words)
        if "restore" in words and done.stdout.startswith("{"):
            self.known["last restore"] = json.loads(done.stdout.splitlines()[0])["run"]
        self.answers.append(
            {
                "platform": self.name,
                "kind": kind,
                "words": list(words),
                "exit": done.returncode,
                "out": done.stdout,
                "err": done.stderr,
            }
        )
        print(f"{done.returncode:4} {self.name}: {' '.join(words)}")


def lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


def create(program: list[str]) -> None:
    """Both forms, a minute old: a backup links to no file that changed just before the last one."""
    small = ("--users", "2", "--attachments", "1", "--pace", "0")
    Made("single", program).practice("create", *small)
    Made("cluster", program).practice("create", *small, "--form", "cluster")
    made = time.time()
    waiting.until(lambda: time.time() - made > SETTLED, "calm", seconds=2 * SETTLED)


def single(program: list[str]) -> Made:
    """What an operator of one machine has lying around after some weeks."""
    made = Made("single", program)
    made.end("oldest", "backup", "--label", "oldest")
    made.known["first"] = made.end("backup", "backup", "--label", "first")["set"]
    made.practice("grow", "--users", "1", "--attachments", "1")
    made.known["second"] = made.end("linked", "backup", "--label", "second")["set"]
    made.end("pruned", "prune", "--keep-last", "2", "--confirm", DOMAIN)
    made.practice("fault", "mongodump-fails")
    made.end("failed", "backup", exits=1)
    made.practice("fault", "--clear")
    made.pace(3)
    made.known["cancelled"] = made.detached("backup", until="title")
    made.run("cancel", made.known["cancelled"])
    made.run("attach", made.known["cancelled"])
    made.known["died"] = made.detached("backup", until="mongodump")
    made.kill(made.known["died"])
    made.pace(0)
    made.run("recover")
    made.run("verify", made.known["first"])
    made.run("verify", made.known["second"], "--sample", "5%")
    made.end("restore", "restore", made.known["first"], "--confirm", DOMAIN)
    made.end("undo", "undo", made.known["restore"])
    made.practice("wipe", "core")
    made.run("status")  # a later version opens an incident here
    made.end("core back", "restore", made.known["second"], "--confirm", DOMAIN)
    made.end("released", "release", made.known["undo"], "--confirm", DOMAIN)
    if made.has("incident"):
        made.run("incident", "note", "The disk of core was gone.")
        made.run("incident", "close", "A new disk.")
    if made.has("pin"):
        made.run("pin", made.known["first"], "--why", "the yearly one")
    if made.has("drill"):
        made.run("drill", "run", made.known["second"])
    return made


def cluster(program: list[str]) -> Made:
    """Several machines, a set of all, and a set of register alone."""
    made = Made("cluster", program)
    made.known["first"] = made.end("backup", "backup", "--label", "all")["set"]
    made.known["second"] = made.end("linked", "backup", "--label", "again")["set"]
    register = made.end("part", "backup", "--role", "register")["set"]
    made.end("restore", "restore", register, "--confirm", DOMAIN)
    made.end("undo", "undo", made.known["restore"])
    made.known["failed"] = made.known["cancelled"] = made.known["backup"]
    return made


def half_done(program: list[str]) -> Made:
    """A restore whose worker was killed while it restored MongoDB."""
    made = Made("half-done", program)
    made.practice("create", "--users", "1", "--attachments", "0", "--pace", "0")
    made.known["first"] = made.known["second"] = made.end("backup", "backup")["set"]
    made.pace(3)
    made.known["restore"] = made.detached(
        "restore", "latest", "--confirm", DOMAIN, until="Restore MongoDB on single and compare"
    )
    made.kill(made.known["restore"])
    made.pace(0)
    return made


def pack(into: Path) -> None:
    """Everything at the place, with times to the nanosecond, holes, links and owners."""
    tar = ["tar", "-C", str(PLACE.parent), "--sparse", "--sort=name", "--numeric-owner"]
    tar += ["--format=posix", "--pax-option=exthdr.name=%d/pax/%f,delete=atime,delete=ctime"]
    done = subprocess.run([*tar, "-cf", "-", PLACE.name], check=True, stdout=subprocess.PIPE)
    into.write_bytes(lzma.compress(done.stdout, filters=FILTERS))


def main(version: str, *program: str) -> None:
    PLACE.mkdir(mode=0o755)  # never into what is somebody's
    kept = Path(__file__).parent / version
    kept.mkdir(exist_ok=True)
    try:
        create(list(program))
        platforms = [one(list(program)) for one in (single, cluster, half_done)]
        later = tuple(words for words in LATER if platforms[0].has(words[0]))
        for made in platforms:
            if made.name == "half-done":
                for command in ("status", "runs", "list"):
                    made.ask((command, "--json"), "look")
                continue
            for words in LOOKS + later:
                made.ask(words, "look")
        pack(kept / "platforms.tar.xz")
        for made in platforms:
            for words in ACTS[made.name]:
                made.ask(words, "act")
        answers = [answer for made in platforms for answer in made.answers]
        text = json.dumps(answers, indent=1).encode()
        (kept / "answers.json.xz").write_bytes(lzma.compress(text, filters=FILTERS))
    finally:
        if not os.environ.get("GOLDEN_KEEP"):
            shutil.rmtree(PLACE)


if __name__ == "__main__":
    main(*sys.argv[1:])
