"""The composition root: settings become hosts, a vault and a state folder.

Everything that talks to the outside is made here and handed on; there are no globals.
"""

from __future__ import annotations

import contextlib
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.hosts.discovery import discover
from pryv_tui.hosts.host import Host
from pryv_tui.operations.acceptance import Accepted, read_accepted
from pryv_tui.operations.containers.shells import Shells
from pryv_tui.operations.settings.patience import PRACTICE, Patience
from pryv_tui.operations.settings.patience import USUAL as USUAL_PATIENCE
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.ownership import distrust, strangers_in
from pryv_tui.sanitize import one_line
from pryv_tui.vault.parallel.engine import USUAL, CopyEngine
from pryv_tui.vault.restic.protocol import PREFIX
from pryv_tui.vault.vault import Vault

if TYPE_CHECKING:
    from pryv_tui.vault.files.types import CopyHooks
    from pryv_tui.vault.restic.repository import RepositoryVault

RUNS = "runs"
"""In the state folder: a folder a run."""


class Site:
    """The hosts of one platform, its vault and its state folder, ready to be used."""

    def __init__(
        self,
        settings: Settings,
        hosts: tuple[Host, ...],
        *,
        copy_hooks: CopyHooks | None = None,
        copy_engine: CopyEngine = USUAL,
        patience: Patience | None = None,
    ) -> None:
        self.settings = settings
        self.hosts = hosts
        self.patience = patience or patience_of(settings)
        self.vault: Vault = _open_vault(settings, self.patience)
        self.state = Path(settings.state)
        self.copy_hooks = copy_hooks
        self.copy_engine = copy_engine
        self.shells = Shells()
        """Those of the databases' containers, found once for all who ask through this."""

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

    def unseen(self) -> Deployment:
        """The same where nobody has looked: for what needs neither a machine nor an engine."""
        return Deployment(
            domain=one_line(self.settings.domain or ""),
            domain_source="nobody has looked",
            release=None,
            form="unknown",
            practice=self.practice,
        )


def patience_of(settings: Settings) -> Patience:
    """How long is waited on a platform where nobody says otherwise."""
    return USUAL_PATIENCE if settings.practice is None else PRACTICE


def _open_vault(settings: Settings, patience: Patience) -> Vault:
    folder = Path(settings.vault)
    if settings.repository is None:
        return Vault(folder)
    from pryv_tui.vault.restic.program import Restic
    from pryv_tui.vault.restic.repository import RepositoryVault

    restic = Restic(settings.repository, look_every=patience.repository_every)
    return RepositoryVault(folder, restic)


def open_site(
    settings: Settings, copy_engine: CopyEngine = USUAL, patience: Patience | None = None
) -> Site:
    """Make the hosts that the settings name; nothing is contacted yet.

    Args:
        copy_engine: how files are copied.
        patience: how long is waited; None: as is usual for such a platform.

    Raises:
        PryvTuiError: `usage` when the practice folder is none; `not-private`, somebody else can
            write to the state folder.
    """
    refuse_open_state(settings)
    native = copy_engine.native and settings.native
    copy_engine = msgspec.structs.replace(copy_engine, native=native)
    if settings.practice is not None:
        from pryv_tui.practice.platform import PracticePlatform

        platform = PracticePlatform.open(Path(settings.practice))
        return Site(
            settings,
            tuple(platform.hosts),
            copy_hooks=platform.copy_hooks(),
            copy_engine=copy_engine,
            patience=patience,
        )
    from pryv_tui.hosts.docker_engine import DockerEngine
    from pryv_tui.hosts.local import LocalHost

    engines = [(host, DockerEngine(host.docker)) for host in settings.hosts]
    return Site(
        settings,
        tuple(
            LocalHost(
                host.name,
                engine,
                Path(host.root) if host.root else None,
                host.docker,
                engine.maker,
            )
            for host, engine in engines
        ),
        copy_engine=copy_engine,
        patience=patience,
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
            f"the vault {site.vault.folder} is a folder, and no repository",
            f"Name a restic repository: --vault {PREFIX}…",
        )
    return site.vault
