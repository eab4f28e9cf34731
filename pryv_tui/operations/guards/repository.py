"""Guards about a vault that is a restic repository."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.guards.line import GuardLine, failed, ok
from pryv_tui.operations.site import Site
from pryv_tui.phrases import counted
from pryv_tui.vault.restic.repository import RepositoryVault


def repository_guard(site: Site, roots: Sequence[Path]) -> list[GuardLine]:
    """Check that restic is installed and new enough, and that the repository opens.

    Empty if the vault is a plain folder.
    """
    vault = site.vault
    if not isinstance(vault, RepositoryVault):
        return []
    folder = vault.restic.folder
    if folder is not None:
        real = Path(os.path.realpath(folder))
        for root in roots:
            base = Path(os.path.realpath(root))
            if real == base or base in real.parents or real in base.parents:
                return [
                    failed(
                        "repository",
                        f"the repository {folder} and the root {root} lie inside each other",
                        "Name a repository elsewhere with --vault.",
                    )
                ]
    try:
        version = ".".join(map(str, vault.restic.version()))
        count = sum(1 for snapshot in vault.look_anew() if snapshot.set_id)
    except PryvTuiError as error:
        return [failed("repository", error.what, error.remedy)]
    return [ok("repository", f"{vault.repository}, {counted(count, 'set')}; restic {version}")]
