"""Guards about compose files: can containers be created from them, and with which powers?

A power is something that reaches beyond a container's isolation: a mount, the host's network.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import HostState
from pryv_tui.hosts.host import Host
from pryv_tui.hosts.ownership import find
from pryv_tui.operations.guards.line import GuardLine, failed, ok, warning
from pryv_tui.operations.root.compose import compose_program, declared_in
from pryv_tui.operations.root.compose_files import ComposeFile, read_compose
from pryv_tui.phrases import cut
from pryv_tui.platform.identity import known_service, service_in_name
from pryv_tui.platform.powers import VENDORS, beyond, mounts
from pryv_tui.vault.manifest import SetImage

_LONGEST = 100
"""The number of characters at which one power is cut when it is shown."""


def root_files_guard(state: HostState) -> GuardLine | None:
    """Check that containers can be created from the compose files in the root.

    None if there is no problem and no remark.
    """
    files = read_compose(state.root_path)
    name = f"compose files {state.name}"
    problems = _problems(files)
    if problems:
        return warning(
            name,
            f"{'; '.join(problems)}: its services could not be brought up after a restore onto a"
            " machine without containers",
            "Correct the file in the root, or in the config leader if that writes it; then take a"
            " backup.",
        )
    return ok(name, remarks) if (remarks := _remarks(files)) else None


def set_files_guard(
    state: HostState,
    folder: Path,
    root: str,
    images: Collection[SetImage],
    host: Host,
) -> list[GuardLine]:
    """Check that a restore can create the containers that are missing here, from the compose files
    in a set.

    Args:
        folder: the folder in the set with the copy of the root.
        root: the path of the root after the restore.
        images: the containers that existed when the set was made.
        host: the machine of the restore.
    """
    name = f"compose files {state.name}"
    services = {i.container: i.known_as or service_in_name(i.container) for i in images}
    missing = sorted(
        image.container
        for image in images
        if image.running
        and find(state.containers, image.container, services[image.container]) is None
    )
    files = read_compose(folder, root)
    problems = _problems(files)
    if not missing or not state.reachable:
        if not problems:
            return []
        here = (
            "its containers are here, so the file is not needed now;"
            if state.reachable
            else "whether its containers are here is not known;"
        )
        return [
            warning(
                name,
                f"in the set, {'; '.join(problems)}: {here} they could not be created again from"
                " it",
                f"Correct the file in {root} after the restore.",
            )
        ]
    if problems:
        return [
            failed(
                name,
                f"{_listed(missing)} not here, and can't be brought up from the set's files:"
                f" {'; '.join(problems)}",
                "Bring these containers up first, from a corrected copy of the file (restore"
                " --files takes it out of the set); the restore then starts them as they are.",
            )
        ]
    named = {image.container: image.service for image in images if image.service}
    found = declared_in(files, {name: services[name] for name in missing}, named)
    lines = []
    rest = sorted(set(missing) - set(found))
    if rest:
        lines.append(
            warning(
                name,
                f"no compose file in the set declares {_listed(rest)}, which ran when it was made"
                " and is not here",
                "Start it by hand after the restore, the way it was started before.",
            )
        )
    elif remarks := _remarks(files):
        lines.append(ok(name, remarks))
    used = {one.file for one in found.values()}
    newer = sorted({tag for file in files if file.file in used for tag in file.tags})
    if newer and compose_program(host, newer=True) == ["docker-compose"] and _is_old(host):
        lines.append(
            failed(
                f"compose {state.name}",
                f"the set's compose files use {', '.join(newer)}, which docker-compose 1 can't"
                " read",
                "Install the plugin: apt-get install docker-compose-plugin",
            )
        )
    return lines


def powers_guard(state: HostState, folder: Path, root: str) -> GuardLine | None:
    """Warn if a set's compose files give a container powers that it does not have here yet.

    Whoever wrote the files decides what Docker runs here. A service is compared with its containers
    and compose files here; one that is not here, with the templates of Pryv.io's releases. None if
    there are no new powers.

    Args:
        folder: the folder in the set with the copy of the root.
        root: the path of the root after the restore.
    """
    there: dict[str, set[str]] = {}
    for container in state.containers:
        found = there.setdefault(container.service, set())
        found.update(container.powers)
        found.update(
            mounts(bind.source, read_only=bind.read_only)
            for bind in (*container.mounts, *container.volume_folders)
        )
    for service, powers in _asked(read_compose(state.root_path) if state.root else ()):
        there.setdefault(service, set()).update(powers)
    new = [
        f"{service}: {_listed([_cut(power) for power in more])}"
        for service, powers in _asked(read_compose(folder, root))
        if (more := beyond(powers, there.get(service, VENDORS.get(service, ()))))
    ]
    if not new:
        return None
    return warning(
        f"compose powers {state.name}",
        "the set's compose files ask for more rights than any container here has now, for"
        f" {_listed(new)}",
        f"Read these files first, in {folder}: whoever wrote them decides what Docker runs here,"
        " as root if the files say so. Restore the set only if you want that.",
    )


def _cut(power: str) -> str:
    """Shorten a power for display; a mark shows that it was cut."""
    return cut(power, _LONGEST)


def _asked(files: Iterable[ComposeFile]) -> list[tuple[str, tuple[str, ...]]]:
    """Return for each service of the files its name, as this program knows it, and its powers."""
    return [
        (known_service(one.service) or service_in_name(one.container), one.powers)
        for file in files
        for one in file.services
    ]


def _is_old(host: Host) -> bool:
    """Whether docker-compose on the host is version 1; False if it can't be run."""
    said: list[bytes] = []
    try:
        host.run(["docker-compose", "--version"], on_output=lambda _s, chunk: said.append(chunk))
    except PryvTuiError:
        return False
    return b"version 1." in b"".join(said)


def _problems(files: Sequence[ComposeFile]) -> list[str]:
    return [file.problem for file in files if file.problem]


def _remarks(files: Sequence[ComposeFile]) -> str:
    """Describe what only some versions of compose accept in these files; empty if nothing."""
    newer = sorted({tag for file in files for tag in file.tags})
    twice = sorted({key for file in files for key in file.twice})
    told = [f"{', '.join(newer)} needs docker compose 2"] if newer else []
    told += [f"defined twice, which docker compose 2 refuses: {', '.join(twice)}"] if twice else []
    return "; ".join(told)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    return f"{', '.join(names[:4])}{more}"
