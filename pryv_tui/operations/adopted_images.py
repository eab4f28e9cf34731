"""Which containers a copied root brings up: read from its own compose files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pryv_tui.decoding import Undecodable
from pryv_tui.platform.release import release_of
from pryv_tui.platform.roles import COMPOSE_FILES, ROLES, RoleName
from pryv_tui.reading import read_whole
from pryv_tui.vault.manifest import SetImage
from pryv_tui.yaml_trees import LARGEST, decode_yaml


def images_of(root: Path, roles: Sequence[RoleName]) -> tuple[SetImage, ...]:
    """The containers that ran, as far as can be told: all that are declared.

    Where no compose file can be read, those that the roles have in the templates.
    """
    declared = _declared(root)
    if declared:
        return declared
    services = dict.fromkeys(service for role in roles for service in ROLES[role].services)
    return tuple(SetImage(f"pryvio_{service}", "", "", True) for service in services)


def release_in(root: Path) -> str | None:
    """The release that the compose files name, or None."""
    return release_of(
        (image.container.removeprefix("pryvio_"), image.image) for image in _declared(root)
    )


def _declared(root: Path) -> tuple[SetImage, ...]:
    found: list[SetImage] = []
    for relative in COMPOSE_FILES:
        try:
            tree = decode_yaml(read_whole(root / relative, limit=LARGEST))
        except (OSError, Undecodable):
            continue
        services = tree.get("services") if isinstance(tree, dict) else None
        for name, body in services.items() if isinstance(services, dict) else ():
            if not isinstance(body, dict):
                continue
            container, image = body.get("container_name"), body.get("image")
            found.append(
                SetImage(
                    container if isinstance(container, str) else f"pryvio_{name}",
                    image if isinstance(image, str) else "",
                    "",
                    True,
                    name,
                )
            )
    return tuple({image.container: image for image in found}.values())
