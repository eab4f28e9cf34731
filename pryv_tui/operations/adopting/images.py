"""Find the containers that a copied root starts, from its own compose files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pryv_tui.decoding import Undecodable
from pryv_tui.operations.root.compose_files import read_compose
from pryv_tui.platform.compose_text import services_of
from pryv_tui.platform.release import release_of
from pryv_tui.platform.roles import COMPOSE_FILES, ROLES, RoleName
from pryv_tui.reading import read_whole
from pryv_tui.vault.manifest import SetImage
from pryv_tui.yaml_trees import LARGEST, decode_yaml


def images_of(copy: Path, root: str, roles: Sequence[RoleName]) -> tuple[SetImage, ...]:
    """Return the containers that probably ran: all that the compose files declare.

    If no compose file can be read, they are the containers of the roles in the vendor's templates.

    Args:
        copy: the folder of the root's copy.
        root: the root's path, as its own files have it.
    """
    images = _images(copy)
    found = {
        one.container: SetImage(one.container, images.get(one.service, ""), "", True, one.service)
        for file in read_compose(copy, root, {})
        for one in file.services
    }
    if not found:
        services = dict.fromkeys(service for role in roles for service in ROLES[role].services)
        return tuple(SetImage(f"pryvio_{service}", "", "", True) for service in services)
    return tuple(found.values())


def release_in(images: Sequence[SetImage]) -> str | None:
    """Return the release in the compose files' image tags, or None."""
    return release_of((image.container.removeprefix("pryvio_"), image.image) for image in images)


def _images(copy: Path) -> dict[str, str]:
    """Return the image of each service, with its tag."""
    found: dict[str, str] = {}
    for relative in COMPOSE_FILES:
        try:
            tree = decode_yaml(read_whole(copy / relative, limit=LARGEST))
        except (OSError, Undecodable):
            continue
        for name, body in services_of(tree).items():
            if isinstance(body.get("image"), str):
                found[name] = body["image"]
    return found
