"""Commands that our messages name, made whole: with the options that this program was started with.

A hint that is pasted must mean the same platform. Without its `--practice DIR` it would mean the
real one.
"""

from __future__ import annotations

import os
import re
import shlex
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pryv_tui.operations.kind_files import kind_names
from pryv_tui.secrets import without
from pryv_tui.vault.restic.protocol import PREFIX, local_path

Switch = Literal["start", "stop", "restart", "logs"]
"""What `containers` does with one container."""

PATHS = ("practice", "root", "vault", "state", "config")
NAMES = ("practice", "root", "docker", "vault", "state", "config")
"""The options that decide which platform is meant, in the order in which they are written."""

WHILE_COPYING = "--verify-while-copying"
"""The option of a restore that has its set's hashes compared while it is copied back alone."""

_OTHERS = (
    "status",
    "doctor",
    "plan",
    "list",
    "runs",
    "attach",
    "cancel",
    "audit",
    "containers",
    "accept",
    "incident",
    "report",
    "pin",
    "unpin",
    "drill",
)
"""Our commands that start no run; those that do are called as its kind."""


def given_words(**options: str | None) -> tuple[str, ...]:
    """The options as words of a command line; paths are made absolute, since hints are pasted
    elsewhere too."""
    words: list[str] = []
    for name in NAMES:
        value = options.get(name)
        if value:
            # A name that holds a password is refused, and told without it until then.
            words += [f"--{name}", without(_absolute(value) if name in PATHS else value)]
    return tuple(words)


def container_command(what: Switch, container: str, host: str) -> str:
    """Our command for a container, as it can be typed. It names the machine: several may have one
    of that name. `docker` would mean none of a practice platform's."""
    return shlex.join(["pryv-tui", "containers", what, container, "--host", host])


def end_orphan(container: str, host: str) -> str:
    """How a dump that nobody follows any more is ended: an image may have no `kill`, but what was
    started in a container ends with it. What a dead run left has to be settled before."""
    return (
        "Wait for it: one that only looks is over soon. If a run left it that died (pryv-tui status"
        " says so): pryv-tui recover; else it ends with its container, which is up again at once"
        " (the last resort, since whatever else runs there is interrupted):"
        f" {container_command('restart', container, host)}"
    )


def writes_on(container: str, host: str) -> str:
    """What is done about a dump that may be somebody's own, before its folder can be given back."""
    return (
        f"Wait until it is over. If nobody needs it, it ends with its container, which is up again"
        " at once (the last resort, since whatever else runs there is interrupted):"
        f" {container_command('restart', container, host)} ; then: pryv-tui recover"
    )


def reads_on(container: str, host: str) -> str:
    """What becomes of a program that reads a database and sends it to its output."""
    return (
        "It writes no dump folder, and ends when it has read everything; a backup need not wait"
        " for it. If a look of yours that was killed has left it, this ends it at once: pryv-tui"
        " recover. That leaves running whatever is not known to be such a one."
        f" {by_who_knows(container, host)}"
    )


def by_who_knows(container: str, host: str) -> str:
    """How somebody ends a program of which only a person knows that nobody needs it."""
    restart = container_command("restart", container, host)
    return (
        "Whether it still runs: pryv-tui doctor. If you know that nobody needs it, it ends with its"
        " container, which is up again at once (the last resort, since whatever else runs there is"
        f" interrupted): {restart}"
    )


def unpaused(container: str, host: str, *, practice: bool) -> str:
    """How a container goes on that is paused: whoever paused it knows, and a run that died left it
    so. No command of ours does it alone, and Docker means none of a practice platform's."""
    held = (
        f"A run that holds {container} lets it go at its end; what one left that died, settles:"
        " pryv-tui recover"
    )
    if practice:
        return held
    docker = shlex.join(("docker", "unpause", container))
    return f"{held}. If it was somebody else, on {host}: {docker}"


def or_by_hand(*words: str, practice: bool) -> str:
    """The same with Docker alone, for the day this tool is not available.

    Nothing where Docker would mean another platform than the practice one.
    """
    return "" if practice else f" (without this tool: {shlex.join(words)})"


def _absolute(value: str) -> str:
    """A path made absolute, so that it is valid from any folder; `value` may also name a restic
    repository."""
    repository = value.startswith(PREFIX)
    place = local_path(value.removeprefix(PREFIX)) if repository else value
    if place is None:
        return value
    return (PREFIX if repository else "") + os.path.normpath(Path(place).absolute())


def completed(text: str, given: tuple[str, ...]) -> str:
    """A message in which every command carries the given options; one that has them stays."""
    if not given:
        return text
    commands = _named((*_OTHERS, *kind_names()))
    return commands.sub(lambda _: f"pryv-tui {shlex.join(given)} ", text)


@lru_cache
def _named(commands: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\bpryv-tui (?=(?:{'|'.join(commands)})\b)")


def confirm_words(domain: str) -> str:
    """How a command is confirmed, as its last words."""
    return f" --confirm {shlex.quote(domain)}"


def erase_command(name: str) -> str:
    """The command that erases an account of a restored platform again, with all that it has in
    core, its series and register's entry: the vendor's own tool, run on core's machine
    (`delete-user.md` of the vendor's configuration template; register's `DELETE /users/<name>`
    frees the name alone)."""
    return f"pryv-cli delete-user {shlex.quote(name)}"
