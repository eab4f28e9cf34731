"""Check that a path (with links followed) or a network belongs to a sandbox."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import PurePosixPath

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.sandbox.labels import PREFIX
from pryv_tui.hosts.sandbox.making import MadeNetwork, Wanted


def lies_in(path: str, folder: str) -> bool:
    """Whether a path is below a folder when all links are followed.

    The path need not exist. The folder itself does not count.
    """
    real = PurePosixPath(os.path.realpath(path))
    return PurePosixPath(os.path.realpath(folder)) in real.parents


def need_inside(wanted: Wanted, networks: Iterable[MadeNetwork]) -> None:
    """Refuse a container that would get a mount or a network from outside its drill.

    Args:
        networks: the existing networks of drills.

    Raises:
        PryvTuiError: `not-isolated`, with the mount or network in its message.
    """
    for mount in wanted.mounts:
        if not lies_in(mount.source, wanted.folder):
            raise PryvTuiError(
                "not-isolated", f"{wanted.name} would mount {mount.source}, outside its sandbox"
            )
    if wanted.joins:
        every = {one.name: one.drill for one in networks}
        made_for = f"{PREFIX}{wanted.drill}_"
        for joined in wanted.joins:
            if joined.network not in every and joined.network.startswith(made_for):
                raise PryvTuiError(
                    "not-isolated", f"{wanted.name} would join {joined.network}, which is gone"
                )
            if every.get(joined.network) != wanted.drill:
                raise PryvTuiError(
                    "not-isolated",
                    f"{wanted.name} would join {joined.network}, which is not a network of its"
                    " drill",
                )
