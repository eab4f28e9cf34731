"""Releases: read from image tags, compared by their numbers.

Only image tags are trusted: `TEMPLATE_VERSION` is wrong in 1.9.2.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

_TAG = re.compile(r":v?(\d+)\.(\d+)(?:\.(\d+))?(?:[-+.].*)?$")

VERSIONED_SERVICES = ("core", "register", "hfs", "preview", "webhooks", "config_leader", "mongodb")
"""Services whose image tag is the platform's release (third-party images carry their own)."""


class ReleaseFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What changed with a release that matters to a backup or restore."""

    since: tuple[int, int]
    mongodb: str
    """MongoDB's version. Data files of one version are unreadable to the other; dumps are not."""
    accounts_in_sqlite: bool
    """From 1.8 the username index and password hashes are SQLite files under core/data/users."""
    register_first: bool
    """From 1.8 an account is written to register first and then to core."""
    attachments: str


RELEASES: tuple[ReleaseFacts, ...] = (
    ReleaseFacts(
        since=(1, 6),
        mongodb="4.2",
        accounts_in_sqlite=False,
        register_first=False,
        attachments="pryv/core/data/attachments",
    ),
    ReleaseFacts(
        since=(1, 8),
        mongodb="4.2",
        accounts_in_sqlite=True,
        register_first=True,
        attachments="pryv/core/data/attachments",
    ),
    ReleaseFacts(
        since=(1, 9),
        mongodb="6.0",
        accounts_in_sqlite=True,
        register_first=True,
        attachments="pryv/core/data/users",
    ),
)


def parse_release(text: str) -> tuple[int, int, int] | None:
    """The three numbers of a release such as `1.9.2` (0 for a missing last one); None if it has
    none."""
    match = re.fullmatch(r"v?(\d+)\.(\d+)(?:\.(\d+))?.*", text)
    if not match:
        return None
    return int(match[1]), int(match[2]), int(match[3] or 0)


def release_of_image(image: str) -> str | None:
    """The release in an image's tag; None if the tag has no number (`latest`, a digest alone)."""
    match = _TAG.search(image.split("@", 1)[0])
    if not match:
        return None
    return f"{match[1]}.{match[2]}" + (f".{match[3]}" if match[3] else "")


SPEAKERS = ("core", "register")
"""The services whose own tag decides a machine's release, before the majority of the others.

A release does not rebuild every image: in 1.6.23 most tags say 1.6.21.
"""


def releases_of(images: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The release of each versioned service, from (service, image) pairs."""
    return {
        service: release
        for service, image in images
        if service in VERSIONED_SERVICES and (release := release_of_image(image))
    }


def release_of(images: Iterable[tuple[str, str]]) -> str | None:
    """The release of a machine: core's own tag, else register's, else that of most other services.

    Args:
        images: pairs of service and image.
    """
    told = releases_of(images)
    for service in SPEAKERS:
        if service in told:
            return told[service]
    votes = Counter(told.values())
    return votes.most_common(1)[0][0] if votes else None


def told_release(release: str | None, told: Mapping[str, str]) -> str:
    """A release in words, followed by the services whose tags name another one.

    Args:
        told: the release in each service's tag.
    """
    others: dict[str, list[str]] = {}
    for service, other in told.items():
        if other != release:
            others.setdefault(other, []).append(service)
    if not others:
        return release or "unknown"
    words = "; ".join(f"{other}: {', '.join(names)}" for other, names in sorted(others.items()))
    return f"{release or 'unknown'} ({words})"


def facts_of(release: str | None) -> ReleaseFacts | None:
    """What is known of a release; None if it has no number, or is older than all known releases."""
    numbers = parse_release(release) if release else None
    if numbers is None:
        return None
    known = [facts for facts in RELEASES if facts.since <= numbers[:2]]
    return known[-1] if known else None


def same_line(a: str | None, b: str | None) -> bool:
    """Whether two releases share major and minor number; then data of one fits the other."""
    left, right = parse_release(a or ""), parse_release(b or "")
    return left is not None and right is not None and left[:2] == right[:2]


def without_index(release: str | None) -> bool:
    """Whether core of this release is known to have no index of account names."""
    facts = facts_of(release) if release else None
    return facts is not None and not facts.accounts_in_sqlite
