"""The `restore` command that brings lost roles back from a set. Pure.

It restores no more than necessary, and is not refused if that can be avoided.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Sequence

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.acts import renamed_first
from pryv_tui.operations.sets.own import told_domain
from pryv_tui.operations.sets.targets import targets_for
from pryv_tui.vault.manifest import SetManifest
from pryv_tui.vault.sets import BackupSet


class Choice(msgspec.Struct, frozen=True):
    """The arguments of `restore`: a set, or some roles of it."""

    set_id: str
    domain: str = ""
    """The domain for `--confirm`; empty if the set does not record it."""
    roles: tuple[str, ...] = ()
    """The roles to restore; empty: all roles of the set."""

    @property
    def words(self) -> str:
        """The arguments after `restore`."""
        confirmed = f" --confirm {shlex.quote(self.domain)}" if self.domain else ""
        return f"{self.set_id}{confirmed}{self._named}"

    @property
    def command(self) -> str:
        """The whole command, as it is typed."""
        if not self.domain:
            return f"pryv-tui restore {self.words}"
        return f"pryv-tui restore {self.set_id} --confirm {shlex.quote(self.domain)}{self._named}"

    @property
    def _named(self) -> str:
        return "".join(f" --role {role}" for role in self.roles)


class Way(msgspec.Struct, frozen=True):
    """How to bring lost roles back."""

    choices: tuple[Choice, ...]
    """The possible restores; empty: the roles are in no set.

    If there are several, the operator takes one: the set has several machines, and it is unknown
    which of them this machine was.
    """
    beside: tuple[str, ...] = ()
    """Roles here that are replaced too, since they share a root with a lost role in the set."""
    first: str = ""
    """What has to be done before the restore; empty if nothing."""

    @property
    def commands(self) -> tuple[str, ...]:
        """The commands of all choices, as they are typed."""
        return tuple(choice.command for choice in self.choices)

    @property
    def words(self) -> str:
        """What to do; to be printed after a colon."""
        if not self.choices:
            return self.first
        text = "; or, if that is what this machine was: ".join(self.commands)
        if self.beside:
            text += f" (with {', '.join(self.beside)}, since they share one root in the set)"
        return f"{self.first} Then: {text}" if self.first else text


def way_back(deployment: Deployment, backup: BackupSet, lost: Collection[str]) -> Way:
    """Work out how to bring lost roles back from a set that has them.

    Args:
        deployment: the platform as it is now. Its other roles are replaced only if they share a
            root with a lost role in the set.
    """
    manifest = backup.manifest
    if manifest is None:
        return Way((Choice(backup.id),))
    wanted = _with_their_root(manifest, lost)
    beside = tuple(r for r in wanted if r not in lost and r in deployment.roles)
    renamed = ""
    if told_domain(deployment) not in ("", manifest.domain):
        renamed = renamed_first(deployment.domain, deployment.domain_source, manifest.domain)
    refused = _refusal(deployment, manifest, wanted)
    if refused is None:
        return Way((_choice(backup, manifest, wanted),), beside, renamed)
    # Not every part fits a machine here: try each part by itself.
    parts = [[r for r in part.roles if r in wanted] for part in manifest.hosts]
    fitting = [roles for roles in parts if roles and _refusal(deployment, manifest, roles) is None]
    if fitting:
        return Way(tuple(_choice(backup, manifest, roles) for roles in fitting), beside, renamed)
    first = f"{renamed} {refused.remedy}".strip()
    return Way((_choice(backup, manifest, wanted),), beside, first)


def _with_their_root(manifest: SetManifest, lost: Collection[str]) -> list[str]:
    """The lost roles, and those that share a root with them in the set: all are restored
    together."""
    parts = [set(part.roles) for part in manifest.hosts if set(part.roles) & set(lost)]
    return [role for role in manifest.roles if any(role in roles for roles in parts)]


def _refusal(
    deployment: Deployment, manifest: SetManifest, roles: Sequence[str]
) -> PryvTuiError | None:
    try:
        targets_for(deployment, manifest, roles)
    except PryvTuiError as error:
        return error
    return None


def _choice(backup: BackupSet, manifest: SetManifest, roles: Sequence[str]) -> Choice:
    named = tuple(roles) if set(roles) != set(manifest.roles) else ()
    return Choice(backup.id, manifest.domain, named)


def confirmed(backup: BackupSet) -> str:
    """The arguments of `restore` for a whole set, with `--confirm`."""
    if backup.manifest is None:
        return backup.id
    return f"{backup.id} --confirm {shlex.quote(backup.manifest.domain)}"


def of_former(deployment: Deployment, backup: BackupSet) -> str:
    """The domain of a set as a clause, if it is not the platform's; else empty."""
    domain = backup.manifest.domain if backup.manifest is not None else ""
    return f" (of {domain})" if told_domain(deployment) not in ("", domain) else ""
