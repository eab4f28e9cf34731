"""Which platform settings mean, in short: whatever its domain, and whatever the state folder."""

from __future__ import annotations

import hashlib
import os

from pryv_tui.hosts.endpoint import url_of
from pryv_tui.operations.settings.resolve import Settings


def platform_of(settings: Settings) -> str:
    """Which platform of this machine these settings mean, whatever its domain is by now."""
    if settings.practice is not None:
        return short_of(f"practice:{os.path.realpath(settings.practice)}")
    engines = {url_of(host.docker, os.environ).rstrip("/") for host in settings.hosts}
    return short_of("|".join(sorted(engines)).replace("unix:///run/", "unix:///var/run/"))


def short_of(identity: str) -> str:
    """An identity as 16 hexadecimal digits."""
    return hashlib.sha256(os.fsencode(identity)).hexdigest()[:16]
