"""Check whether a set was made from the very root on this machine.

This shows that the set belongs to this platform if the accounts can't show it, since all were
replaced.

Two facts are needed together. First, this state folder has the record of the run that made the set;
that alone proves nothing, since the platform may have been rebuilt in the same place. Second, a
file in the root is unchanged since it was copied; that alone proves nothing, since the machine may
be a clone. So neither a copied state folder beside another root nor a rebuilt root counts.
"""

from __future__ import annotations

import re

from pryv_tui.filesystem.same_file import same_place
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.site import RUNS, Site
from pryv_tui.vault.lists.same_source import still_there
from pryv_tui.vault.sets import BackupSet

_ID = re.compile(r"[0-9A-Za-z-]+")


def made_here(site: Site, deployment: Deployment, backup: BackupSet) -> str:
    """Return a file in the root that proves that the set was copied from it; empty if none does."""
    manifest = backup.manifest
    if manifest is None or not backup.here or not _ID.fullmatch(manifest.run):
        return ""
    if not (site.state / RUNS / manifest.run).is_dir():
        return ""
    for part in manifest.hosts:
        state = deployment.host(part.name)
        if state is None or not state.root or not same_place(part.root, state.root):
            continue
        if found := still_there(backup.host_folder(part.name), state.root_path):
            return found
    return ""
