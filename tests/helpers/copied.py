"""A practice platform, alone or with its first set, made once for all processes of a run and
copied, for tests that are about what comes after: a copy costs a third of what making it costs.

What is copied is what lies there, and nothing is left of the place where it was made: each path is
the copy's, and so are the vault's mark and the folders that mounts show.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import json
import os
import secrets
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.practice import platform
from pryv_tui.practice.inodes import identity
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.practice.state import ENGINE_FILE, birth_of
from pryv_tui.runs.record.events import RunFinished
from pryv_tui.runs.start import follow, start_run
from pryv_tui.vault.mark import MARK, read_mark, stamp_of
from pryv_tui.vault.set_files import SEAL
from tests.helpers.in_memory import PLACE
from tests.helpers.waiting import until

_MADE = "PYTEST_MADE_ONCE"
"""The folder of what was made, also for the processes of xdist."""
BESIDE = ("", "-vault", "-state")
"""What belongs to a platform, by how its name goes on after the platform's."""
_TEXTS = (f"hosts/*/{ENGINE_FILE}",), (MARK, "*/set.json", "*/RESTORE.md"), (
    "vaults.json", "roles.json", "runs/*/*.json", "runs/*/*.jsonl",
)  # fmt: skip
"""Of each, the files that name where they lie, or which vault it is."""


def choose_place() -> None:
    """Say where it is made: a folder that this process removes as it ends."""
    if _MADE not in os.environ:
        place = os.environ[_MADE] = tempfile.mkdtemp("-made-once", dir=os.environ.get(PLACE))
        atexit.register(_remove, place, os.getpid())


def _remove(place: str, owner: int) -> None:
    if os.getpid() == owner:  # and none that was forked from it
        shutil.rmtree(place, ignore_errors=True)


def new(
    folder: Path,
    *,
    form: str = "single-node",
    users: int = 8,
    attachments: int = 24,
    seed: int = 1,
) -> PracticePlatform:
    """A platform as it is when it was made, where no test is about its making."""
    kind = Kind(form, users, attachments, seed)
    return _copied(folder.absolute(), f"new-{kind.name}", lambda there: _make(there, kind))


def with_set(
    folder: Path,
    *,
    form: str = "single-node",
    users: int = 1,
    attachments: int = 0,
    seed: int = 1,
    label: str = "",
) -> PracticePlatform:
    """A platform of which a backup was taken: its vault and its state folder lie beside it."""
    kind = Kind(form, users, attachments, seed)

    def made(there: Path) -> PracticePlatform:
        return _back_up(new(there, **kind._asdict()), label)

    return _copied(folder.absolute(), f"{kind.name}-{label}", made)


class Kind(NamedTuple):
    """What makes two platforms alike."""

    form: str
    users: int
    attachments: int
    seed: int

    @property
    def name(self) -> str:
        """It, with what else a platform made now would be: a test may have given it another domain,
        or machines of its own, of which nobody else wants a copy."""
        now = vars(platform)  # which a test may have changed
        made = now["Settings"](form=self.form, seed=self.seed, created="")
        words = repr((msgspec.structs.asdict(made), dict(now["hosts_of"](self.form))))
        said = hashlib.sha256(words.encode()).hexdigest()[:16]
        return "-".join(map(str, (*self, said)))


def _copied(folder: Path, name: str, make: Callable[[Path], PracticePlatform]) -> PracticePlatform:
    """What is made once under a name, copied to a folder; made there where it can't be copied."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    choose_place()  # for who is started without pytest
    there = Path(os.environ[_MADE])
    if (
        shlex.quote(str(folder)) != str(folder)  # it stands in commands otherwise than it is
        or folder.parent.stat().st_dev != there.stat().st_dev
        or folder.exists()  # whoever makes one there is told so
    ):
        return make(folder)
    made = there / name
    with Path(f"{made}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (done := made / "done").exists():
            shutil.rmtree(made, ignore_errors=True)
            make(made / "p")
            done.touch()
    return copy_of(made / "p", folder)


def _make(folder: Path, kind: Kind) -> PracticePlatform:
    return PracticePlatform.create(folder, **kind._asdict())


def _back_up(made: PracticePlatform, label: str) -> PracticePlatform:
    # By a worker: of what is copied nobody is at work, while this process goes on.
    record = start_run(
        resolve_settings(practice=str(made.folder), environment={}), "backup", label=label
    )
    *_, last = (event for _line, event in follow(record))
    assert isinstance(last, RunFinished) and last.exit == 0, last
    worker = json.loads((Path(record.folder) / "worker.json").read_bytes())["pid"]
    until(lambda: worker != os.getpid() and birth_of(worker) is None, "the worker's end")
    return made


def copy_of(made: Path, folder: Path) -> PracticePlatform:
    """A platform at another place, with its vault and its state folder where it has any."""
    mark = read_mark(Path(f"{made}-vault"))
    changed = [(os.fsencode(made), os.fsencode(folder))]
    if mark is not None:
        changed.append((mark.id.encode(), secrets.token_hex(16).encode()))
    for beside, texts in zip(BESIDE, _TEXTS, strict=True):
        was, now = (Path(f"{place}{beside}") for place in (made, folder))
        if not was.exists():
            continue
        subprocess.run(["cp", "-a", "--", was, now], check=True)
        for path in (path for pattern in texts for path in now.glob(pattern)):
            content = path.read_bytes()
            for word, another in changed:
                content = content.replace(word, another)
            _say(path, content)
    for path in Path(f"{folder}-vault").glob(f"*/{SEAL}"):
        names = [line.split("  ", 1)[1] for line in path.read_text().splitlines()]
        hashes = [hashlib.sha256((path.parent / name).read_bytes()).hexdigest() for name in names]
        lines = (f"{told}  {name}\n" for told, name in zip(hashes, names, strict=True))
        _say(path, "".join(lines).encode())
    for path in folder.glob(_TEXTS[0][0]):
        engine = json.loads(path.read_bytes())
        for container in engine["containers"].values():
            for mount in container["mounts"]:
                if mount["seen"] is not None:
                    mount["seen"] = identity(Path(mount["source"]))
        _say(path, msgspec.json.format(msgspec.json.encode(engine)))
    known = Path(f"{folder}-state/vaults.json")
    if known.exists():
        told: dict[str, Any] = json.loads(known.read_bytes())
        for path_of, ones in told["vaults"].items():
            stamp = stamp_of(Path(path_of))
            ones[-1]["stamp"] = msgspec.to_builtins(stamp)
        _say(known, msgspec.json.format(msgspec.json.encode(told)))
    return PracticePlatform.open(folder)


def _say(path: Path, content: bytes) -> None:
    """Write into a file, which stays as old as it is."""
    then = path.stat()
    path.write_bytes(content)
    os.utime(path, ns=(then.st_atime_ns, then.st_mtime_ns))
