"""Every error that the program ends with, as a table: name, exit code, meaning, remedy.

`docs/errors.md` is made from this table. An error always says what happened, what state things are
in, and what to do next; a traceback never reaches the operator.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import NamedTuple

from pryv_tui.sanitize import one_line


class Exit(IntEnum):
    """The exit codes that scripts rely on."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    WARNINGS = 3
    REFUSED = 4
    BUSY = 5
    CANCELLED = 130


class ErrorKind(NamedTuple):
    """One row of the table.

    The remedy is empty if it depends on what happened: then it is in the message or at the run's
    end. A text that gives nothing to do is not a remedy.
    """

    name: str
    exit: Exit
    meaning: str
    remedy: str


def _table(*rows: ErrorKind) -> dict[str, ErrorKind]:
    return {row.name: row for row in rows}


ERRORS: dict[str, ErrorKind] = _table(
    ErrorKind("usage", Exit.USAGE, "The command or one of its values is wrong.", "See --help."),
    ErrorKind(
        "no-terminal",
        Exit.USAGE,
        "The terminal interface needs a terminal.",
        "Open it in a terminal, or use a command. To see the commands: pryv-tui --help",
    ),
    ErrorKind(
        "engine-unreachable",
        Exit.FAILED,
        "The Docker Engine does not answer.",
        "Start it on its machine (systemctl start docker), or name another engine: with --docker"
        " or DOCKER_HOST; for several machines, in the configuration file.",
    ),
    ErrorKind(
        "engine-permission",
        Exit.FAILED,
        "The Docker Engine's socket refuses this user.",
        "Run it with sudo. A member of the docker group may look (status, runs), but not back up.",
    ),
    ErrorKind(
        "container-missing",
        Exit.FAILED,
        "A container that the step needs does not exist.",
        "To see what is missing, and how to bring it back: pryv-tui doctor",
    ),
    ErrorKind(
        "container-stopped",
        Exit.FAILED,
        "A container that the step needs is not running.",
        "Start it, then try again: pryv-tui containers start NAME --host HOST. To see the name"
        " and the host: pryv-tui status",
    ),
    ErrorKind(
        "program-missing",
        Exit.FAILED,
        "A program that the step needs is missing in the container.",
        "Give the container the image of its release (pryv.yml in the root), and bring it up"
        " again.",
    ),
    ErrorKind(
        "step-failed",
        Exit.FAILED,
        "A step of the run failed.",
        "",
    ),
    ErrorKind(
        "not-isolated",
        Exit.FAILED,
        "Something outside the sandbox of a drill was, or would have been, within its reach; the"
        " drill was ended.",
        "",
    ),
    ErrorKind(
        "check-failed",
        Exit.FAILED,
        "A check found that the result is not as it should be.",
        "",
    ),
    ErrorKind(
        "copy-process-died",
        Exit.FAILED,
        "A process of this program that copied files died; the copy is not complete.",
        "Look for the cause in the message (memory may have been short), then run the command"
        " again.",
    ),
    ErrorKind(
        "set-unknown",
        Exit.USAGE,
        "No backup set has that name.",
        "To see the sets of this vault: pryv-tui list",
    ),
    ErrorKind(
        "run-unknown",
        Exit.USAGE,
        "No run has that name.",
        "To see the runs known here: pryv-tui runs",
    ),
    ErrorKind(
        "incident-unknown",
        Exit.USAGE,
        "No incident has that name.",
        "To see the incidents known here: pryv-tui incident list",
    ),
    ErrorKind(
        "scenario",
        Exit.USAGE,
        "A scenario is not known, or its file can't be played.",
        "To see the scenarios that can be played: pryv-tui drill scenarios",
    ),
    ErrorKind(
        "drill-unknown",
        Exit.USAGE,
        "No drill has that name.",
        "To see the drills known here: pryv-tui drill list",
    ),
    ErrorKind(
        "set-damaged",
        Exit.FAILED,
        "A backup set is damaged: its content differs from what was recorded when it was made.",
        "Choose another: pryv-tui list",
    ),
    ErrorKind(
        "refused",
        Exit.REFUSED,
        "A guard refused; nothing was changed.",
        "",
    ),
    ErrorKind(
        "not-private",
        Exit.REFUSED,
        "Somebody else can write to a folder or a file that the program would have to trust.",
        "",
    ),
    ErrorKind(
        "busy",
        Exit.BUSY,
        "Another run is using the platform.",
        "Follow that run with attach, end it with cancel, or wait.",
    ),
    ErrorKind(
        "repository",
        Exit.FAILED,
        "The restic repository can't be used.",
        "See what restic itself says: restic -r REPOSITORY snapshots; then try again.",
    ),
    ErrorKind(
        "disk-full",
        Exit.FAILED,
        "The disk that is written to is full.",
        "Free space on the disk that the message names; a backup can go to another --vault.",
    ),
    ErrorKind(
        "unreadable",
        Exit.FAILED,
        "A file that has to be in the set can't be read.",
        "Read it as root (sudo), or correct its owner or mode; then try again.",
    ),
    ErrorKind(
        "means",
        Exit.FAILED,
        "This process, or the machine, is short of file descriptors or memory; nothing was found"
        " out about what was to be read.",
        "Allow more files (ulimit -n $(ulimit -Hn)), or free memory (free -m shows it), then try"
        " again.",
    ),
    ErrorKind(
        "rights",
        Exit.FAILED,
        "The user that the program runs as may not read a part of a set; nothing was found out"
        " about the set, and nothing is kept.",
        "Run the same command as root (sudo). Where a file server keeps root itself out, run it"
        " there.",
    ),
    ErrorKind(
        "server-gone",
        Exit.FAILED,
        "The file server of a set does not answer any more; nothing was found out about the set,"
        " and nothing is kept.",
        "Bring it back and mount it again (umount, then mount); then try again.",
    ),
    ErrorKind(
        "cancelled",
        Exit.CANCELLED,
        "The run was cancelled.",
        "",
    ),
    ErrorKind(
        "config",
        Exit.USAGE,
        "The configuration file can't be used.",
        "Correct in that file what the message names.",
    ),
    ErrorKind(
        "practice",
        Exit.FAILED,
        "The practice platform can't do that.",
        "",
    ),
    ErrorKind(
        "internal",
        Exit.FAILED,
        "A bug in this program.",
        "Please report it; if it was a run, with worker.log from the run's folder. To see if it"
        " left something half-done: pryv-tui status",
    ),
)


