"""Sets of a vault that rules decide about: for the tests of what goes and what stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import structs

from pryv_tui.operations.sets.retention import Judgement, KeepRules, judge
from pryv_tui.vault.checks import Verification
from pryv_tui.vault.sets import BackupSet
from tests.operations.kit import DOMAIN, manifest_of, part, set_of

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
GOOD = Verification("2026-01-02T00:00:00Z", "good", 1, 1)


def a_set(hours: int, **more: Any) -> BackupSet:
    """A set made so many hours after the start."""
    verified, state = more.pop("verified", None), more.pop("state", "complete")
    role = more.pop("role", "core")
    holds = {"bytes": more.pop("size", 1000), "files": more.pop("files", 10)}
    documents = more.pop("documents", 100)
    host = part(role, role, **holds)
    if role == "core":
        stores = {**host.stores, "mongodb": {"collections": {"events": documents}}}
        host = structs.replace(host, stores=stores)
    name = f"{START + timedelta(hours=hours):%Y%m%dT%H%M%SZ}"
    made = set_of(manifest_of(host, id=name, **more))
    if state == "partial":
        return structs.replace(made, state=state, manifest=None, problem="it did not finish")
    return structs.replace(made, state=state, verification=verified)


def decided(sets: Sequence[BackupSet], rules: KeepRules) -> list[Judgement]:
    return judge(sets, rules, domain=DOMAIN, practice=False)
