"""What the running platform is without, made by hand: names, what is not known, and nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pryv_tui.incidents.auditing import Asked
from pryv_tui.operations.audit.from_set import Audit, NotChecked
from pryv_tui.operations.audit.live import LiveAudit
from tests.tui.stills.still_parts import ROOT, SET, StillSite

FILE = "pryv/core/data/attachments/cjld2cjxh0000qzrmn831i7rn/cjld2cyuq0000t3rmniod1foy/cjld2d"


def _found() -> Audit:
    return Audit(
        set=SET,
        accounts={"register_only": ["chiara", "nina-of-the-second-study-group"], "core_only": []},
        attachments={"without_event": [FILE], "missing": []},
        series={"without_event": [], "without_account": []},
        not_checked=[],
        people={"cjld2cjxh0000qzrmn831i7rn": "anna"},
    )


def _dark() -> Audit:
    why = "single: pryvio_redis does not answer"
    return Audit(
        set="",
        accounts={},
        attachments={"without_event": [], "missing": []},
        series={},
        not_checked=[
            NotChecked("accounts", why),
            NotChecked("series without event", "single: pryvio_influxdb is paused"),
            NotChecked("series without account", "the names of core's accounts are not known"),
        ],
    )


def _nothing() -> Audit:
    return Audit(
        set=SET,
        accounts={"register_only": [], "core_only": []},
        attachments={"without_event": [], "missing": []},
        series={"without_event": [], "without_account": []},
        not_checked=[],
    )


AUDITS: dict[str, Callable[[], Audit]] = {
    "names": _found,
    "not known": _dark,
    "nothing": _nothing,
}


def ask_live(site: StillSite, *_given: Any, **_more: Any) -> Asked:
    """The answer that the scene wants."""
    found = AUDITS[site.audit]()
    live = LiveAudit(
        found=found,
        domain="pryv.example",
        practice=site.practice,
        lying={FILE: [(ROOT, FILE)]},
        named={"attachments.without_event": [FILE]} if found.set else {},
    )
    return Asked(live, "", "")
