"""The settings that result from options, environment and configuration file.

Nothing is opened for writing and no machine is asked here; `site` makes hosts and a vault from
them.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.paths import printable
from pryv_tui.home import own_state
from pryv_tui.hosts.discovery import ROOT_VARIABLE
from pryv_tui.hosts.endpoint import need_no_secret
from pryv_tui.operations.commands import given_words
from pryv_tui.operations.settings import place_names
from pryv_tui.operations.settings.appearance import asked_theme, known_theme
from pryv_tui.operations.settings.configuration import (
    DRILL_WAIT,
    HOST,
    NONE,
    Config,
    read_config,
    refuse_open_config,
)
from pryv_tui.operations.settings.place_names import given as given_value
from pryv_tui.operations.settings.shrinking import AS_USUAL, Limits
from pryv_tui.vault.restic.protocol import PREFIX, check_location, folder_name, local_path

DEFAULT_VAULT = "/var/backups/pryv"
DEFAULT_STATE = "/var/lib/pryv-tui"
SETTLE_SECONDS = 2.0
"""Seconds that a container must run without a restart before its start counts as good. For a real
platform. The reason is in `operations/containers/watched.py`."""
VERIFIED_WITHIN = 24 * 3600.0
"""Default of `verified_within`, in seconds."""

_Named = tuple[str, str, place_names.Source]
"""A value, the place where it was given (for messages), and the kind of that place."""


class HostSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One machine as declared in the configuration file."""

    name: str
    docker: str | None = None
    root: str | None = None


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings that result from command line, environment and configuration file."""

    vault: str
    """The folder of sets; if there is a repository, of those sets that are on this machine."""
    state: str
    repository: str | None = None
    """The restic repository for the sets, in restic's form; None: no repository. Empty: the one in
    restic's own environment variables."""
    practice: str | None = None
    domain: str | None = None
    root_variable: str | None = None
    hosts: tuple[HostSettings, ...] = ()
    given: tuple[str, ...] = ()
    """The options of the command line, as words; hints repeat them to mean the same platform."""
    theme: str | None = None
    """The interface's theme from an option or variable."""
    usual_theme: str | None = None
    """The theme of the configuration file, used if no other was chosen."""
    ascii: bool | None = None
    """Whether the interface draws in ASCII only; None: only if the locale is not UTF-8."""
    without_disks: tuple[str, ...] = ()
    """Folders (in a root, or whole paths) declared for this run to be separate disks no more."""
    limits: Limits = AS_USUAL
    """A set with less than this share of an earlier one's counts is suspicious."""
    backup_every: float | None = None
    """Seconds within which a backup is expected; None if not set."""
    drill_every: float | None = None
    """Seconds within which a drill is expected; None if not set."""
    rto: float | None = None
    """Seconds within which the platform has to be back after a loss; drills are judged by it."""
    rpo: float | None = None
    """How many seconds of users' latest data may be lost."""
    verified_within: float = VERIFIED_WITHIN
    """Seconds for which a full check of a set is valid. A restore within that time may compare the
    hashes while it copies, if a person asks for that."""
    drill_wait: float = DRILL_WAIT
    """Most seconds that a drill started by a timer waits until there is room for it."""
    drill_load: int = 0
    """Percent of the processors: at this load no drill begins; 0: the load is only reported."""
    drill_stalled: int = 25
    """Percent of the last minute: no drill begins if all tasks stood still for so long."""
    mongorestore_workers: int = 0
    """How many collections mongorestore fills at a time, each with as many workers; 0: default."""
    scenarios: str = ""
    """The folder of the site's own scenarios; empty if none."""
    drill_key: str = ""
    """The file of the key that signs unattended drills; empty if none."""
    relative: tuple[str, ...] = ()
    """For each relative path that was given, the path that is meant, in words."""
    native: bool = True
    """Whether the C library, if it was built, copies folders of plain files."""
    settle: float = SETTLE_SECONDS
    """Seconds; no option sets this. Tests of other things use a shorter time."""


NATIVE = "PRYV_TUI_NATIVE"
"""The variable that switches the C library off."""


