"""Restart: stop one container and start it again."""

from __future__ import annotations

from typing import ClassVar

from pryv_tui.operations.acts import Act
from pryv_tui.operations.kinds.containers.start import OfAContainer


class Restart(OfAContainer, frozen=True, kw_only=True, tag="restart"):
    """The request for a restart."""

    stops_containers: ClassVar[bool] = True
    act: ClassVar[Act] = "restart"
    was: ClassVar[str] = "was stopped and started again"
    on_container: ClassVar[str] = "Enter on {name}, then T"


KIND = Restart
