"""A state in which a remedy is printed, and what somebody does who follows it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pryv_tui.cli.main import cli
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.guards.backup import backup_guards
from pryv_tui.operations.guards.line import GuardLine
from pryv_tui.operations.guards.restore import restore_guards
from pryv_tui.operations.sets.targets import targets_for
from pryv_tui.vault.manifest import SetManifest
from tests.hosts.machines import StillHost
from tests.operations.kit import DOMAIN, context, set_of


def refusal(act: Callable[[], object]) -> PryvTuiError:
    """What an act is refused with; it has to be."""
    with pytest.raises(PryvTuiError) as caught:
        act()
    return caught.value


def bad(lines: Sequence[GuardLine], name: str = "") -> list[GuardLine]:
    """The lines that are not well, of this name or of all."""
    return [line for line in lines if line.outcome != "ok" and line.name.startswith(name)]


def only(lines: Sequence[GuardLine], words: str) -> GuardLine:
    """The one line that is not well whose remedy says this."""
    (found,) = [line for line in bad(lines) if words in line.remedy]
    return found


def backup_lines(folder: Path, *hosts: StillHost, roles: Sequence[str] = ()) -> list[GuardLine]:
    """The preconditions of a backup of these machines."""
    ctx, _ = context(folder, *hosts)
    return backup_guards(ctx.site, ctx.deployment, roles)


def restore_lines(
    folder: Path,
    manifest: SetManifest,
    *hosts: StillHost,
    roles: Sequence[str] = (),
    domain: str | None = DOMAIN,
) -> list[GuardLine]:
    """The preconditions of a restore of a set onto these machines."""
    from pryv_tui.hosts.discovery import discover

    found = discover(hosts, domain=domain)
    ctx, _ = context(folder, *hosts, deployment=found)
    targets = targets_for(found, manifest, roles)
    return restore_guards(ctx.site, found, set_of(manifest, str(folder / "vault")), targets)


def program(*words: object) -> Result:
    """The program, run in this process."""
    return CliRunner().invoke(cli, [str(word) for word in words])


def typed(line: str) -> Result:
    """A command as it is printed, typed."""
    words = shlex.split(line)
    assert words[0] == "pryv-tui", line
    return program(*words[1:])
