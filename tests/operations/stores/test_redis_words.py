"""Redis: the append-only file that travels is compared with what the live server said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.services.rescue import before_stop
from pryv_tui.operations.steps.taking.check_store import CheckStore
from pryv_tui.operations.stores.redis import Redis
from pryv_tui.operations.stores.redis_server import Said, connect
from pryv_tui.operations.stores.redis_words import PASSWORD, PasswordWanted
from pryv_tui.platform.layout import TEMPLATE_STORES, Layout
from pryv_tui.vault.set_files import FILES_NAME
from tests.operations.kit import context, telling

LAYOUT = Layout(stores={"redis": TEMPLATE_STORES["redis"]})


def command(*words: str) -> bytes:
    parts = [b"*%d\r\n" % len(words)]
    parts += [b"$%d\r\n%s\r\n" % (len(word), word.encode()) for word in words]
    return b"".join(parts)


def append_only(folder: Path, users: int) -> None:
    data = folder / "pryv/redis/data"
    data.mkdir(parents=True)
    content = command("SELECT", "0")
    for number in range(users):
        content += command("HSET", f"u{number}:users", "id", str(number))
    (data / "appendonly.aof").write_bytes(content)


def check_step(tmp_path: Path, *, live: int, copied: int) -> tuple[list[str], dict[str, object]]:
    """Check a copy with so many users of a server that had so many; warnings and facts."""
    ctx, _heard = context(tmp_path, telling("register", "register", lambda _argv: (0, "", "")))
    append_only(tmp_path / "part" / FILES_NAME, copied)
    ctx.facts.of("register").stores["redis"] = {"users": live}
    CheckStore(
        host="register", store="redis", layout=LAYOUT, destination=str(tmp_path / "part")
    ).perform(ctx)
    return ctx.facts.warnings, ctx.facts.of("register").stores["redis"]


def test_a_copy_with_every_user(tmp_path: Path) -> None:
    assert check_step(tmp_path, live=7, copied=7) == ([], {"users": 7})


def test_an_account_made_while_it_was_copied(tmp_path: Path) -> None:
    warnings, holds = check_step(tmp_path, live=7, copied=8)
    assert holds == {"users": 8}
    assert warnings == []


def test_a_copy_without_any_user_of_a_register_that_had_some(tmp_path: Path) -> None:
    with pytest.raises(PryvTuiError, match="have none"):
        check_step(tmp_path, live=7, copied=0)


def test_a_copy_with_fewer_users_than_the_live_register_is_no_quiet_success(tmp_path: Path) -> None:
    try:
        warnings, _holds = check_step(tmp_path, live=10_000, copied=1)
    except PryvTuiError as error:
        assert error.name == "check-failed"
    else:
        assert warnings


def test_a_set_without_a_file_of_redis(tmp_path: Path) -> None:
    (tmp_path / "pryv/redis/data").mkdir(parents=True)
    with pytest.raises(PryvTuiError, match="no file of Redis"):
        Redis().check(tmp_path, LAYOUT, {"users": 0})


class Server:
    """A Redis that answers; every question it was asked."""

    def __init__(self, *, rewrite: str = "ok", aof: str = "1", started: str = "started") -> None:
        self.rewrite, self.aof, self.started = rewrite, aof, started
        self.asked: list[str] = []

    def __call__(self, argv: Sequence[str]) -> tuple[int, str, str]:
        self.asked.append(argv[1])
        if argv[1] == "CONFIG":
            return 0, "ERR unknown command `CONFIG`\n\n", ""
        if argv[1] == "INFO":
            return (
                0,
                f"# Persistence\r\naof_enabled:{self.aof}\r\naof_rewrite_in_progress:0\r\n"
                f"aof_rewrite_scheduled:0\r\naof_last_bgrewrite_status:{self.rewrite}\r\n",
                "",
            )
        if argv[1] == "BGREWRITEAOF":
            return 0, f"Background append only file rewriting {self.started}\n", ""
        if argv[1] == "SAVE":
            return 0, "OK\n", ""
        # No name of these holds the ending itself.
        told = "" if argv[-1].count(":users") > 1 else "a:users\nb:users\na:users\n"
        return 0, told, ""


def settle(tmp_path: Path, server: Server) -> tuple[dict[str, object], list[str]]:
    ctx, _heard = context(tmp_path, telling("register", "register", server))
    return Redis().dump(ctx, "register"), ctx.facts.warnings


def test_a_scan_that_names_a_key_twice_counts_it_once(tmp_path: Path) -> None:
    server = Server()
    assert settle(tmp_path, server) == ({"users": 2}, [])
    assert "BGREWRITEAOF" in server.asked


def test_a_rewrite_that_failed(tmp_path: Path) -> None:
    with pytest.raises(PryvTuiError, match="'err'") as caught:
        settle(tmp_path, Server(rewrite="err"))
    assert caught.value.name == "check-failed"


def test_a_rewrite_that_was_not_begun(tmp_path: Path) -> None:
    with pytest.raises(PryvTuiError, match="BGREWRITEAOF"):
        settle(tmp_path, Server(started="refused"))


def test_a_redis_without_its_append_only_file_is_saved_and_told(tmp_path: Path) -> None:
    server = Server(aof="0")
    holds, warnings = settle(tmp_path, server)
    assert holds == {"users": 2}
    assert "SAVE" in server.asked
    assert len(warnings) == 1


def test_other_users_after_a_restore_than_in_the_set(tmp_path: Path) -> None:
    ctx, _heard = context(tmp_path, telling("register", "register", Server()))
    Redis().compare(ctx, "register", {"users": 2})
    with pytest.raises(PryvTuiError, match="2 users after the restore, the set holds 3"):
        Redis().compare(ctx, "register", {"users": 3})


def test_it_is_asked_once_how_it_is_and_anew_only_where_that_changes(tmp_path: Path) -> None:
    """Each question starts a program in the container."""
    server = Server()
    settle(tmp_path, server)
    assert server.asked == ["INFO", "CONFIG", "BGREWRITEAOF", "INFO", "--scan", "--scan"]


def test_before_it_is_stopped_it_is_asked_twice(tmp_path: Path) -> None:
    server = Server()
    ctx, _heard = context(tmp_path, telling("register", "register", server))
    assert before_stop(ctx, "register", "pryvio_redis") is None
    assert server.asked == ["INFO", "CONFIG"]


def test_whether_it_answers_is_one_question(tmp_path: Path) -> None:
    server = Server()
    ctx, _heard = context(tmp_path, telling("register", "register", server))
    Redis().wait(ctx, "register")
    assert server.asked == ["INFO"]


def test_one_who_may_not_say_how_it_is_names_the_right_that_is_missing(tmp_path: Path) -> None:
    def answer(_argv: Sequence[str]) -> tuple[int, str, str]:
        return 0, "NOPERM this user has no permissions to run the 'info' command\n\n", ""

    ctx, _heard = context(tmp_path, telling("register", "register", answer))
    with pytest.raises(PryvTuiError, match="NOPERM") as caught:
        Redis().compare(ctx, "register", {"users": 2})
    assert "ACL SETUSER default '~*' +info" in caught.value.remedy


WRONG = (0, "NOAUTH Authentication required.\n\n", "Warning: AUTH failed")
OLD_CLIENT = (1, "", "Unrecognized option or bad number of args for: '--user'")
GONE = (1, "", "Could not connect to Redis at 127.0.0.1:6379: Connection refused")


@pytest.mark.parametrize(
    ("then", "said"),
    [
        (WRONG, "asks for a password, and none of those known is the right one"),
        (OLD_CLIENT, "asks for a password, and not each of those known could be tried: Unrecog"),
        (GONE, "does not answer any more: Could not connect"),
    ],
)
def test_a_password_that_could_not_be_tried_is_not_said_to_be_wrong(
    then: tuple[int, str, str], said: str
) -> None:
    def ask(_argv: Sequence[str], environment: Mapping[str, str]) -> Said:
        code, out, err = then if environment else WRONG
        return Said(code, out.splitlines(), err)

    with pytest.raises(PryvTuiError) as caught:
        connect(ask, None, list, {PASSWORD: "known"})
    assert said in caught.value.what
    right = "none of those known is the right one"
    assert (right in caught.value.what) is (then == WRONG)
    # Who waits for a server that starts asks again, unless a person has to give the password.
    assert isinstance(caught.value, PasswordWanted) is (then != GONE)
