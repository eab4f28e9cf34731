"""All facts about a container that an operator may need, in words. Pure."""

from __future__ import annotations

from textual.content import Content

from pryv_tui.hosts.deployment import HostState
from pryv_tui.hosts.engine import Container
from pryv_tui.operations.plans.container import roles_with
from pryv_tui.platform.roles import ROLES
from pryv_tui.platform.services import words_of
from pryv_tui.sanitize import one_line
from pryv_tui.tui.text.lines import Para
from pryv_tui.tui.text.words import CONTAINER, Word, age, fit, when

NAMED = 14
"""The width of a fact's name, in cells."""

POLICIES: dict[str, str] = {
    "no": "Docker never starts it by itself",
    "always": "Docker starts it again when it ends, and after a restart of Docker or the machine",
    "unless-stopped": "Docker starts it again when it ends, unless somebody stopped it",
    "on-failure": "Docker starts it again when it ends with an error",
}
EXITS: dict[int, str] = {
    0: "it ended without an error, by itself or because it was stopped",
    125: "Docker could not start it",
    126: "its program can't be run",
    127: "its program was not found",
    137: "killed: by a stop that took too long, for want of memory, or by hand",
    139: "its program crashed (SIGSEGV)",
    143: "ended by SIGTERM, as a stop does",
}
"""Exit codes: Docker's own (docs.docker.com, "docker run", exit status), a shell's 128 + signal."""
LABELS: dict[str, str] = {
    "com.docker.compose.project": "project",
    "com.docker.compose.service": "service",
    "com.docker.compose.project.working_dir": "folder",
    "com.docker.compose.project.config_files": "file",
    "com.docker.compose.version": "compose",
    "org.opencontainers.image.version": "version",
    "org.opencontainers.image.revision": "revision",
}
"""Labels that show where a container comes from, with their names on the screen."""


def facts_text(state: HostState, container: Container, *, held: str = "") -> list[Para]:
    """Return what a container is and its state.

    Args:
        held: the kind of the run that has stopped or paused the container on purpose; empty if
            none.
    """
    words = words_of(container.service)
    roles = ", ".join(ROLES[role].title for role in roles_with(state, container)) or "no role"
    word = CONTAINER.get(container.state, Word("?", container.state, "$text-warning"))
    since = f"  since {when(container.since)}, {age(container.since)}" if container.since else ""
    lines = [Para(0, Content.assemble((str(word), f"bold {word.style}"), since))]
    if held:
        lines.append(
            Para(
                0,
                Content.assemble(
                    (f"▶ held by the {held}, which starts or unpauses it again", "$text-primary")
                ),
            )
        )
    lines.append(_fact("If it stops", words.missed))
    again = f"{container.restarts} by Docker" if container.restarts else "none by Docker"
    lines.append(_fact("Restarts", again, "$text-warning" if container.restarts else ""))
    if container.exit_code is not None and not container.running:
        code = container.exit_code
        meaning = f": {EXITS[code]}" if code in EXITS else ""
        lines.append(_fact("Exit code", f"{code}{meaning}", "" if code == 0 else "$text-error"))
    if container.health:
        style = "" if container.health == "healthy" else "$text-warning"
        lines.append(_fact("Health", container.health, style))
    else:
        lines.append(_fact("Health", "no health check of its own", "$quiet"))
    policy, _, most = container.restart_policy.partition(":")
    meaning = POLICIES.get(policy, "a policy that this program does not know")
    more = f", {most} times at most" if most else ""
    lines += [
        _fact("Does", words.does),
        _fact("Role", f"{roles} on {state.name}"),
        _fact("Image", container.image),
        _fact("Policy", f"{container.restart_policy}: {meaning}{more}"),
        _fact("Name", container.name),
        _fact("Digest", container.image_digest or "not told"),
    ]
    return lines


def _fact(name: str, text: str, style: str = "") -> Para:
    return Para(NAMED, Content.assemble((fit(name, NAMED), "bold"), (text, style)))


def more_text(state: HostState, container: Container) -> list[Para]:
    """Return where a container's data is, how the container is reached, and where it comes from."""
    root = state.root or ""
    inside = [m for m in container.mounts if root and f"{m.source}/".startswith(f"{root}/")]
    outside = [m for m in container.mounts if m not in inside]
    lines = [_head(f"Folders in the root {root}", inside)]
    lines += [
        _item(m.destination, m.source[len(root) :].lstrip("/") or ".", m.read_only) for m in inside
    ]
    if outside:
        lines.append(_head("Elsewhere, in no backup", outside))
        lines += [_item(m.destination, m.source, m.read_only) for m in outside]
    if container.volumes:
        lines.append(_head("Volumes of Docker, in no backup", container.volumes))
        lines += [_item(m.destination, m.source, m.read_only) for m in container.volumes]
    lines.append(_head("Networks", container.networks))
    lines += [Para(2, Content(f"  {network}")) for network in container.networks]
    lines.append(_head("Reached from outside", container.ports))
    lines += [Para(2, Content(f"  {port}")) for port in container.ports]
    labels = [(name, container.labels[key]) for key, name in LABELS.items() if
              container.labels.get(key)]  # fmt: skip
    lines.append(_head("Labels", labels))
    lines += [
        Para(12, Content.assemble((f"  {fit(name, 10)}", "$quiet"), text)) for name, text in labels
    ]
    return lines


def _head(title: str, items: object) -> Para:
    return Para(2, Content.assemble((title, "bold"), ("" if items else ": none", "$quiet")))


def _item(destination: str, source: str, read_only: bool) -> Para:
    mark = " (read only)" if read_only else ""
    return Para(
        4,
        Content.assemble(
            f"  {one_line(destination)}", (" ← ", "$quiet"), one_line(source), (mark, "$quiet")
        ),
    )
