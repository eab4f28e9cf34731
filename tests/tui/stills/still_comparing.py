"""What the restore wizard is told of a set compared with the live platform, always the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pryv_tui.operations.comparing.amounts import of_names, of_number, unknown
from pryv_tui.operations.comparing.model import Comparison, Newer, Outcome, RoleNow

BACK_TO = "2026-01-15T02:00:00.000Z"
NEW = ("igor", "jana", "kofi")


class StillLooker:
    """Stands for `Looker`: core has lost its database, the rest is well."""

    def __init__(self, _site: Any, _deployment: Any, backup: Any, **_more: Any) -> None:
        self._set = str(backup.id)

    def roles(self) -> tuple[RoleNow, ...]:
        def now(role: str, condition: Any, *why: str) -> RoleNow:
            return RoleNow(
                role=role,
                host="single",
                part="single",
                condition=condition,
                why=why,
                back_to=BACK_TO,
            )

        return (
            now("core", "damaged", "pryvio_mongodb is not running (exited)"),
            now("register", "healthy"),
            now("static-web", "healthy"),
        )

    def accounts(self, _chosen: Sequence[str] | None = ()) -> Comparison:
        nobody = of_names(())
        both = Outcome(
            roles=("core", "register", "static-web"),
            chosen=True,
            backwards={"core": BACK_TO, "register": BACK_TO},
            gone=of_names(NEW),
            stranded=nobody,
            exposed=nobody,
        )
        newer = tuple(
            Newer(host="single", role=role, what="accounts", since=BACK_TO, amount=of_names(NEW))
            for role in ("core", "register")
        )
        return Comparison(set_id=self._set, roles=self.roles(), outcomes=(both,), newer=newer)

    def data(self, _chosen: Sequence[str] = ()) -> tuple[Newer, ...]:
        amounts = {
            "events": unknown("pryvio_mongodb on single is not running (exited)"),
            "attachments": of_number(2),
            "points": of_number(12_400, "50 of 120 databases could be asked within 15 s"),
        }
        return tuple(
            Newer(host="single", role="core", what=what, since=BACK_TO, amount=amount)  # type: ignore[arg-type]
            for what, amount in amounts.items()
        )