class PryvTuiError(Exception):
    """An error for the operator.

    Args:
        name: a row of `ERRORS`; gives the exit code and the default remedy.
        what: what happened, with the thing and the reason.
        remedy: what to do next, if the table's remedy is too general.
        path: the displayed path of the file that the error is about. Empty if it is about no file,
            or about the file of the error that it is raised from. The account that a file belongs
            to is found by this path, never by parsing a sentence.
        passes: whether the cause passes by itself: then two failed tries do not mean a lasting
            fault.
    """

    def __init__(
        self,
        name: str,
        what: str,
        remedy: str | None = None,
        *,
        path: str = "",
        passes: bool = False,
    ) -> None:
        # The texts contain names and words from engines and programs: none of them may begin a new
        # line, which could look like one of ours, or act on the terminal.
        super().__init__(one_line(what))
        self.kind = ERRORS[name]
        self.what = one_line(what)
        self._path = one_line(path)
        # The run that is using the platform will end.
        self.passes = passes or name == "busy"
        self.remedy = one_line(remedy) if remedy is not None else self.kind.remedy

    @property
    def name(self) -> str:
        return self.kind.name

    @property
    def path(self) -> str:
        """The file that the error is about; if it has none, the file of its cause (`raise …
        from`)."""
        return self._path or about_path(self.__cause__)

    @property
    def told(self) -> str:
        """What happened, and what to do (if there is anything to do), as sentences."""
        return f"{self.what}. {self.remedy}".rstrip()

    @property
    def exit(self) -> Exit:
        return self.kind.exit


def about_path(error: BaseException | None) -> str:
    """Return the displayed path of the file that an error or its causes are about; empty if none is
    known."""
    if error is None:
        return ""
    path = error.filename if isinstance(error, OSError) else getattr(error, "path", None)
    if isinstance(path, str | bytes | os.PathLike) and path:
        return one_line(os.fsencode(path).decode("utf-8", "backslashreplace"))
    return about_path(error.__cause__)


class AmbiguousName(PryvTuiError):
    """The error for the beginning of a name that fits several names."""


def ambiguous(row: str, name: str, all_of: Iterable[str]) -> AmbiguousName:
    """Return the error for a name that could mean any of these.

    Args:
        row: the row of `ERRORS` for a name that does not exist.
    """
    what = f"{name!r} could be any of {', '.join(all_of)}"
    return AmbiguousName(row, what, "Type more characters of the id.")


class Cancelled(PryvTuiError):
    """The operator cancelled; everything that was begun has ended."""

    def __init__(self, what: str = "cancelled by the operator") -> None:
        super().__init__("cancelled", what)


def all_of(errors: Sequence[PryvTuiError]) -> PryvTuiError:
    """Return one error with the messages of all of these; its remedy is that of the first."""
    first = errors[0]
    what = list(dict.fromkeys(error.what for error in errors))
    if len(what) == 1:
        return first
    paths = {error.path for error in errors}
    path = first.path if len(paths) == 1 else ""
    passes = all(error.passes for error in errors)
    return PryvTuiError(first.name, "; ".join(what), first.remedy, path=path, passes=passes)
