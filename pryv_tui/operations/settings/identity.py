"""A short identity of a platform, which does not depend on its domain or state folder."""

from __future__ import annotations

import hashlib
import os

from pryv_tui.hosts.endpoint import url_of
from pryv_tui.operations.settings.resolve import Settings


def platform_of(settings: Settings) -> str:
    """Return the identity of the settings' platform: a digest of its engines' addresses.

    For a practice platform it is a digest of its folder. A new domain does not change it.
    """
    if settings.practice is not None:
        return short_of(f"practice:{os.path.realpath(settings.practice)}")
    engines = {url_of(host.docker, os.environ).rstrip("/") for host in settings.hosts}
    return short_of("|".join(sorted(engines)).replace("unix:///run/", "unix:///var/run/"))


def short_of(identity: str) -> str:
    """Shorten an identity to 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(os.fsencode(identity)).hexdigest()[:16]
