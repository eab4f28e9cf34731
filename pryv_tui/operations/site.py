"""The composition root: settings become hosts, a vault and a state folder.

Everything that talks to the outside is made here and handed on; there are no globals.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.paths import printable
from pryv_tui.home import own_state
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.hosts.discovery import ROOT_VARIABLE, discover
from pryv_tui.hosts.endpoint import need_no_secret
from pryv_tui.hosts.host import Host
from pryv_tui.operations import place_names
from pryv_tui.operations.acceptance import Accepted, read_accepted
from pryv_tui.operations.appearance import asked_theme, known_theme
from pryv_tui.operations.commands import given_words
from pryv_tui.operations.configuration import HOST, NONE, Config, read_config, refuse_open_config
from pryv_tui.operations.place_names import given as given_value
from pryv_tui.operations.sets.shrinking import AS_USUAL, Limits
from pryv_tui.ownership import distrust, strangers_in
from pryv_tui.vault.restic.protocol import PREFIX, check_location, folder_name, local_path
from pryv_tui.vault.sets import Vault

if TYPE_CHECKING:
    from pryv_tui.vault.copying.tree import CopyHooks
from pryv_tui.vault.restic.repository import RepositoryVault

DEFAULT_VAULT = "/var/backups/pryv"
DEFAULT_STATE = "/var/lib/pryv-tui"
RUNS = "runs"
"""In the state folder: a folder a run."""
SETTLE_SECONDS = 3.0
"""How long a restart count must stand still on a real platform before a start counts as good."""


class HostSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One machine as declared in the configuration file."""

    name: str
    docker: str | None = None
    root: str | None = None


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line, the environment and the configuration file amount to."""

    vault: str
    """The folder of sets; of a repository's, those that are on this machine."""
    state: str
    repository: str | None = None
    """The restic repository that the sets go to, as restic takes it; empty: what restic's own
    environment names."""
    practice: str | None = None
    domain: str | None = None
    root_variable: str | None = None
    hosts: tuple[HostSettings, ...] = ()
    given: tuple[str, ...] = ()
    """The options of the command line, as words: what a hint needs to mean this platform."""
    theme: str | None = None
    """The theme of the interface that was asked for now."""
    usual_theme: str | None = None
    """The configuration's, for where nobody has chosen one."""
    ascii: bool | None = None
    """Whether the interface draws in ASCII alone; None: where the locale is not UTF-8."""
    without_disks: tuple[str, ...] = ()
    """Folders below a root, relative to it, that were disks of their own and are none any more: a
    person has said so, for this run."""
    limits: Limits = AS_USUAL
    """Which share of what was there before makes a set suspicious."""
    relative: tuple[str, ...] = ()
    """What was named relative to a folder, and what is meant, in words."""
    settle: float = SETTLE_SECONDS
    """Seconds; nobody is asked for them. A test that is about something else waits shorter."""


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
    """Settle every option: the command line, else the environment, else the configuration file,
    else the default.

    Args:
        theme: how the interface looks (`appearance.THEMES`).

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
    need_text("the practice platform", found.practice or "")  # what lies beside it is named by it
    need_text("the vault", found.vault)
    need_text("the state folder", found.state)
    for path in (*(host.root for host in found.hosts), found.root_variable):
        need_text("the root", path or "")
    return found


def need_text(what: str, path: str) -> None:
    """See that a path can be written down: runs, journals and sets are text.

    Raises:
        PryvTuiError: `usage`, it holds bytes that are no UTF-8.
    """
    try:
        path.encode()
    except UnicodeEncodeError:
        raise PryvTuiError(
            "usage",
            f"the path of {what}, {printable(os.fsencode(path))}, holds bytes that are no text"
            " (UTF-8), and could not be written down",
            # A link to a vault is refused: another folder could be put behind it. What runs in a
            # root has the folder itself mounted, and its name is found from that.
            "Give the folder a name that is text, and name it by that."
            if what == "the vault"
            else "When what runs in it is stopped, give the folder a name that is text, and name it"
            " by that."
            if what == "the root"
            else "Name it by a path that is text: a symbolic link that leads there will do.",
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
            limits=file.limits,
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
            "--root and --docker speak of one machine, the configuration declares several",
            f"Leave them away: each host has its own root and docker in {config}.",
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
                # The worker runs in another folder: every path is settled here.
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
        limits=file.limits,
        relative=_relative(vault=vault, state=state, root=root),
        hosts=hosts,
        given=given,
        theme=asked,
        usual_theme=usual,
    )


_Named = tuple[str, str, place_names.Source]
"""A value, how it was given, and where."""


def _chosen(
    key: str,
    option: str | None,
    variable: str,
    in_file: str | None,
    file: Config,
    env: Mapping[str, str],
) -> _Named | None:
    """The command line's value, else the environment's, else the file's.

    Raises:
        PryvTuiError: `usage`, a variable is empty.
    """
    if option:
        return option, f"--{key}", "option"
    if found := given_value(env.get(variable), variable, "variable"):
        return found, variable, "variable"
    return (in_file, file.named(key), "file") if in_file else None


def _relative(**options: str | None) -> tuple[str, ...]:
    """What was named relative to this folder, with what is meant: it is said to whoever did."""
    return tuple(
        f"--{name} {value} is {place_names.folder(value, f'--{name}')}"
        for name, value in options.items()
        if value and not value.startswith(PREFIX) and place_names.relative(value)
    )


def _vault(
    place: _Named, work: _Named | None, usual: Path, environment: Mapping[str, str]
) -> tuple[str, str | None]:
    """The folder of sets, and the repository that they go to, if any.

    Args:
        work: the folder for a repository's sets, where one was named.
        usual: the folder beside which it is otherwise.

    Raises:
        PryvTuiError: `usage` or `config`, the name is none of a folder (`place_names`), or the
            repository's holds a password.
    """
    value, what, source = place
    if not value.startswith(PREFIX):
        return place_names.folder(value, what, source, may_be_vault=True), None
    location = value.removeprefix(PREFIX)
    check_location(location)
    local = local_path(location)
    if local is not None:
        # The worker runs in another folder.
        location = place_names.folder(local, f"{what} {PREFIX}…", source, may_be_vault=True)
    need_text("the vault", location)
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
            "this user has no home (no HOME, no entry in the list of users), in which runs would be"
            " kept",
            "Name a folder for them with --state or PRYV_TUI_STATE, or be root.",
        )
    return str(own)


class Site:
    """The hosts of one platform, its vault and its state folder, ready to be used."""

    def __init__(
        self,
        settings: Settings,
        hosts: tuple[Host, ...],
        *,
        copy_hooks: CopyHooks | None = None,
    ) -> None:
        self.settings = settings
        self.hosts = hosts
        self.vault: Vault = _open_vault(settings)
        self.state = Path(settings.state)
        self.copy_hooks = copy_hooks

    @property
    def practice(self) -> bool:
        return self.settings.practice is not None

    @property
    def accepted(self) -> Accepted:
        """What a person has accepted by now."""
        return read_accepted(self.state)

    def host(self, name: str) -> Host:
        for host in self.hosts:
            if host.name == name:
                return host
        raise PryvTuiError("internal", f"there is no host {name!r} in this platform")

    def discover(self) -> Deployment:
        """Look at every host now."""
        return discover(
            self.hosts, domain=self.settings.domain, variable=self.settings.root_variable
        )


def _open_vault(settings: Settings) -> Vault:
    folder = Path(settings.vault)
    if settings.repository is None:
        return Vault(folder)
    from pryv_tui.vault.restic.program import Restic
    from pryv_tui.vault.restic.repository import RepositoryVault

    return RepositoryVault(folder, Restic(settings.repository))


def open_site(settings: Settings) -> Site:
    """Make the hosts that the settings name; nothing is contacted yet.

    Raises:
        PryvTuiError: `usage` when the practice folder is none; `not-private`, somebody else can
            write to the state folder.
    """
    refuse_open_state(settings)
    if settings.practice is not None:
        from pryv_tui.practice.platform import PracticePlatform

        platform = PracticePlatform.open(Path(settings.practice))
        return Site(settings, tuple(platform.hosts), copy_hooks=platform.copy_hooks())
    from pryv_tui.hosts.docker_engine import DockerEngine
    from pryv_tui.hosts.local import LocalHost

    return Site(
        settings,
        tuple(
            LocalHost(
                host.name,
                DockerEngine(host.docker),
                Path(host.root) if host.root else None,
                host.docker,
            )
            for host in settings.hosts
        ),
    )


def practice_owner(settings: Settings) -> set[int]:
    """Whose a practice platform is, and so its state folder and its vault, also where root looks
    at them; nobody on a real one."""
    if settings.practice is not None:
        with contextlib.suppress(OSError):
            return {Path(settings.practice).stat().st_uid}
    return set()


def refuse_open_state(settings: Settings) -> None:
    """See that nobody else can have written what the state folder tells: what is owed, and where
    it lies, is acted on.

    Raises:
        PryvTuiError: `not-private`.
    """
    state = Path(settings.state)
    also = practice_owner(settings)
    for folder in (state, state / RUNS, None):
        # What was put there while it was open is not closed, nor ours, because the folder is.
        found = distrust(folder, also=also) if folder else strangers_in(state, 3, also=also)
        if found is None:
            continue
        remedy = "Name a state folder that only you, or root, can write to: --state"
        if found.closes:
            look = shlex.join(["ls", "-laR", str(folder or found.path)])
            remedy = (
                f"See that all that lies there is yours ({look}), then close it: {found.closes};"
                " or name another folder: --state"
            )
        raise PryvTuiError(
            "not-private",
            f"the state folder {state} is not used: {found.why}, and what lies in it is acted on",
            remedy,
        )


def repository_of(site: Site) -> RepositoryVault:
    """The vault, where it is a repository.

    Raises:
        PryvTuiError: `refused`, it is a folder.
    """
    from pryv_tui.vault.restic.repository import RepositoryVault

    if not isinstance(site.vault, RepositoryVault):
        raise PryvTuiError(
            "refused",
            f"the vault {site.vault.folder} is a folder: its sets are all here",
            f"Name a restic repository: --vault {PREFIX}…",
        )
    return site.vault
