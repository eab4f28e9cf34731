"""Tell whether a set was made from the very root that is here: evidence of whose it is where the
accounts tell nothing, since all were renewed.

It takes two facts together. First, this state folder has the record of the run that made the set;
alone it proves nothing, since the platform may have been rebuilt in the same place. Second, a file
in the root is unchanged since it was copied; alone it proves nothing, since the machine may be a
clone. So neither a copied state folder beside another root nor a rebuilt root counts.
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
    """Return a file in the root that proves that the set was copied from it; empty where there is
    no proof."""
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
