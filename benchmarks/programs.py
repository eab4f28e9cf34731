"""What is measured: our engine and the programs that an operator would use instead.

Each gives command lines for the same five tasks; `None` where it has no such task.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from shlex import quote

TASKS = ("first copy", "unchanged", "1 % changed", "verify", "restore")

Commands = list[list[str]]
"""Programs to run one after the other; a pipe is run by `sh`."""


class Program:
    """One way to do it; `home` is a folder of its own for one round."""

    name = ""
    needs: tuple[str, ...] = ()

    @property
    def installed(self) -> bool:
        """Whether everything it needs is there."""
        return all(shutil.which(program) for program in self.needs)

    @property
    def environment(self) -> dict[str, str]:
        """What its processes get besides ours."""
        return {}

    def prepare(self, home: Path) -> Commands:
        """What has to be there before it is measured."""
        return []

    def copied(self, home: Path) -> Path:
        """What `first` wrote, which all tasks after it read."""
        return home / "first"

    def first(self, source: Path, home: Path) -> Commands | None:
        """The first copy of a tree."""
        return None

    def second(self, source: Path, home: Path, name: str = "second") -> Commands | None:
        """Another copy, named so, of which `first` holds most already."""
        return None

    def verify(self, home: Path) -> Commands | None:
        """Read everything that `first` wrote, and compare it with what it was."""
        return None

    def restore(self, home: Path) -> Commands | None:
        """Bring the tree back from what `first` wrote."""
        return None


class Ours(Program):
    """This project's engine, hashing what it copies."""

    name = "pryv-tui"

    @property
    def environment(self) -> dict[str, str]:
        # As installed: compiled once, also where this variable would have it done by each process.
        return {"PYTHONDONTWRITEBYTECODE": ""}

    def _run(self, *words: str | Path) -> Commands:
        return [[sys.executable, "-m", "benchmarks.ours", *map(str, words)]]

    def first(self, source: Path, home: Path) -> Commands:
        return self._run("copy", source, home / "first")

    def second(self, source: Path, home: Path, name: str = "second") -> Commands:
        return self._run("copy", source, home / name, home / "first")

    def verify(self, home: Path) -> Commands:
        return self._run("verify", home / "first")

    def restore(self, home: Path) -> Commands:
        return self._run("restore", home / "first", home / "back")


class Cp(Program):
    """`cp -a`: no hash, no check."""

    name = "cp -a"
    needs = ("cp",)

    def first(self, source: Path, home: Path) -> Commands:
        return [["cp", "-a", str(source), str(home / "first")]]

    def restore(self, home: Path) -> Commands:
        return [["cp", "-a", str(home / "first"), str(home / "back")]]


class Rsync(Program):
    """`rsync -aHAX`: no hash that lasts."""

    name = "rsync -aHAX"
    needs = ("rsync",)

    def _run(self, source: Path, target: Path, *more: str) -> Commands:
        return [["rsync", "-aHAX", "--numeric-ids", *more, f"{source}/", f"{target}/"]]

    def first(self, source: Path, home: Path) -> Commands:
        return self._run(source, home / "first")

    def second(self, source: Path, home: Path, name: str = "second") -> Commands:
        return self._run(source, home / name, f"--link-dest={home / 'first'}")

    def restore(self, home: Path) -> Commands:
        return self._run(home / "first", home / "back")


class Tar(Program):
    """`tar | tar`: no hash, no check."""

    name = "tar | tar"
    needs = ("tar",)

    def first(self, source: Path, home: Path) -> Commands:
        pack = f"tar -C {quote(str(source))} --xattrs --acls --numeric-owner -cf - ."
        unpack = f"tar -C {quote(str(home / 'first'))} --xattrs --acls --numeric-owner -xpf -"
        return [["mkdir", str(home / "first")], ["sh", "-c", f"{pack} | {unpack}"]]


class Restic(Program):
    """restic, encrypted as it always is."""

    name = "restic"
    needs = ("restic",)

    @property
    def environment(self) -> dict[str, str]:
        return {"RESTIC_PASSWORD": "benchmark", "RESTIC_CACHE_DIR": os.environ["BENCHMARK_CACHE"]}

    def _run(self, home: Path, *words: str) -> Commands:
        return [["restic", "-q", "-r", str(home / "first"), *words]]

    def prepare(self, home: Path) -> Commands:
        return self._run(home, "init")

    def first(self, source: Path, home: Path) -> Commands:
        return self._run(home, "backup", str(source))

    def second(self, source: Path, home: Path, name: str = "second") -> Commands:
        return self.first(source, home)

    def verify(self, home: Path) -> Commands:
        return self._run(home, "check", "--read-data")

    def restore(self, home: Path) -> Commands:
        return self._run(home, "restore", "latest", "--target", str(home / "back"))


class Borg(Program):
    """borg, unencrypted, with its default compression."""

    name = "borg"
    needs = ("borg",)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "BORG_BASE_DIR": os.environ["BENCHMARK_CACHE"],
            "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
        }

    def prepare(self, home: Path) -> Commands:
        return [["borg", "init", "--encryption=none", str(home / "first")]]

    def first(self, source: Path, home: Path) -> Commands:
        return [["borg", "create", f"{home / 'first'}::one", str(source)]]

    def second(self, source: Path, home: Path, name: str = "second") -> Commands:
        return [["borg", "create", f"{home / 'first'}::{name}", str(source)]]

    def verify(self, home: Path) -> Commands:
        return [["borg", "check", "--verify-data", str(home / "first")]]

    def restore(self, home: Path) -> Commands:
        back = quote(str(home / "back"))
        archive = quote(f"{home / 'first'}::one")
        return [["sh", "-c", f"mkdir {back} && cd {back} && borg extract {archive}"]]


class Bare(Program):
    """Nothing but SHA-256 of every file, in one process for each core: the most `verify` can do."""

    name = "bare SHA-256"

    def copied(self, home: Path) -> Path:
        return Ours().copied(home.parent / Ours.name) / "files"

    def verify(self, home: Path) -> Commands:
        return [[sys.executable, "-m", "benchmarks.ours", "hash", str(self.copied(home))]]


PROGRAMS: tuple[Program, ...] = (Ours(), Cp(), Rsync(), Tar(), Restic(), Borg(), Bare())
