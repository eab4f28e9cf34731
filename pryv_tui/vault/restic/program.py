"""The program restic on one repository: encrypted, deduplicated, on this machine or remote.

Credentials come from restic's own environment and files. This program neither reads nor stores nor
shows them.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.programs import Lines, Output, Tail
from pryv_tui.vault.files.types import CancelToken
from pryv_tui.vault.restic.locks import again_unlocked
from pryv_tui.vault.restic.process import ResticProcess
from pryv_tui.vault.restic.protocol import (
    INCOMPLETE,
    SENDING_TAG,
    SET_TAG,
    TAG,
    Locked,
    Snapshot,
    Status,
    Summary,
    failure,
    is_hindered,
    line_of,
    snapshots_of,
)

LOCK_SECONDS = 3600.0
"""Longest wait, in seconds, for others who have locked the repository: another platform's set may
be large."""


class Restic(ResticProcess):
    """Restic's commands to one repository."""

    def snapshots(self, *, cancel: CancelToken | None = None) -> list[Snapshot]:
        """Return the snapshots that are backup sets, or were to become one; oldest first per set.

        Raises:
            PryvTuiError: `repository`, with its problem; `program-missing`.
        """
        answer: list[bytes] = []
        self._look(["snapshots", "--json", "--tag", TAG], answer.append, cancel)
        return snapshots_of(b"".join(answer), self.location)

    def read(self, snapshot: str, path: str, sink: Callable[[bytes], None]) -> None:
        """Pass the content of one file in a snapshot to `sink`.

        Raises:
            PryvTuiError: `repository`, also if there is no such file.
        """
        self._look(["dump", snapshot, path], sink)

    def backup_words(self, set_id: str, domain: str, parent: str) -> list[str]:
        """Return the command that sends a set; to be run in the set's folder.

        That folder is the snapshot's root. The files' ctimes are ignored, because each new hard
        link to a file changes them.
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
        """Send a set's folder as a snapshot, which becomes a set only by `name_set`.

        Args:
            folder: the set's folder.
            set_id: the id of the set.
            domain: the platform's domain, used as restic's host name.
            parent: snapshot of the set that shares files with this one; empty: all files are read.
            on_output: called with restic's output, except for its progress.
            on_progress: called with the bytes done and the bytes in all.
            cancel: ends the command.

        Raises:
            PryvTuiError: `repository`, also if some files could not be read.
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
            with contextlib.suppress(PryvTuiError):  # even if it stays, it is not a set
                self.forget([summaries[-1].snapshot_id], on_output=on_output)
            raise PryvTuiError(
                "repository",
                f"restic could not read everything of {folder}; its snapshot is not a set",
                f"See which files: pryv-tui verify {set_id}; once that finds nothing wrong, send"
                f" the set: pryv-tui send {set_id}; otherwise take a new backup: pryv-tui backup",
            )
        if code != 0:
            raise failure(said.text, code, self.location, "sent")
        if not summaries:
            raise PryvTuiError(
                "repository",
                f"restic exited with 0, but named no snapshot in {self.name}",
                f"See what there is: {self.command('snapshots')}; then send it again: pryv-tui send"
                f" {set_id}",
            )
        return summaries[-1]

    def name_words(self, snapshot: str, set_id: str) -> list[str]:
        return ["tag", "--set", f"{TAG},{SET_TAG}{set_id}", snapshot]

    def name_set(
        self, snapshot: str, set_id: str, *, on_output: Output, cancel: CancelToken | None = None
    ) -> None:
        """Tag a snapshot as a set. By this the snapshot gets another id.

        If others have locked the repository, this waits for them, at most `LOCK_SECONDS`.

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
            self._sleep(self._look_every, cancel)

    def _sleep(self, seconds: float, cancel: CancelToken | None) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if cancel is not None and cancel.is_set():
                raise Cancelled("restic was not waited for any longer")
            time.sleep(0.1)

    def restore_words(self, snapshot: str, target: str) -> list[str]:
        # Before 0.15 restic can't make holes: sparse files come back full of zeros (its changelog).
        sparse = ["--sparse"] if self._version is not None and self._version >= (0, 15, 0) else []
        return ["restore", snapshot, "--target", target, *sparse]

    def restore(
        self, snapshot: str, target: Path, *, on_output: Output, cancel: CancelToken | None = None
    ) -> None:
        """Restore a snapshot into a folder.

        Raises:
            PryvTuiError: `repository`, `disk-full`; what was restored so far stays.
        """
        self.version()
        words = self.restore_words(snapshot, str(target))
        self._do(words, "fetched", on_output, cancel)

    def check_words(self, part: int = 1, parts: int = 1) -> list[str]:
        return ["check", "--read-data" if parts == 1 else f"--read-data-subset={part}/{parts}"]

    @again_unlocked
    def check(
        self, *, part: int = 1, parts: int = 1, on_output: Output, cancel: CancelToken | None = None
    ) -> list[str]:
        """Read the repository, or one of its parts, and compare all data with its hashes.

        Returns:
            The errors in the repository's data, in restic's words; empty if there are none.

        Raises:
            PryvTuiError: `repository`, `disk-full`: the repository could not be checked completely,
                so nothing is known about its data.
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
            return lines or [
                f"restic check exited with {code}, but did not report that there are no errors"
            ]
        raise failure(said.text, code, self.location, "checked")

    def forget_words(self, snapshots: Sequence[str]) -> list[str]:
        return ["forget", *snapshots]

    def forget(
        self, snapshots: Sequence[str], *, on_output: Output, cancel: CancelToken | None = None
    ) -> None:
        """Remove snapshots. Their data stays in the repository until a `prune`.

        Raises:
            PryvTuiError: `repository`.
        """
        self._do(self.forget_words(snapshots), "forgotten", on_output, cancel)

    def prune(self, *, on_output: Output, cancel: CancelToken | None = None) -> None:
        """Remove data that no snapshot needs.

        Raises:
            PryvTuiError: `repository`.
        """
        self._do(["prune"], "pruned", on_output, cancel)
