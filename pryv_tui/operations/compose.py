"""Compose files of a restored root: which file brings up which container."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from pryv_tui.decoding import Undecodable, why
from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.host import Host
from pryv_tui.operations.context import RunContext
from pryv_tui.platform.roles import COMPOSE_FILES
from pryv_tui.reading import read_whole
from pryv_tui.yaml_trees import LARGEST, decode_yaml


class ComposeService(msgspec.Struct, frozen=True):
    """A container as a compose file declares it."""

    file: str
    service: str
    container: str


def read_compose(root: Path) -> list[ComposeService]:
    """The containers that the root's compose files declare.

    Raises:
        PryvTuiError: `step-failed` when a file can't be read as YAML.
    """
    found: list[ComposeService] = []
    for relative in COMPOSE_FILES:
        path = root / relative
        try:
            tree = decode_yaml(read_whole(path, limit=LARGEST))
        except FileNotFoundError:
            continue
        except (OSError, Undecodable) as error:
            raise PryvTuiError("step-failed", f"{path} can't be read: {why(error)}") from error
        services = tree.get("services") if isinstance(tree, dict) else None
        if not isinstance(services, dict):
            continue
        for name, body in services.items():
            container = body.get("container_name") if isinstance(body, dict) else None
            found.append(ComposeService(relative, str(name), str(container or f"pryvio_{name}")))
    return found


def compose_program(host: Host) -> list[str] | None:
    """`docker-compose` where there is one (the root's own scripts call it), else the plugin."""
    if host.which("docker-compose"):
        return ["docker-compose"]
    if host.which("docker"):
        code = 1
        try:
            code = host.run(["docker", "compose", "version"], on_output=lambda _s, _c: None)
        except PryvTuiError:
            return None
        return ["docker", "compose"] if code == 0 else None
    return None


def compose_up(ctx: RunContext, host: str, root: Path, containers: Iterable[str]) -> None:
    """Bring containers up from the root's own compose files, and nothing else of them.

    Raises:
        PryvTuiError: `program-missing` without docker-compose; `step-failed` with its words.
    """
    machine = ctx.site.host(host)
    program = compose_program(machine)
    if program is None:
        raise PryvTuiError(
            "program-missing",
            f"{host} has neither docker-compose nor the docker compose plugin",
            "Install one (apt-get install docker-compose), then run the restore again.",
        )
    wanted = set(containers)
    declared = read_compose(root)
    for relative in COMPOSE_FILES:
        services = [s.service for s in declared if s.file == relative and s.container in wanted]
        if services:
            _up(ctx, machine, program, root, relative, services)


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
        environment={"PRYV_CONF_ROOT": str(root)},
        on_output=sink,
        cancel=ctx.cancel,
    )
    if code != 0:
        raise PryvTuiError(
            "step-failed",
            f"{' '.join(argv)} failed (exit {code}): {''.join(lines).strip()[-300:]}",
        )