def resolve_settings(
    *,
    root: str | None = None,
    docker: str | None = None,
    practice: str | None = None,
    vault: str | None = None,
    state: str | None = None,
    config: str | None = None,
    theme: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Resolve every setting.

    From the command line, else the environment, else the configuration file, else the default.

    Args:
        theme: the interface's theme (`appearance.THEMES`).

    Raises:
        PryvTuiError: `config` or `usage`; `not-private`, others can write to the configuration.
    """
    found = _settled(
        root=root,
        docker=docker,
        practice=practice,
        vault=vault,
        state=state,
        config=config,
        theme=theme,
        environment=environment,
    )
    for host in found.hosts:
        need_no_secret(host.docker or "")
    # The practice platform's vault and state folder are named after it.
    need_text("the practice platform", found.practice or "", BY_A_LINK)
    need_text("the vault", found.vault, BY_ITS_NAME)
    need_text("the state folder", found.state, BY_A_LINK)
    for path in (*(host.root for host in found.hosts), found.root_variable):
        need_text("the root", path or "", WHEN_STOPPED)
    native = _is_on(os.environ if environment is None else environment, NATIVE)
    return msgspec.structs.replace(found, native=native)


def _is_on(env: Mapping[str, str], variable: str) -> bool:
    """Whether a switch is on; it is on if the variable is not set.

    Raises:
        PryvTuiError: `usage`, it is neither 0 nor 1.
    """
    value = env.get(variable, "1")
    if value not in ("0", "1"):
        raise PryvTuiError(
            "usage",
            f"{variable} is {value!r}",
            f"Write {variable}=0 to switch it off, {variable}=1 to switch it on.",
        )
    return value == "1"


BY_ITS_NAME = "Give the folder a name that is text, and use that name."
"""For a vault: a link to it is refused, since the link could be changed to another folder."""
WHEN_STOPPED = "Stop what runs in it, give the folder a name that is text, and use that name."
"""For a root: containers have the folder itself mounted, and the root's name is found from that."""
BY_A_LINK = "Name it by a path that is text; a symbolic link that leads there is enough."


def need_text(what: str, path: str, remedy: str) -> None:
    """Check that a path can be written down: runs, journals and sets are text.

    Raises:
        PryvTuiError: `usage`, it has bytes that are not UTF-8.
    """
    try:
        path.encode()
    except UnicodeEncodeError:
        raise PryvTuiError(
            "usage",
            f"the path of {what}, {printable(os.fsencode(path))}, holds bytes that are not text"
            " (UTF-8), so it can't be written into a file",
            remedy,
        ) from None


def _settled(
    *,
    root: str | None,
    docker: str | None,
    practice: str | None,
    vault: str | None,
    state: str | None,
    config: str | None,
    theme: str | None,
    environment: Mapping[str, str] | None,
) -> Settings:
    env = os.environ if environment is None else environment
    place_names.need_filled(env)
    options = {
        "practice": practice,
        "root": root,
        "docker": docker,
        "vault": vault,
        "state": state,
        "config": config,
    }
    for name, value in options.items():
        given_value(value, f"--{name}")
    file = NONE
    if config:
        refuse_open_config(Path(config), env)
        file = read_config(Path(config))
    given = given_words(
        practice=practice, root=root, docker=docker, vault=vault, state=state, config=config
    )
    asked = asked_theme(theme, env)
    usual = known_theme(file.theme, str(config)) if file.theme else None
    of_all = _of_all(file)
    if practice:
        base = Path(place_names.folder(practice, "--practice"))
        beside = base.with_name(base.name + "-vault")
        folder, repository = _vault((vault or str(beside), "--vault", "option"), None, beside, env)
        return Settings(
            practice=str(base),
            vault=folder,
            repository=repository,
            state=place_names.folder(state, "--state")
            if state
            else str(base.with_name(base.name + "-state")),
            **of_all,
            relative=_relative(vault=vault, state=state, practice=practice),
            given=given,
            theme=asked,
            usual_theme=usual,
        )
    names = [host.name for host in file.hosts]
    if len(set(names)) != len(names):
        raise PryvTuiError("config", f"{config}: two hosts have the same name")
    for name in names:
        if not name or "/" in name or name.startswith("."):
            raise PryvTuiError("config", f"{config}: {name!r} can't be a host's name")
    hosts = tuple(
        HostSettings(
            name=host.name,
            docker=host.docker,
            root=place_names.folder(host.root, file.named(HOST, number, "root"), "file")
            if host.root
            else None,
        )
        for number, host in enumerate(file.hosts)
    )
    if hosts and (root or docker) and len(hosts) > 1:
        raise PryvTuiError(
            "usage",
            "--root and --docker are for one machine, but the configuration declares several",
            f"Omit them: each host has its own root and docker in {config}.",
        )
    for host in hosts:
        if len(hosts) > 1 and host.root is None:
            raise PryvTuiError(
                "config",
                f"{config}: the host {host.name!r} has no root",
                "Each host of several needs its root, as it is reachable from this machine.",
            )
    if len(hosts) <= 1:
        declared = hosts[0] if hosts else HostSettings(name=socket.gethostname())
        hosts = (
            HostSettings(
                name=declared.name,
                docker=docker or declared.docker or env.get("DOCKER_HOST") or None,
                # The worker runs in another folder: every path is made absolute here.
                root=place_names.folder(root, "--root") if root else declared.root,
            ),
        )
    variable = given_value(env.get(ROOT_VARIABLE), ROOT_VARIABLE, "variable")
    place = _chosen("vault", vault, "PRYV_TUI_VAULT", file.vault, file, env)
    work = _chosen("work", None, "PRYV_TUI_WORK", file.work, file, env)
    kept = _chosen("state", state, "PRYV_TUI_STATE", file.state, file, env)
    folder, repository = _vault(
        place or (DEFAULT_VAULT, "", "option"), work, Path(DEFAULT_VAULT), env
    )
    return Settings(
        vault=folder,
        repository=repository,
        state=place_names.folder(*kept) if kept else _default_state(),
        domain=file.domain,
        root_variable=place_names.folder(variable, ROOT_VARIABLE, "variable") if variable else None,
        **of_all,
        relative=_relative(vault=vault, state=state, root=root),
        hosts=hosts,
        given=given,
        theme=asked,
        usual_theme=usual,
    )


def _of_all(file: Config) -> dict[str, Any]:
    """Return the file's settings that apply to every platform, a practice platform too."""
    return {
        "limits": file.limits,
        **{key: getattr(file, key) for key in ("backup_every", "drill_every", "rto", "rpo")},
        "verified_within": file.verified_within or VERIFIED_WITHIN,
        "mongorestore_workers": file.mongorestore_workers or 0,
        "drill_wait": file.drill_wait or DRILL_WAIT,
        "drill_load": file.drill_load or 0,
        "drill_stalled": file.drill_stalled or 25,
        "scenarios": _place(file, "scenarios"),
        "drill_key": _place(file, "drill_key"),
    }


def _place(file: Config, key: str) -> str:
    """Return a path that only the file can contain; empty if none."""
    said = getattr(file, key)
    return place_names.folder(said, file.named(key), "file") if said else ""


def _chosen(
    key: str,
    option: str | None,
    variable: str,
    in_file: str | None,
    file: Config,
    env: Mapping[str, str],
) -> _Named | None:
    """Return the command line's value, else the environment's, else the file's, else None.

    Raises:
        PryvTuiError: `usage`, a variable is empty.
    """
    if option:
        return option, f"--{key}", "option"
    if found := given_value(env.get(variable), variable, "variable"):
        return found, variable, "variable"
    return (in_file, file.named(key), "file") if in_file else None


def _relative(**options: str | None) -> tuple[str, ...]:
    """Return, in words, each relative path that was given and the absolute path that is meant."""
    return tuple(
        f"--{name} {value} is {place_names.folder(value, f'--{name}')}"
        for name, value in options.items()
        if value and not value.startswith(PREFIX) and place_names.relative(value)
    )


def _vault(
    place: _Named, work: _Named | None, usual: Path, environment: Mapping[str, str]
) -> tuple[str, str | None]:
    """Return the folder of sets, and the repository that the sets go to; None if there is none.

    Args:
        work: the folder for a repository's sets, if one was named.
        usual: if none was, that folder is made beside this one.

    Raises:
        PryvTuiError: `usage` or `config`, the name can't be a folder's (`place_names`), or the
            repository's address has a password in it.
    """
    value, what, source = place
    if not value.startswith(PREFIX):
        return place_names.folder(value, what, source, may_be_vault=True), None
    location = value.removeprefix(PREFIX)
    check_location(location)
    local = local_path(location)
    if local is not None:
        # The worker runs in another folder: the path is made absolute here.
        location = place_names.folder(local, f"{what} {PREFIX}…", source, may_be_vault=True)
    need_text("the vault", location, BY_ITS_NAME)
    if work:
        return place_names.folder(*work), location
    name = folder_name(location, environment)
    return str(usual.with_name(f"{usual.name}-{PREFIX[:-1]}") / name), location


def _default_state() -> str:
    if os.geteuid() == 0 or os.access(DEFAULT_STATE, os.W_OK):
        return DEFAULT_STATE
    own = own_state()
    if own is None:
        raise PryvTuiError(
            "usage",
            "this user has no home folder to keep runs in (no HOME, no entry in the list of users)",
            "Name a folder for runs with --state or PRYV_TUI_STATE, or run it as root.",
        )
    return str(own)
