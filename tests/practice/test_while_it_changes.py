"""What is done to a practice platform while a run is at work on it: it is done, or refused."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.practice.home import Home
from pryv_tui.practice.platform import PracticePlatform
from tests.remedies.shell import Shell, commands_in, paste, type_in


def made(folder: Path, form: str = "single-node") -> PracticePlatform:
    return PracticePlatform.create(folder / "p", form=form, users=2, attachments=4)  # type: ignore[arg-type]


class Meddler(threading.Thread):
    """A run that makes, renames and removes files below a folder, until it is ended."""

    def __init__(self, top: Path) -> None:
        super().__init__(daemon=True)
        self.top, self.over, self.rounds = top, threading.Event(), threading.Event()

    def run(self) -> None:
        number = 0
        while not self.over.is_set() and number < 5000:
            number += 1
            path = self.top / f"pryv/mongodb/backup/x{number % 7}"
            try:
                path.mkdir(parents=True, exist_ok=True)
                (path / f"file{number}").write_text("x")
                (path / f"file{number}").rename(path / "other")
                (path / "other").unlink()
                path.rmdir()
            except OSError:
                pass
            self.rounds.set()


@pytest.mark.parametrize(
    ("form", "role"),
    [("single-node", "core"), ("single-node", "all"), ("single-node", "register"),
     ("cluster", "core"), ("cluster", "all")],
)  # fmt: skip
def test_a_role_is_lost_while_somebody_writes_there(tmp_path: Path, form: str, role: str) -> None:
    platform = made(tmp_path, form)
    machine = Home(platform.folder).home_of("core")
    meddler = Meddler(machine.root)
    meddler.start()
    assert meddler.rounds.wait(60)
    try:
        for _ in range(5):
            try:
                platform.wipe(role)
            except PryvTuiError as error:
                # The one thing that it may say: somebody is as fast as it is.
                assert error.name == "practice" and "as fast as they are removed" in error.what
    finally:
        meddler.over.set()
        meddler.join(60)
    platform.wipe(role)
    assert not platform.holds(role)
    assert not (machine.folder / "gone").exists()
    assert not list(machine.root.glob("pryv/mongodb/*")) or role == "register"


@pytest.mark.parametrize("before", ["rename", "remove"])
def test_what_vanishes_right_before_it_goes_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    """The moment between the look and the act, each time."""
    platform = made(tmp_path)
    machine = Home(platform.folder).home_of("core")
    name = "rename" if before == "rename" else "unlink"
    real: Callable[..., object] = getattr(Path, name)

    def first_somebody_else(self: Path, *words: object, **more: object) -> object:
        if machine.root in self.parents and self.exists():
            moved = tmp_path / f"elsewhere{len(list(tmp_path.iterdir()))}"
            Path.replace(self, moved)
        return real(self, *words, **more)

    monkeypatch.setattr(Path, name, first_somebody_else)
    platform.wipe("all")
    monkeypatch.undo()
    assert list(machine.root.iterdir()) == [] and not platform.holds("all")


@pytest.mark.parametrize("amount", ["users", "attachments", "points"])
@pytest.mark.parametrize("what", ["mongodb/data", "core/data", "influxdb/data", "redis/data"])
def test_life_goes_on_or_is_refused_while_a_folder_is_moved(
    tmp_path: Path, amount: str, what: str
) -> None:
    platform = made(tmp_path)
    root = Home(platform.folder).home_of("core").root
    away = tmp_path / "away"
    (root / "pryv" / what).rename(away)
    done = type_in("practice", "grow", str(platform.folder), f"--{amount}", "1")
    assert done.exit in (0, 1), done
    if done.exit == 1:
        assert paste(commands_in(done.err.strip())[0]).exit == 3
        away.rename(root / "pryv" / what)
        assert type_in("practice", "grow", str(platform.folder), f"--{amount}", "1").exit == 0
    contents = type_in("practice", "contents", str(platform.folder), "--json")
    assert contents.exit in (0, 1), contents


def test_a_container_that_is_stopped_meanwhile_ends_it_between_two_accounts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No account is known to register alone because a run began just then."""
    platform = made(tmp_path)
    machine = Home(platform.folder).home_of("core")
    before = platform.contents()["redis"]["users"]
    from pryv_tui.practice.life import Life

    real = Life.settle

    def settle(self: Life, account: object) -> None:
        real(self, account)  # type: ignore[arg-type]
        stopper = threading.Thread(target=stop)
        stopper.start()
        stoppers.append(stopper)

    def stop() -> None:
        with machine.engine.change() as engine:
            engine.containers["pryvio_mongodb"].state = "exited"

    stoppers: list[threading.Thread] = []
    monkeypatch.setattr(Life, "settle", settle)
    with pytest.raises(PryvTuiError) as caught:
        platform.grow(users=500)
    for one in stoppers:
        one.join(60)
    made_now = platform.contents()["redis"]["users"] - before
    assert 0 < made_now < 500
    assert f"made before that: {made_now} account" in caught.value.what
    known = json.loads(type_in("practice", "contents", str(platform.folder), "--json").out)
    assert known["redis"]["users"] == before + made_now
    shell = Shell(platform)
    with machine.engine.change() as engine:
        engine.containers["pryvio_mongodb"].state = "running"
    live = json.loads(shell.type("audit", "--live", "--json").out)
    assert live["accounts"] == {"register_only": [], "core_only": []}
