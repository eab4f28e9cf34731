"""Start a worker so that the end of the operator's session does not end it.

A session of its own (`setsid`) survives the terminal, the connection and the viewer. But a logout
policy (`KillUserProcesses=yes` in logind.conf) ends such a session too. So if systemd runs the
machine and we are root, the worker is a transient unit, which belongs to no login.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pryv_tui.filesystem.durable import open_own
from pryv_tui.runs.places import HERE, Places
from pryv_tui.vault.restic import protocol as restic_words

PASSED = (
    *("PATH", "HOME", "LANG", "LANGUAGE", "TZ", "VIRTUAL_ENV", "SSL_CERT_FILE"),
    *("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_CERT_PATH"),
    *("DOCKER_TLS", "DOCKER_TLS_VERIFY", "DOCKER_API_VERSION", "PRYV_CONF_ROOT"),
)
PASSED_GROUPS = ("LC_", "PYTHON", "PRYV_TUI_")
"""Environment variables that are given to a worker's unit by `--setenv`. A unit inherits no
variables, and shows these to every user of the machine, so none of them may be a secret."""
KEPT_GROUPS = ("DOCKER_", "PRYV_")
"""Other variables of these groups may be secrets (`DOCKER_AUTH_CONFIG` contains registry
passwords), so they are passed in a file, as credentials are."""
REDIS_PASSWORD = "REDISCLI_AUTH"
"""The variable from which redis-cli takes a password."""

_QUOTED = re.compile(r'(["\\\\$`])')
_BACKSLASH = r"\\\1"

STOP_SECONDS = 180
"""Seconds that a worker gets to put things back when the machine shuts down."""


def unit_command(
    command: Sequence[str],
    *,
    run: str,
    log: Path,
    environment: Mapping[str, str],
    secrets: Path | None = None,
) -> list[str]:
    """Return the command line that starts `command` as a transient unit.

    Args:
        secrets: a file with more environment variables. The unit shows only the file's name.
    """
    given = sorted(name for name in environment if _public(name))
    return [
        "systemd-run",
        "--quiet",
        "--collect",
        f"--unit=pryv-tui-{run}",
        f"--description=pryv-tui: {run}",
        "--property=WorkingDirectory=/",
        "--property=StandardInput=null",
        f"--property=StandardOutput=append:{log}",
        f"--property=StandardError=append:{log}",
        # systemd signals the worker only; the worker ends what it started, in order.
        "--property=KillMode=mixed",
        f"--property=TimeoutStopSec={STOP_SECONDS}",
        *(f"--setenv={name}={environment[name]}" for name in given),
        *([f"--property=EnvironmentFile={secrets}"] if secrets is not None else ()),
        "--",
        *command,
    ]


def _public(name: str) -> bool:
    return name in PASSED or name.startswith(PASSED_GROUPS)


def scope_command(command: Sequence[str], *, run: str, places: Places = HERE) -> list[str]:
    """Return the command line that starts a worker's child in its own scope.

    If no units can be started, that is `command` itself. When a worker's unit loses its main
    process, systemd at once kills what is left in the unit (systemd.kill(5)). A scope is another
    unit; the child keeps its pipes to the worker.
    """
    if not _systemd(places):
        return list(command)
    return [
        "systemd-run",
        "--scope",
        "--quiet",
        "--collect",
        f"--unit=pryv-tui-{run}-guardian",
        "--",
        *command,
    ]


def _systemd(places: Places) -> bool:
    """Whether this process can start systemd units: as root, on a machine that systemd runs."""
    return os.geteuid() == 0 and places.systemd.is_dir() and shutil.which("systemd-run") is not None


def _is_text(environment: Mapping[str, str]) -> bool:
    """Whether the whole environment can be given to a unit. systemd takes only UTF-8, and a
    password may be in another encoding. A process without a unit inherits such bytes unchanged."""
    try:
        "".join((*environment, *environment.values())).encode()
    except UnicodeEncodeError:
        return False
    return True


def secrets_of(environment: Mapping[str, str]) -> str:
    """Return the environment variables that are, or may be, secrets, as lines of systemd.exec(5)'s
    EnvironmentFile: the credentials of restic and of redis-cli, and others of `KEPT_GROUPS`."""
    return "".join(
        f'{name}="{re.sub(_QUOTED, _BACKSLASH, value)}"\n'
        for name, value in sorted(environment.items())
        if (name.startswith((*restic_words.ENVIRONMENT, *KEPT_GROUPS)) and not _public(name))
        or name == REDIS_PASSWORD
    )


@contextlib.contextmanager
def _secrets_file(run: str, places: Places) -> Iterator[Path | None]:
    """Yield a file with the secrets of this process's environment; it exists only while systemd
    reads it. Yield None if there are no secrets."""
    lines = secrets_of(os.environ)
    if not lines:
        yield None
        return
    path = places.runtime / f"pryv-tui-{run}.env"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(lines)
        yield path
    finally:
        path.unlink()


def launch(command: Sequence[str], *, run: str, log: Path, places: Places = HERE) -> None:
    """Start a worker and return at once; its output goes to `log`.

    Raises:
        OSError: the log can't be written, or no process can be made.
    """
    descriptor = open_own(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        if _systemd(places) and _is_text(os.environ):
            with _secrets_file(run, places) as secrets:
                unit = unit_command(
                    command, run=run, log=log, environment=os.environ, secrets=secrets
                )
                # systemd-run returns when systemd has read all the files and started the unit.
                started = subprocess.run(
                    unit, stdin=subprocess.DEVNULL, stdout=descriptor, stderr=descriptor
                )
            if started.returncode == 0:
                return
            # systemd is too old for a property, or its bus does not answer.
            os.write(descriptor, b"systemd-run did not start the worker; a session of its own\n")
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            cwd="/",
            start_new_session=True,
            close_fds=True,
        )
    finally:
        os.close(descriptor)
