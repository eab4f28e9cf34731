"""Translate exceptions of Docker's SDK into errors of this program's error table."""

from __future__ import annotations

import re
import shlex
import sys
from urllib.parse import urlsplit

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.engine import unpaused
from pryv_tui.phrases import cut

_PAUSED = re.compile(r"\bis (?:already )?paused\b|\ba paused container\b")
"""Docker's message, for example: `Container … is paused, unpause the container before exec`."""


def translate(error: Exception, url: str, container: str) -> PryvTuiError:
    """Turn an exception of the SDK into an error of the error table.

    Args:
        url: the engine's address.
        container: the container that the request was about; empty if none.
    """
    import docker.errors
    import requests.exceptions

    text = str(error)
    if container and isinstance(error, requests.exceptions.ReadTimeout):
        # The engine accepted the request, so perhaps only this container hangs.
        return PryvTuiError(
            "step-failed", f"{container}: the engine at {url} did not answer about it: {text}"
        )
    if isinstance(error, docker.errors.NotFound):
        return PryvTuiError("container-missing", f"there is no container {container}: {text}")
    if isinstance(error, docker.errors.APIError):
        if error.status_code == 409 and _PAUSED.search(text):
            way = unpaused(container, practice=False)
            return PryvTuiError("container-stopped", f"{container} is paused: {text}", way)
        if error.status_code == 409:
            return PryvTuiError("container-stopped", f"{container} is not running: {text}")
        if names_program(text):
            return PryvTuiError("program-missing", f"{container}: {text}")
        return PryvTuiError("step-failed", f"{container or url}: the engine refused: {text}")
    if "Install paramiko" in text:
        return PryvTuiError(
            "engine-unreachable",
            f"the engine at {url} is reached by ssh, but a Python library for that is missing",
            f"Install it: {shlex.join([sys.executable, '-m', 'pip', 'install', 'paramiko'])}; or,"
            " without it, forward the engine's socket in another terminal and add the option"
            f' --docker "unix://$HOME/docker.sock": {_forwarded(url)}',
        )
    if url.startswith("ssh:"):
        # ssh prints the reason on its stderr; the SDK only sees that nothing answers.
        return PryvTuiError(
            "engine-unreachable",
            f"no engine answers at {url}: {_reason(error) or cut(text, 200)}",
            "Try again when this command runs without asking anything:"
            f" {shlex.join(['ssh', *_there(url), 'docker', 'version'])}",
        )
    if "PermissionError" in text or "Permission denied" in text:
        return PryvTuiError("engine-permission", f"permission denied on the engine at {url}")
    if isinstance(
        error, docker.errors.DockerException | requests.exceptions.RequestException | OSError
    ):
        why = _reason(error) or cut(text, 200)
        return PryvTuiError("engine-unreachable", f"no engine answers at {url}: {why}")
    return PryvTuiError(
        "engine-unreachable", f"the engine at {url}: {type(error).__name__}: {text}"
    )


def hung(error: PryvTuiError) -> bool:
    """Whether the engine accepted a request and did not answer in time."""
    import requests.exceptions

    return isinstance(error.__cause__, requests.exceptions.ReadTimeout)


def _forwarded(url: str) -> str:
    """The command that forwards an engine's socket to this machine by ssh.

    The socket is in the user's home: nobody else can write to that folder.
    """
    words = ["ssh", "-nNT", "-L"]
    return f'{shlex.join(words)} "$HOME/docker.sock:/var/run/docker.sock" {shlex.join(_there(url))}'


def _there(url: str) -> list[str]:
    """The arguments of `ssh` that name the engine's machine."""
    place = urlsplit(url)
    port = ["-p", str(place.port)] if place.port else []
    return [*port, f"{place.username}@{place.hostname}" if place.username else str(place.hostname)]


def names_program(text: str) -> bool:
    """Whether runc's message says that the program is missing, not that the container is gone."""
    missing = "executable file not found" in text or "no such file or directory" in text
    return missing and 'exec: "' in text


def _reason(error: BaseException) -> str:
    """The system's own message, from inside the exceptions that the SDK put around it; else
    empty."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    within = [arg for arg in (*error.args, error.__cause__) if isinstance(arg, BaseException)]
    return next((why for each in within if (why := _reason(each))), "")
