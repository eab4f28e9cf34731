"""The composition root: build the hosts, the vault and the state folder from the settings.

All objects that talk to the outside are made here and passed on; there are no globals.
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
"""The folder in the state folder that has a folder for each run."""


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
        """The shells of the databases' containers, each looked up only once."""

    @property
    def practice(self) -> bool:
        return self.settings.practice is not None

    @property
    def accepted(self) -> Accepted:
        """The warnings that a person has accepted; read from the file each time."""
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
        """A deployment without hosts, for runs that need neither a machine nor an engine."""
        return Deployment(
            domain=one_line(self.settings.domain or ""),
            domain_source="nobody has looked",
            release=None,
            form="unknown",
            practice=self.practice,
        )


def patience_of(settings: Settings) -> Patience:
    """The default waiting times for the kind of platform: a practice platform or a real one."""
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
    """Build the site for the settings; no engine is contacted yet.

    Args:
        copy_engine: how files are copied.
        patience: the waiting times; None: see `patience_of`.

    Raises:
        PryvTuiError: `usage`, the practice folder has no practice platform; `not-private`, another
            user can write to the state folder.
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
    """The uid of the owner of a practice platform; empty for a real platform.

    The owner's state folder and vault are trusted even if root runs the program.
    """
    if settings.practice is not None:
        with contextlib.suppress(OSError):
            return {Path(settings.practice).stat().st_uid}
    return set()


def refuse_open_state(settings: Settings) -> None:
    """Refuse a state folder that another user may have written to: the program acts on it.

    Raises:
        PryvTuiError: `not-private`.
    """
    state = Path(settings.state)
    also = practice_owner(settings)
    for folder in (state, state / RUNS, None):
        # The content is checked too: it may have been put there while the folder was still open.
        found = distrust(folder, also=also) if folder else strangers_in(state, 3, also=also)
        if found is None:
            continue
        remedy = "Name a state folder that only you, or root, can write to: --state"
        if found.closes:
            look = shlex.join(["ls", "-laR", str(folder or found.path)])
            remedy = (
                f"Check that all that is in it is yours ({look}), then correct it:"
                f" {found.closes}; or name another folder: --state"
            )
        raise PryvTuiError(
            "not-private",
            f"the state folder {state} is refused: {found.why}, and the program acts on what it"
            " finds there",
            remedy,
        )


def repository_of(site: Site) -> RepositoryVault:
    """Return the site's vault, which has to be a repository.

    Raises:
        PryvTuiError: `refused`, the vault is a folder.
    """
    from pryv_tui.vault.restic.repository import RepositoryVault

    if not isinstance(site.vault, RepositoryVault):
        raise PryvTuiError(
            "refused",
            f"the vault {site.vault.folder} is a folder, not a repository",
            f"Name a restic repository: --vault {PREFIX}…",
        )
    return site.vault
