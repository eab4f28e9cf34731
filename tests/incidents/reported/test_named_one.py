"""What is said of a named incident goes into that one, or nowhere: never into the open one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents import acts
from pryv_tui.incidents.acts import declare
from pryv_tui.incidents.files import all_incidents, incidents_folder
from pryv_tui.operations.settings.resolve import Settings
from tests.incidents.test_files import settings_of

ACTS: dict[str, Callable[[Settings, str], object]] = {
    "close": lambda settings, one: acts.close(settings, "over", incident=one),
    "note": lambda settings, one: acts.note(settings, "seen", incident=one),
}


def removed(journal: Path) -> None:
    shutil.rmtree(journal.parent)


def without_journal(journal: Path) -> None:
    journal.unlink()


def of_a_folder(journal: Path) -> None:
    journal.unlink()
    journal.mkdir()


def behind_a_link(journal: Path) -> None:
    journal.parent.rename(journal.parent.parent / "elsewhere")
    journal.parent.symlink_to("elsewhere")


HARMS = (removed, without_journal, of_a_folder, behind_a_link)


@pytest.mark.parametrize("act", list(ACTS))
@pytest.mark.parametrize("harm", HARMS)
def test_one_that_can_not_be_read_is_refused_and_the_open_one_is_left_alone(
    tmp_path: Path, act: str, harm: Callable[[Path], None]
) -> None:
    settings = settings_of(tmp_path)
    first = declare(settings, text="core is gone").incident
    acts.close(settings)
    now = declare(settings, text="register is gone").incident
    journal = incidents_folder(Path(settings.state)) / first.id / "journal.jsonl"
    harm(journal)
    with pytest.raises(PryvTuiError) as caught:
        ACTS[act](settings, first.id)
    assert caught.value.name == "incident-unknown"
    assert first.id in caught.value.what
    (left,) = [one for one in all_incidents(Path(settings.state)) if one.id == now.id]
    assert left.open and not left.notes
    if harm is without_journal:
        assert not journal.exists(), "nothing is written into what is not there"


@pytest.mark.parametrize("act", list(ACTS))
def test_the_one_that_is_named_is_meant_and_without_a_name_the_open_one(
    tmp_path: Path, act: str
) -> None:
    settings = settings_of(tmp_path)
    first = declare(settings, text="core is gone").incident
    ACTS[act](settings, first.id)
    (left,) = all_incidents(Path(settings.state))
    assert left.open is (act == "note") and bool(left.notes) is (act == "note")
    if act == "close":
        declare(settings, text="register is gone")
    ACTS[act](settings, "")
    last = all_incidents(Path(settings.state))[-1]
    assert last.open is (act == "note") and len(last.notes) == (2 if act == "note" else 0)
