"""What is copied ahead of a root: a set all the same, each file once and of its own moment."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.steps.taking.copy_ahead import CopyAhead
from pryv_tui.operations.steps.taking.copy_root import CopyRoot
from pryv_tui.platform.layout import resolve_layout
from pryv_tui.platform.roles import ROLE_NAMES
from pryv_tui.vault.verify import verify_sums
from tests.hosts.machines import StillHost, machine
from tests.operations.kit import context

USERS = "pryv/core/data/users"
LAYOUT = resolve_layout(ROLE_NAMES, "/r", {})


class Root:
    """A root with a username index that is held open, Redis' file, and a person's own files."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        for path in (f"{USERS}/c/b/a/abc", "pryv/redis/data", "pryv/redis/conf"):
            (self.root / path).mkdir(parents=True)
        (self.root / f"{USERS}/c/b/a/abc/account.sqlite").write_text("hers")
        (self.root / "pryv/redis/data/appendonly.aof").write_text("at the gap's end")
        (self.root / "pryv/redis/conf/redis.conf").write_text("appendonly yes")
        self.target = folder / "set/single-node"
        host = StillHost("single-node", machine("single-node"), root=self.root)
        self.ctx: RunContext
        self.ctx, _heard = context(folder, host)
        self.index = sqlite3.connect(self.root / USERS / "user-index.db")
        self.index.execute("PRAGMA journal_mode=WAL")
        self.index.execute("CREATE TABLE id4name (username TEXT, userId TEXT)")
        self.join("before")

    def join(self, name: str) -> None:
        self.index.execute("INSERT INTO id4name VALUES (?, ?)", (name, name))
        self.index.commit()

    @property
    def words(self) -> dict[str, Any]:
        return {
            "host": "single-node",
            "root": str(self.root),
            "destination": str(self.target),
            "layout": LAYOUT,
            "roles": ROLE_NAMES,
        }

    def ahead(self, store: str) -> None:
        CopyAhead(store=store, **self.words).perform(self.ctx)  # type: ignore[arg-type]

    def rest(self) -> None:
        CopyRoot(ahead=("accounts", "redis"), **self.words).perform(self.ctx)

    @property
    def names(self) -> list[str]:
        """Accounts in the set's index."""
        path = self.target / "files" / USERS / "user-index.db"
        # Immutable: looking must leave no companions in the set.
        with sqlite3.connect(f"file:{path}?immutable=1", uri=True) as copy:
            return [name for (name,) in copy.execute("SELECT username FROM id4name")]


def test_the_set_holds_what_was_there_at_that_moment_and_everything_once(tmp_path: Path) -> None:
    root = Root(tmp_path)
    root.ahead("accounts")
    root.ahead("redis")
    root.join("after")
    (root.root / "pryv/redis/data/appendonly.aof").write_text("later")
    root.rest()
    files = root.target / "files"
    assert root.names == ["before"]
    assert (files / "pryv/redis/data/appendonly.aof").read_text() == "at the gap's end"
    copied = {p.relative_to(files).as_posix() for p in files.rglob("*") if p.is_file()}
    assert copied == {
        f"{USERS}/user-index.db",
        f"{USERS}/c/b/a/abc/account.sqlite",
        "pryv/redis/data/appendonly.aof",
        "pryv/redis/conf/redis.conf",
    }
    assert verify_sums(root.target).sound
    facts = root.ctx.facts.of("single-node")
    assert facts.files == len(copied)
    assert facts.folders == len([p for p in files.rglob("*") if p.is_dir()])
    for path in ("pryv/core", USERS, "pryv/redis/data"):
        before, after = (root.root / path).stat(), (files / path).stat()
        assert (before.st_mode, before.st_uid) == (after.st_mode, after.st_uid), path


def test_a_list_of_accounts_made_meanwhile_is_not_taken(tmp_path: Path) -> None:
    """It would tell of accounts that register's copy, taken before, does not hold."""
    root = Root(tmp_path)
    root.index.close()
    for path in (root.root / USERS).glob("user-index.db*"):
        path.rename(tmp_path / path.name)
    root.ahead("accounts")
    root.ahead("redis")
    for name in ("user-index.db", "another.db"):
        (root.root / USERS / name).write_bytes(b"SQLite format 3\0")
    root.rest()
    found = [p.name for p in (root.target / "files" / USERS).iterdir() if p.is_file()]
    assert found == []
    assert verify_sums(root.target).sound


def test_redis_without_a_file_is_no_backup_of_it(tmp_path: Path) -> None:
    root = Root(tmp_path)
    (root.root / "pryv/redis/data/appendonly.aof").unlink()
    with pytest.raises(PryvTuiError, match="no file of Redis") as caught:
        root.ahead("redis")
    assert caught.value.name == "check-failed"
