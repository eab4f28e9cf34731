"""What can't be drilled, played, signed or reviewed is refused with what is wrong and a way out,
and nothing is another thing after it: not the platform, not its vault, not the state folder.
By command here; the interface is asked the same in `tests/tui/flows/test_drills_refused.py`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.drills.record.closing import close_drill
from pryv_tui.drills.record.signing import sign_drill
from pryv_tui.operations.drilling.spec import NotMade, specify
from pryv_tui.operations.site import open_site
from pryv_tui.vault.set_files import SET_JSON
from pryv_tui.vault.set_names import PARTIAL
from tests.drills.held import RUN, hold, settings_of
from tests.drills.kit import SMALL, write
from tests.drills.signing.signed import key
from tests.journeys.drills import spoilt_sets as spoilt
from tests.journeys.drills.rehearsed import Rehearsed, rehearsed, untouched
from tests.operations.drilling.seen import Seen
from tests.remedies.shell import Said, type_in

__all__ = ["rehearsed", "untouched"]

BAD = "20250101T000000Z"


@pytest.fixture
def seen(rehearsed: Rehearsed) -> Iterator[Seen]:
    """All of it as it is before; a first look makes what each look needs (locks)."""
    assert type_in("drill", "list", "--practice", str(rehearsed.folder)).exit == 0
    found = Seen(rehearsed.settings)
    yield found
    found.forget()


@pytest.fixture
def bad(rehearsed: Rehearsed) -> Iterator[Path]:
    """A copy of the set, for a test to spoil."""
    vault = open_site(rehearsed.settings).vault.folder
    yield spoilt.copied(vault / rehearsed.set, BAD)
    for name in (BAD, f"{BAD}{PARTIAL}"):
        shutil.rmtree(vault / name, ignore_errors=True)


def damaged(made: Path) -> None:
    place = made / SET_JSON
    place.write_bytes(place.read_bytes()[:100])


def partial(made: Path) -> None:
    made.rename(made.with_name(made.name + PARTIAL))


def of_another_platform(made: Path) -> None:
    spoilt._said(made, domain="other.example")


@pytest.mark.parametrize(
    ("spoil", "names"),
    [(damaged, BAD), (partial, BAD), (of_another_platform, "other.example")],
)
def test_a_set_of_another_platform_a_partial_and_a_damaged_one(
    rehearsed: Rehearsed, bad: Path, spoil: Callable[[Path], None], names: str
) -> None:
    spoil(bad)
    before = Seen(rehearsed.settings)
    said = type_in("drill", "run", BAD, "--practice", str(rehearsed.folder))
    assert said.exit in (2, 4) and names in said.err and "pryv-tui" in said.remedy, said
    before.is_what_it_was(but_for_a_refused_drill=True)


def test_an_image_that_is_gone(
    rehearsed: Rehearsed, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = NotMade(service="redis", why="its image is not here", image="pryvio/redis:1.9.2")

    def without(*given: object, **more: object) -> object:
        found = specify(*given, **more)  # type: ignore[arg-type]
        return found._replace(not_made=(*found.not_made, gone))

    monkeypatch.setattr("pryv_tui.operations.plans.drill.specify", without)
    said = type_in("drill", "run", "--practice", str(rehearsed.folder))
    assert said.exit == 4 and "image redis: its image is not here" in said.err, said
    assert "docker pull pryvio/redis:1.9.2" in said.err
    seen.is_what_it_was(but_for_a_refused_drill=True)


def in_the_root(rehearsed: Rehearsed) -> Path:
    return rehearsed.folder / "hosts/single/root"


def below_the_root(rehearsed: Rehearsed) -> Path:
    return in_the_root(rehearsed) / "pryv"


def in_the_vault(rehearsed: Rehearsed) -> Path:
    return Path(rehearsed.settings.vault)


def in_a_set(rehearsed: Rehearsed) -> Path:
    return in_the_vault(rehearsed) / rehearsed.set


@pytest.mark.parametrize("where", [in_the_root, below_the_root, in_the_vault, in_a_set])
def test_a_sandbox_inside_what_is_live_or_kept(
    rehearsed: Rehearsed, seen: Seen, where: Callable[[Rehearsed], Path]
) -> None:
    place = where(rehearsed)
    words = ("drill", "run", "--sandbox", str(place), "--practice", str(rehearsed.folder))
    said = type_in(*words)
    assert said.exit == 4 and str(place) in said.err, said
    assert "Name a folder elsewhere with --sandbox" in said.remedy
    seen.is_what_it_was()


def test_a_folder_that_is_too_small(
    rehearsed: Rehearsed, seen: Seen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=1))
    words = ("drill", "run", "--sandbox", str(tmp_path), "--practice", str(rehearsed.folder))
    said = type_in(*words)
    assert said.exit == 4 and "space" in said.err and "larger disk" in said.err, said
    assert list(tmp_path.iterdir()) == []
    seen.is_what_it_was(but_for_a_refused_drill=True)


@pytest.mark.parametrize(
    ("spoil", "names"),
    [
        (lambda text: text.replace("minutes", "minuets", 1), "minuets"),
        (lambda text: text.replace('then = "act"', 'then = "nowhere"', 1), "nowhere"),
    ],
)
@pytest.mark.parametrize("more", [(), ("--walk-through",)])
def test_a_scenario_with_an_unknown_key_and_one_that_leads_nowhere(
    tmp_path: Path, spoil: Callable[[str], str], names: str, more: tuple[str, ...]
) -> None:
    path = write(tmp_path / "own", spoil(SMALL))
    held = hold(tmp_path)
    config = tmp_path / "pryv-tui.toml"
    config.write_text(
        f"scenarios = '{path.parent}'\nstate = '{held.state}'\nvault = '{held.vault}'\n"
    )
    before = Seen(held, tmp_path / "own")
    said = type_in("drill", "run", "--scenario", "small", *more, "--config", str(config))
    assert said.exit == 2 and names in said.err and str(path) in said.err, said
    assert "drill scenarios" in said.remedy
    before.is_what_it_was()


@pytest.fixture
def signed(tmp_path: Path) -> Callable[..., Said]:
    """A drill whose record the operator has signed; it types a command about it."""
    held = hold(tmp_path)
    close_drill(held, RUN)
    sign_drill(held, RUN, key(tmp_path, "operator"))

    def type_it(*words: str) -> Said:
        return type_in("drill", *words, "--state", held.state, "--vault", held.vault)

    assert type_it("list").exit == 0
    return type_it


LOOKED = "Each check was compared with the criteria."


def lost_key(folder: Path) -> tuple[str, str, str]:
    return "review", str(folder / "lost"), "is not there"


def lost_key_to_sign(folder: Path) -> tuple[str, str, str]:
    return "sign", str(folder / "lost"), "is not there"


def own_key(folder: Path) -> tuple[str, str, str]:
    return "review", str(folder / "operator"), "is the key with which the operator signed"


def no_key(folder: Path) -> tuple[str, str, str]:
    place = folder / "no-key"
    place.write_text("none\n")
    return "review", str(place), str(place)


@pytest.mark.parametrize("what", [lost_key, lost_key_to_sign, own_key, no_key])
def test_a_key_that_is_not_there_none_or_the_operators_own(
    tmp_path: Path,
    signed: Callable[..., Said],
    what: Callable[[Path], tuple[str, str, str]],
) -> None:
    word, used, names = what(tmp_path)
    before = Seen(settings_of(tmp_path))
    said = signed(word, RUN, *([LOOKED] if word == "review" else []), "--key", used)
    assert said.exit in (1, 2, 4) and names in said.err and said.remedy, said
    before.is_what_it_was()


def a_figure(record: dict[str, Any]) -> None:
    record["objectives"]["rto"]["seconds"] = 1.0


def an_outcome(record: dict[str, Any]) -> None:
    record["outcome"] = "failed"


@pytest.mark.parametrize("edit", [a_figure, an_outcome])
@pytest.mark.parametrize("word", ["sign", "review", "report", "verify"])
def test_a_record_that_was_edited(
    tmp_path: Path, signed: Callable[..., Said], edit: Callable[[dict[str, Any]], None], word: str
) -> None:
    place = tmp_path / "state/drills" / RUN / "record.json"
    record = json.loads(place.read_bytes())
    edit(record)
    place.write_text(json.dumps(record, indent=2) + "\n")
    before = Seen(settings_of(tmp_path))
    more = {
        "sign": ("--key", str(tmp_path / "operator")),
        "review": (LOOKED, "--key", str(key(tmp_path, "reviewer"))),
    }.get(word, ())
    said = signed(word, RUN, *more)
    assert said.exit in (1, 4) and RUN in said.err, said
    if word == "verify":
        assert "copy of the state folder" in said.out
    else:
        assert f"drill verify {RUN}" in said.remedy
    before.is_what_it_was()
