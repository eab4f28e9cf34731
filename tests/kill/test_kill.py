"""SIGKILL to the worker at places all over its journal: nothing is lost, recover settles it.

Here at every few events; `python -m tests.kill.campaign` does every one.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.runs.recovery import Choice
from tests.kill.campaign import Campaign, Kind


@pytest.mark.parametrize(
    ("kind", "choice", "step"),
    [
        ("backup", None, 13),
        ("restore", "finish", 19),
        ("restore", "roll-back", 21),
        ("undo", None, 11),
    ],
)
def test_a_kill_loses_nothing(tmp_path: Path, kind: Kind, choice: Choice | None, step: int) -> None:
    campaign = Campaign(tmp_path)
    campaign.everywhere(kind, step=step, choice=choice)
    assert campaign.kills >= 3


def test_a_kill_on_a_cluster_loses_nothing(tmp_path: Path) -> None:
    campaign = Campaign(tmp_path, form="cluster")
    campaign.everywhere("restore", step=41)
    assert campaign.kills >= 3
