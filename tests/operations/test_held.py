"""How a person lets run again what a run could not: as it is told with why it could not."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.errors import ERRORS, PryvTuiError
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.holding import again_by_hand
from tests.runs.test_recovery import Past


@pytest.mark.parametrize("kind", ["start", "unpause"])
@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("container-missing", "it does not exist any more. "),
        ("engine-unreachable", "Mend the engine; then: pryv-tui "),
        ("step-failed", "pryv-tui "),
    ],
)
def test_nobody_starts_what_is_not_there_and_an_engine_is_mended_first(
    tmp_path: Path, kind: str, name: str, begins: str
) -> None:
    owed = Owed(kind=kind, host="core", what="pryvio_core")  # type: ignore[arg-type]
    missing = name == "container-missing"
    remedy = ERRORS[name].remedy if missing else "Mend the engine."
    told = again_by_hand(Past(tmp_path).site, owed, PryvTuiError(name, "what", remedy))
    assert told.startswith(begins)
    way = "containers start pryvio_core" if kind == "start" else "pryv-tui recover"
    assert (way in told) is not missing
    if missing:
        assert told.endswith(remedy) and "docker" not in told
