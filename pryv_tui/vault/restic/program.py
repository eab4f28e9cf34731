"""The program restic, run on one repository: encrypted, deduplicated, on this machine or off it.

Credentials come from restic's own environment and files; none is read, kept or shown here.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.programs import PATIENCE, Lines, Output, Tail, follow, start
from pryv_tui.reading import LINE, read_whole
from pryv_tui.vault.files.types import CancelToken
from pryv_tui.vault.restic.locks import again_unlocked
from pryv_tui.vault.restic.protocol import (
    FILTERS,
    INCOMPLETE,
    INSTALL,
    OLDEST,
    PLACES,
    PREFIX,
    SENDING_TAG,
    SET_TAG,
    TAG,
    Act,
    Locked,
    Snapshot,
    Status,
    Summary,
    check_environment,
    check_location,
    failure,
    is_hindered,
    line_of,
    local_path,
    shown,
    snapshots_of,
    version_of,
)

LOCK_SECONDS = 3600.0
"""How long others are waited for that hold the repository: another platform's set may be large."""
LOCK_LOOK = 5.0
"""How often it is looked whether they are gone, seconds."""
READING = ("--no-lock",)
"""For looking: it changes nothing there, needs no right to write, and waits for nobody."""


class Restic:
    """One repository.

    Args:
        location: as restic's `-r` takes it; empty: what its environment names.
        program: its name or path.
        environment: what it is given; our own where None.

    Raises:
        PryvTuiError: `usage`, the location holds a password.
    """

    def __init__(
        self,
        location: str,
        *,
        program: str = "restic",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        check_location(location)
        self.location = location
        self._program = program
        self._given = environment
        self._version: tuple[int, int, int] | None = None

    @property
    def name(self) -> str:
        """The repository as people are told it."""
        return shown(self.location)

    @property
    def environment(self) -> dict[str, str]:
        return dict(os.environ if self._given is None else self._given)

    @property
    def folder(self) -> str | None:
        """Where the repository lies on this machine, whoever names it; None for one elsewhere."""
        environment = self.environment
        place = self.location or environment.get(PLACES[0]) or ""
        named = environment.get(PLACES[1])
        if not place and named:
            with contextlib.suppress(OSError, ValueError):
                place = read_whole(named, limit=LINE).decode().strip()
        return local_path(place)

    def argv(self, *words: str) -> list[str]:
        place = ["-r", self.location] if self.location else []
        return [self._program, *place, *words]

    def command(self, *words: str) -> str:
        """The shell line that does the same by hand."""
        return shlex.join(self.argv(*words))

    def version(self) -> tuple[int, int, int]:
        """Its version; asked once.

        Raises:
            PryvTuiError: `program-missing`, there is none; `repository`, it is too old.
        """
        if self._version is None:
            said: list[bytes] = []
            self._run(["version"], lambda _stream, chunk: said.append(chunk), bare=True)
            found = version_of(b"".join(said).decode("utf-8", "replace"))
            if found is None or found < OLDEST:
                is_ = ".".join(map(str, found)) if found else "of an unknown version"
                raise PryvTuiError(
                    "repository",
                    f"the restic on this machine is {is_}; it has to be"
                    f" {'.'.join(map(str, OLDEST))} or newer",
                    "Put a newer one first on the PATH: restic.net has it as one file.",
                )
            self._version = found
        return self._version

    def snapshots(self, *, cancel: CancelToken | None = None) -> list[Snapshot]:
        """Those that hold backup sets or were to, oldest first.

        Raises:
            PryvTuiError: `repository`, with what is wrong with it; `program-missing`.
        """
        answer, code, said = self._ask([*READING, "snapshots", "--json", "--tag", TAG], cancel)
        if code != 0:
            raise failure(said, code, self.location, "read")
        return snapshots_of(answer)

    def read(self, snapshot: str, path: str, sink: Callable[[bytes], None]) -> None:
        """Hand on the content of one file of a snapshot.

        Raises:
            PryvTuiError: `repository`, also where it has no such file.
        """
        said = Tail()

        def hear(stream: Literal["stdout", "stderr"], chunk: bytes) -> None:
            if stream == "stdout":
                sink(chunk)
            else:
                said.add(chunk)

        code = self._run([*READING, "dump", snapshot, path], hear)
        if code != 0:
            raise failure(said.text, code, self.location, "read")

    def backup_words(self, set_id: str, domain: str, parent: str) -> list[str]:
        """What a set is sent with; run in the set's folder.

        Its folder is the snapshot's root, wherever it lies. Its change times are no sign of a
        change: each name that a file gets by linking sets them again.
        """
        return [
            "backup",
            "--json",
            *(("--parent", parent, "--ignore-ctime") if parent else ("--force",)),
            "--host",
            domain,
            "--tag",
            f"{TAG},{SENDING_TAG}{set_id}",
            ".",
        ]

    @again_unlocked
    def backup(
        self,
        folder: Path,
        *,
        set_id: str,
        domain: str,
        parent: str = "",
        on_output: Output,
        on_progress: Callable[[int, int], None],
        cancel: CancelToken | None = None,
    ) -> Summary:
        """Send a set's folder as a snapshot, which is no set before `name_set`.

        Args:
            parent: the snapshot of the set whose files this one shares; empty: all is read.
            on_output: receives what it prints beside its progress.
            on_progress: receives bytes done and in all.

        Raises:
            PryvTuiError: `repository`, also where the snapshot lacks what could not be read.
        """
        said, found = Tail(), Lines()
        summaries: list[Summary] = []

        def hear(stream: Literal["stdout", "stderr"], chunk: bytes) -> None:
            if stream == "stderr":
                said.add(chunk)
                on_output(stream, chunk)
                return
            for line in found.feed(chunk):
                known = line_of(line)
                if isinstance(known, Status):
                    on_progress(known.bytes_done, known.total_bytes)
                    continue
                if isinstance(known, Summary):
                    summaries.append(known)
                on_output(stream, line + b"\n")

        words = self.backup_words(set_id, domain, parent)
        code = self._run(words, hear, cwd=folder, cancel=cancel)
        if code == INCOMPLETE and summaries:
            with contextlib.suppress(PryvTuiError):  # it is no set, there or not
                self.forget([summaries[-1].snapshot_id], on_output=on_output)
            raise PryvTuiError(
                "repository",
                f"restic could not read everything of {folder}; its snapshot is no set",
                f"See which files: pryv-tui verify {set_id}; when that finds nothing any more, send"
                f" it: pryv-tui send {set_id}; else take a new backup: pryv-tui backup",
            )
        if code != 0:
            raise failure(said.text, code, self.location, "sent")
        if not summaries:
            raise PryvTuiError(
                "repository",
                f"restic ended with 0 and told of no snapshot in {self.name}",
                f"See what there is: {self.command('snapshots')}; then send it again: pryv-tui send"
                f" {set_id}",
            )
        return summaries[-1]

    def name_words(self, snapshot: str, set_id: str) -> list[str]:
        return ["tag", "--set", f"{TAG},{SET_TAG}{set_id}", snapshot]

    def name_set(
        self,
        snapshot: str,
        set_id: str,
        *,
        on_output: Output,
        cancel: CancelToken | None = None,
    ) -> None:
        """Make a snapshot a set; it gets another id by that. Waits while others hold the
        repository, `LOCK_SECONDS` at most.

        Raises:
            PryvTuiError: `repository`.
        """
        began = time.monotonic()
        while True:
            try:
                self._do(self.name_words(snapshot, set_id), "named", on_output, cancel)
                return
            except Locked:
                if time.monotonic() - began > LOCK_SECONDS:
                    raise
            self._sleep(LOCK_LOOK, cancel)

    def _sleep(self, seconds: float, cancel: CancelToken | None) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if cancel is not None and cancel.is_set():
                raise Cancelled("restic was not waited for any longer")
            time.sleep(0.1)

    def restore_words(self, snapshot: str, target: str) -> list[str]:
        # Before 0.15 it can't make holes: such files come back full of zeros (its changelog).
        sparse = ["--sparse"] if self._version is not None and self._version >= (0, 15, 0) else []
        return ["restore", snapshot, "--target", target, *sparse]

    def restore(
        self, snapshot: str, target: Path, *, on_output: Output, cancel: CancelToken | None = None
    ) -> None:
        """Bring a snapshot into a folder.

        Raises:
            PryvTuiError: `repository`, `disk-full`; what came so far stays in the folder.
        """
        self.version()
        words = self.restore_words(snapshot, str(target))
        self._do(words, "fetched", on_output, cancel)

    def check_words(self, part: int = 1, parts: int = 1) -> list[str]:
        return ["check", "--read-data" if parts == 1 else f"--read-data-subset={part}/{parts}"]

    @again_unlocked
    def check(
        self,
        *,
        part: int = 1,
        parts: int = 1,
        on_output: Output,
        cancel: CancelToken | None = None,
    ) -> list[str]:
        """Read the repository, or one part of so many, and compare everything with its hash.

        Returns:
            what is wrong with its data, in restic's words; nothing where all is good.

        Raises:
            PryvTuiError: `repository`, `disk-full`, it could not be checked, or not all of it: of
                its data that is no word.
        """
        said, told = Tail(), Tail()

        def hear(stream: Literal["stdout", "stderr"], chunk: bytes) -> None:
            (said if stream == "stderr" else told).add(chunk)
            on_output(stream, chunk)

        code = self._run(self.check_words(part, parts), hear, cancel=cancel)
        if code == 0 and "no errors were found" in told.text:
            return []
        if is_hindered(said.text):
            raise failure(said.text, code, self.location, "checked")
        if "Fatal: repository contains errors" in said.text or code == 0:
            lines = [line.strip() for line in said.text.splitlines() if line.strip()]
            return lines or [f"restic check ended with {code} and did not say that all is well"]
        raise failure(said.text, code, self.location, "checked")

    def forget_words(self, snapshots: Sequence[str]) -> list[str]:
        return ["forget", *snapshots]

    def forget(
        self,
        snapshots: Sequence[str],
        *,
        on_output: Output,
        cancel: CancelToken | None = None,
    ) -> None:
        """Remove snapshots; their data stays until a `prune`.

        Raises:
            PryvTuiError: `repository`.
        """
        self._do(self.forget_words(snapshots), "forgotten", on_output, cancel)

    def prune(self, *, on_output: Output, cancel: CancelToken | None = None) -> None:
        """Remove the data that no snapshot needs any more.

        Raises:
            PryvTuiError: `repository`.
        """
        self._do(["prune"], "pruned", on_output, cancel)

    @again_unlocked
    def _do(
        self, words: Sequence[str], act: Act, on_output: Output, cancel: CancelToken | None
    ) -> None:
        said = Tail()

        def hear(stream: Literal["stdout", "stderr"], chunk: bytes) -> None:
            if stream == "stderr":
                said.add(chunk)
            on_output(stream, chunk)

        code = self._run(words, hear, cancel=cancel)
        if code != 0:
            raise failure(said.text, code, self.location, act)

    def _ask(
        self, words: Sequence[str], cancel: CancelToken | None = None
    ) -> tuple[bytes, int, str]:
        answer: list[bytes] = []
        said = Tail()

        def hear(stream: Literal["stdout", "stderr"], chunk: bytes) -> None:
            if stream == "stdout":
                answer.append(chunk)
            else:
                said.add(chunk)

        code = self._run(words, hear, cancel=cancel)
        return b"".join(answer), code, said.text

    def _run(
        self,
        words: Sequence[str],
        hear: Output,
        *,
        cwd: Path | None = None,
        cancel: CancelToken | None = None,
        bare: bool = False,
    ) -> int:
        """Run it and hand on what it prints; its exit code.

        Args:
            bare: it is asked for nothing that needs a repository.
        """
        if not bare:
            check_environment(self.location, self.environment)
            self.version()
        environment = self._clean()
        process = start(
            [self._program, *words] if bare else self.argv(*words),
            cwd=cwd,
            environment=environment,
            missing=PryvTuiError(
                "program-missing",
                f"a vault {PREFIX}… needs restic, and there is none on this machine",
                INSTALL,
            ),
        )
        try:
            return follow(process, hear, cancel)
        except BaseException:
            if not bare:
                self.unlock()
            raise

    def _clean(self) -> dict[str, str]:
        """Its environment without what would have it look elsewhere, or at less."""
        environment = self.environment
        if self.location:
            for name in PLACES:  # a second name of a repository is refused by restic
                environment.pop(name, None)
        for name in FILTERS:
            environment.pop(name, None)
        # It prints sixty lines a second otherwise, each of them into the journal.
        environment.setdefault("RESTIC_PROGRESS_FPS", "2")
        return environment

    def unlock(self) -> None:
        """Take away locks whose process is gone, or that are old, and no others (restic's manual,
        `unlock`): one that was ended in its first moments, or killed, leaves its own."""
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(
                self.argv("unlock"),
                env=self._clean(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=PATIENCE,
            )
