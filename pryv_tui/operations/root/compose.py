"""Create containers from a root's compose files, with docker-compose or the compose plugin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.host import Host
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.root.compose_files import (
    ROOT_VARIABLE,
    ComposeFile,
    ComposeService,
    read_compose,
)
from pryv_tui.platform.identity import known_service, service_in_name
from pryv_tui.platform.roles import by_file


def compose_program(host: Host, *, newer: bool = False) -> list[str] | None:
    """The command: `docker-compose`, which the root's own scripts call, else the plugin; or None.

    Args:
        newer: whether a file has features that docker-compose 1 can't read: then the plugin is
            preferred.
    """
    binary = ["docker-compose"] if host.which("docker-compose") else None
    if binary and not newer:
        return binary
    return (["docker", "compose"] if _has_plugin(host) else None) or binary


def _has_plugin(host: Host) -> bool:
    if not host.which("docker"):
        return False
    try:
        return host.run(["docker", "compose", "version"], on_output=lambda _s, _c: None) == 0
    except PryvTuiError:
        return False


def declared_in(
    files: Sequence[ComposeFile], wanted: Mapping[str, str], named: Mapping[str, str]
) -> dict[str, ComposeService]:
    """Find the compose service that declares each wanted container: by its name, or its service.

    For a compose file that can't be read here, the service names are those that the engine last
    gave: the compose program may be able to read the file, or says why not.

    Args:
        wanted: by container, its service.
        named: by container, its service name in the compose files, if the engine gave it.
    """
    every = [one for file in files for one in file.services]
    unread = {file.file for file in files if file.problem}
    found: dict[str, ComposeService] = {}
    for name, service in wanted.items():
        alike = [one for one in every if one.container == name]
        alike += [one for one in every if service_in_name(one.container) == service]
        alike += [one for one in every if known_service(one.service) == service]
        alike += [
            ComposeService(path, named.get(name) or service, name)
            for path, _ in by_file([service])
            if path in unread
        ]
        if alike:
            found[name] = alike[0]
    return found


def compose_up(ctx: RunContext, host: str, root: Path, services: Iterable[ComposeService]) -> None:
    """Create and start these services from the root's compose files, and no others.

    Raises:
        PryvTuiError: `program-missing` without docker-compose; `step-failed` with its output.
    """
    machine = ctx.site.host(host)
    wanted = list(services)
    for file in read_compose(root):
        names = list(dict.fromkeys(one.service for one in wanted if one.file == file.file))
        if not names:
            continue
        program = compose_program(machine, newer=bool(file.tags))
        if program is None:
            raise PryvTuiError(
                "program-missing",
                f"{host} has neither docker-compose nor the docker compose plugin",
                "Install one there (such as: apt-get install docker-compose); then try again.",
            )
        _up(ctx, machine, program, root, file.file, names)


def _up(
    ctx: RunContext,
    machine: Host,
    program: Sequence[str],
    root: Path,
    relative: str,
    services: Sequence[str],
) -> None:
    path = root / relative
    argv = [*program, "-f", str(path), "up", "-d", "--no-deps", *services]
    lines: list[str] = []

    def sink(stream: str, chunk: bytes) -> None:
        ctx.report.output("stderr" if stream == "stderr" else "stdout", chunk)
        lines.append(chunk.decode("utf-8", "replace"))
        del lines[:-20]

    code = machine.run(
        argv,
        cwd=path.parent,
        environment={ROOT_VARIABLE: str(root)},
        on_output=sink,
        cancel=ctx.cancel,
    )
    if code != 0:
        raise PryvTuiError(
            "step-failed",
            f"{' '.join(argv)} failed (exit {code}): {''.join(lines).strip()[-300:]}",
        )
