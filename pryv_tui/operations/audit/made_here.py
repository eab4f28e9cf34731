"""Whether a set was made here, of the very root that is here now: what tells whose a set is where
its accounts do not, since all of them were renewed.

Two things tell it together, and neither alone. The record of the run that made the set lies in this
state folder: but a platform may have been made anew in the same place since. And a file of the root
is still what it was when it was copied: but a machine may be the clone of another one. So a state
folder that was copied tells nothing beside another root, nor a root that was made anew.
"""

from __future__ import annotations

import os
import re

from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.site import RUNS, Site
from pryv_tui.vault.lists.same_source import still_there
from pryv_tui.vault.sets import BackupSet

_ID = re.compile(r"[0-9A-Za-z-]+")


def made_here(site: Site, deployment: Deployment, backup: BackupSet) -> str:
    """The file of the root here by which a set is known to be copied from it; empty where it is not
    known to be."""
    manifest = backup.manifest
    if manifest is None or not backup.here or not _ID.fullmatch(manifest.run):
        return ""
    if not (site.state / RUNS / manifest.run).is_dir():
        return ""
    for part in manifest.hosts:
        state = deployment.host(part.name)
        if state is None or not state.root or not _same(part.root, state.root):
            continue
        if found := still_there(backup.host_folder(part.name), state.root_path):
            return found
    return ""


def _same(one: str, other: str) -> bool:
    """Whether two paths lead to one folder of this machine, links followed."""
    return bool(one) and os.path.realpath(one) == os.path.realpath(other)
