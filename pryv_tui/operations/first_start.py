"""Whether somebody who opens the interface here has no platform yet, and where one could be made.

A practice platform is offered only where nothing could be meant by mistake: nothing was said about
a platform, and no trace of one was found.
"""

from __future__ import annotations

from pathlib import Path

from pryv_tui.operations.site import Settings
from pryv_tui.operations.status import Overview

FOLDER = "pryv-practice"


def offers_practice(settings: Settings, found: Overview) -> bool:
    """Whether to offer a practice platform.

    Not where one is open, where an engine, a root or a platform was named, or where any container,
    root or backup set was found: there the real one is meant, even if it can't be seen right now.
    """
    named = (
        settings.practice
        or settings.domain
        or settings.root_variable
        or len(settings.hosts) > 1
        or any(host.docker or host.root for host in settings.hosts)
    )
    traces = found.sets or any(
        state.containers or state.roles or state.root_exists for state in found.deployment.hosts
    )
    return not named and not traces


def practice_folder() -> Path:
    """Where the offered platform lies: one that was made before is opened again."""
    return Path.home() / FOLDER
