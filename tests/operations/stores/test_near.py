"""Stores that are asked at their own addresses: who is waited for there, and who is another."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.hosts.routes import ends_in
from pryv_tui.operations.settings.patience import USUAL
from pryv_tui.operations.stores import near
from pryv_tui.operations.stores.base import wait_until
from pryv_tui.operations.stores.mongodb import MongoDB
from pryv_tui.operations.stores.near import NotNear, NotThere
from pryv_tui.operations.stores.redis_words import PASSWORD
from tests.helpers.waiting import PATIENCE, until
from tests.hosts.machines import StillHost, machine
from tests.operations.kit import context
from tests.operations.stores.listening import (
    DATABASES,
    INFO,
    At,
    Listen,
    influx_says,
    listening,
    says,
    watch,
)

__all__ = ["listening"]


# Waiting for one that was started


class Coming:
    """A server on its way up: what it does at each question, the last one for ever."""

    def __init__(self, *does: bool | Exception) -> None:
        self.does = list(does)
        self.asked = 0

    def near(self) -> bool:
        self.asked += 1
        now = self.does.pop(0) if len(self.does) > 1 else self.does[0]
        if isinstance(now, Exception):
            raise now
        return now


def waiting(folder: Path, coming: Coming, program: Callable[[], str | None], **more: Any) -> Any:
    host = StillHost("one", machine("single-node"))
    patience = msgspec.structs.replace(USUAL, near=more.pop("alone", USUAL.near))
    ctx, _ = context(folder, host, patience=patience)
    wait_until(ctx, program, "MongoDB", "pryvio_mongodb", "one", near=coming.near, **more)
    return ctx


def never() -> str | None:
    raise AssertionError("its program is asked, which costs a tenth of a second")


def test_one_that_listens_late_is_asked_without_a_program(tmp_path: Path) -> None:
    """However long each question takes on a machine that has other work."""
    coming = Coming(NotThere("refused"), NotThere("refused"), False, True)
    waiting(tmp_path, coming, never, alone=PATIENCE)
    assert coming.asked == 4


def test_one_that_listens_for_others_alone_is_heard_through_its_program(
    tmp_path: Path,
) -> None:
    coming, heard = Coming(NotThere("refused")), []
    waiting(tmp_path, coming, lambda: heard.append("its program"), alone=0.0)
    assert coming.asked >= 1 and heard == ["its program"]


@pytest.mark.parametrize(
    "no", [NotNear("no address"), PryvTuiError("step-failed", "it wants a password")]
)
def test_one_that_is_there_and_does_not_do_it_is_asked_by_its_program_at_once(
    tmp_path: Path, no: Exception
) -> None:
    coming, complaints = Coming(no), ["not yet", None]
    waiting(tmp_path, coming, lambda: complaints.pop(0))
    assert complaints == []
    assert coming.asked == 2, "once before each question to its program"


def test_one_that_never_answers_fails_as_before(
    tmp_path: Path,
) -> None:
    with pytest.raises(PryvTuiError, match="MongoDB does not answer after 0 s: connection refused"):
        waiting(
            tmp_path, Coming(NotThere("no")), lambda: "connection refused", seconds=0.2, alone=0.0
        )


def test_a_cancel_is_heard_while_one_comes(tmp_path: Path) -> None:
    host = StillHost("one", machine("single-node"))
    ctx, _ = context(tmp_path, host)

    def near_then_cancelled() -> bool:
        ctx.cancel.set()  # type: ignore[attr-defined]
        raise NotThere("refused")

    with pytest.raises(Cancelled):
        wait_until(ctx, never, "MongoDB", "pryvio_mongodb", "one", near=near_then_cancelled)


def test_a_mongodb_that_is_there_and_refuses_its_query_is_asked_by_its_tool(
    listening: Listen, tmp_path: Path
) -> None:
    """A listener that closes at once: a server's first moment, or no MongoDB at all."""
    server = listening(lambda line, _heard: line.close())
    host = StillHost("one", machine("single-node"))
    ctx, _ = context(tmp_path, host)
    engine: Any = At(server.engine.where, lambda _argv: (0, "", ""))
    host.engine = engine
    MongoDB().wait(ctx, "one")
    assert [argv[0].rpartition("/")[2] for _, argv in engine.asked] == ["mongodump"]


# Whose server it is


@pytest.fixture
def elsewhere() -> Iterator[int]:
    """A process with a network of its own."""
    unshare = shutil.which("unshare")
    if unshare is None or os.getuid() != 0:
        pytest.skip("a network of one's own takes root and unshare(1)")
    here = Path("/proc/self/ns/net").readlink()
    with subprocess.Popen([unshare, "-n", "sleep", "600"]) as process:
        until(lambda: Path(f"/proc/{process.pid}/ns/net").readlink() != here)
        yield process.pid
        process.kill()


def test_a_server_at_the_address_that_is_not_the_containers_hears_nothing(
    listening: Listen, elsewhere: int
) -> None:
    """Another engine of the same machine may have given the address away as well."""
    ours = listening(says(b"+OK\r\n", b"$2\r\nhi\r\n"))
    assert ours.asked(INFO, {PASSWORD: "secret"}) == ["hi"]
    another = listening(says(b"+OK\r\n", b"$2\r\nhi\r\n"))
    another.engine.pid = elsewhere
    assert another.asked(INFO, {PASSWORD: "secret"}) is None
    assert not any(another.heard), "not even the password"


def test_the_same_of_influxdb_and_mongodb(elsewhere: int) -> None:
    engine, asked = influx_says(200, DATABASES)
    assert near.influx(engine, "pryvio_influxdb", "SHOW DATABASES", watch())  # type: ignore[arg-type]
    engine.pid = elsewhere
    with pytest.raises(NotNear):
        near.influx(engine, "pryvio_influxdb", "SHOW DATABASES", watch())  # type: ignore[arg-type]
    assert len(asked) == 1
    with socket.create_server(("127.0.0.1", 0)) as door:
        found = At(f"127.0.0.1:{door.getsockname()[1]}")
        assert near.mongodb(found, "pryvio_mongodb") == found.where  # type: ignore[arg-type]
        found.pid = elsewhere
        with pytest.raises(NotNear):
            near.mongodb(found, "pryvio_mongodb")  # type: ignore[arg-type]


def test_a_server_for_both_kinds_of_addresses_is_seen_to_be_the_other_end(elsewhere: int) -> None:
    with (
        socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as door,
        socket.create_connection(("127.0.0.1", door.getsockname()[1])) as line,
    ):
        ours = line.getsockname()[:2]
        assert ends_in(os.getpid(), *ours)
        assert not ends_in(elsewhere, *ours)
        assert not ends_in(2**22 + 1, *ours), "there is no such process"
