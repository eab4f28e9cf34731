"""Which shell a container has is found once; MongoDB's has another name in each release."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.containers.shells import NoShell, Shells, which
from pryv_tui.operations.stores.mongo_server import SHELLS, ask_events, ask_owners, ask_server
from tests.hosts.machines import machine
from tests.operations.kit import TellingEngine

MONGODB = next(c for c in machine("core") if c.name == "pryvio_mongodb")
NAMES = ("old", "new", "other")


class Container:
    """Has some programs; which ones were tried."""

    def __init__(self, *has: str) -> None:
        self.has = set(has)
        self.tried: list[str] = []

    def __call__(self, shell: str) -> str:
        self.tried.append(shell)
        if shell not in self.has:
            raise PryvTuiError("program-missing", f"there is no {shell}")
        return shell


def test_what_was_found_is_asked_at_once() -> None:
    shells, container = Shells(), Container("other")
    assert [shells.ask(("c",), NAMES, container) for _ in range(3)] == ["other"] * 3
    assert container.tried == ["old", "new", "other", "other", "other"]


def test_that_there_is_none_is_found_once() -> None:
    shells, container = Shells(), Container()
    for _ in range(3):
        with pytest.raises(NoShell):
            shells.ask(("c",), NAMES, container)
    assert container.tried == list(NAMES)


@pytest.mark.parametrize("then", [("new",), ()])
def test_one_that_is_gone_is_looked_for_again(then: tuple[str, ...]) -> None:
    shells, container = Shells(), Container("old")
    shells.ask(("c",), NAMES, container)
    container.has = set(then)
    for answer in then:
        assert shells.ask(("c",), NAMES, container) == answer
    if not then:
        with pytest.raises(NoShell):
            shells.ask(("c",), NAMES, container)


def test_another_failure_is_an_answer_of_a_shell_that_is_there() -> None:
    shells, tried = Shells(), []

    def fails(shell: str) -> str:
        tried.append(shell)
        if shell == "old":
            raise PryvTuiError("program-missing", shell)
        raise PryvTuiError("step-failed", "not authorized")

    for _ in range(2):
        with pytest.raises(PryvTuiError, match="not authorized"):
            shells.ask(("c",), NAMES, fails)
    assert tried == ["old", "new", "new"]


def test_another_image_or_machine_is_another_container() -> None:
    engine = TellingEngine([], lambda _: (0, "", ""))
    newer = msgspec.structs.replace(MONGODB, image="pryvio/mongodb:2.0")
    again = msgspec.structs.replace(MONGODB, state="exited")
    assert which(engine, newer) != which(engine, MONGODB) == which(engine, again)  # type: ignore[arg-type]


def test_all_questions_to_mongodb_share_it(tmp_path: Path) -> None:
    def answer(argv: Sequence[str]) -> tuple[int, str, str]:
        if argv[0] != SHELLS[-1]:
            raise PryvTuiError("program-missing", argv[0])
        words = argv[-1]
        if "getCollectionInfos" in words:
            return 0, '{"collections": {}, "bytes": 1}\n', ""
        return 0, '{"owners": []}\n' if "distinct" in words else '{"now": 3, "newer": 1}\n', ""

    engine, shells = TellingEngine([MONGODB], answer), Shells()
    ask_server(engine, MONGODB, shells=shells)  # type: ignore[arg-type]
    ask_owners(engine, MONGODB, 1, shells=shells)  # type: ignore[arg-type]
    ask_events(engine, MONGODB, 0, 1, shells=shells)  # type: ignore[arg-type]
    assert [argv[0] for _, argv in engine.asked] == [*SHELLS, SHELLS[-1], SHELLS[-1]]
