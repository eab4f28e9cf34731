"""Compare a store's copy in the unfinished set with the content of the live store."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.formats.sqlite.files import Found
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.stores import STORES
from pryv_tui.operations.stores.base import Holds, see_no_link
from pryv_tui.operations.stores.room import tree_bytes
from pryv_tui.operations.stores.sqlite import damaged_at_source, judged, look
from pryv_tui.phrases import counted
from pryv_tui.platform.layout import Layout
from pryv_tui.platform.services import users_words
from pryv_tui.vault.copying.parent import Parent
from pryv_tui.vault.set_files import FILES_NAME


class CheckStore(Step, frozen=True, kw_only=True, tag="check"):
    """Read the store's copy and count its content: documents, databases, users or SQLite files."""

    store: str
    layout: Layout
    destination: str
    parent: Parent | None = None
    """Only for SQLite: the earlier set to which unchanged files were linked."""

    @property
    def title(self) -> str:
        return f"Check {STORES[self.store].title} in the set of {self.host}"

    def perform(self, ctx: RunContext) -> None:
        facts = ctx.facts.of(self.host)
        said = facts.stores.get(self.store, {})
        files = Path(self.destination) / FILES_NAME
        looked: Mapping[str, Found] = {}
        if self.store == "sqlite":
            known = _known(self.parent)
            looked = look(files, self.layout, known=known)
            found = judged(looked, self._damaged(ctx, looked))
        else:
            if self.store in self.layout.stores:
                see_no_link(files, self.store, self.layout.stores[self.store])
            found = STORES[self.store].check(files, self.layout, said)
        unchecked = found.get("unchecked", {})
        for path, why in unchecked.items():
            ctx.report.note(f"{self.host}: {path} could not be checked in full: {why}")
        if unchecked:
            path, why = next(iter(unchecked.items()))
            more = f" and {len(unchecked) - 1} more" if len(unchecked) > 1 else ""
            ctx.facts.unchecked.append(f"all of {path}{more} on {self.host} ({why})")
        if self.store == "redis" and found.pop("torn", False):
            ctx.report.note("Redis' append-only file ends in a torn command; Redis cuts it off")
        if self.store == "redis" and found["users"] != said.get("users"):
            text = (
                f"Redis: {said.get('users')} users in the live server when its file"
                " was saved,"
                f" {found['users']} in the copied file"
            )
            if found["users"] < said.get("users", 0):
                self._see_deleted(ctx, text, int(said["users"]))
                ctx.warn(
                    f"{text}. Unless accounts were deleted in the meantime, take another backup:"
                    " pryv-tui backup"
                )
            else:
                ctx.report.note(f"{text}: accounts made in between are in the gap")
        dump = self.layout.stores[self.store].dump if self.store in self.layout.stores else ""
        if dump:
            found = {**found, "bytes": tree_bytes(Path(self.destination) / FILES_NAME / dump)}
        facts.stores[self.store] = found
        words = self._words(found, looked)
        ctx.checked(f"{STORES[self.store].title} in the set of {self.host}: {words}")

    def _words(self, found: Holds, looked: Mapping[str, Found]) -> str:
        """Describe the copy's content, and how many files were not checked again because they are
        linked to an earlier set in which they were whole."""
        linked = sum(each.known for each in looked.values())
        if not linked or self.parent is None:
            return summary(found)
        return (
            f"{summary(found, linked)} ({counted(linked, 'file')} linked to the set"
            f" {self.parent.set_id}, and not checked again)"
        )

    def _damaged(self, ctx: RunContext, looked: Mapping[str, Found]) -> Holds:
        """Return and report the SQLite files that are damaged in the root itself.

        They are a warning and no failure: a backup of all but one damaged file is better than none.
        """
        root = Path(ctx.state_of(self.host).root or "/")
        damaged = damaged_at_source(looked, root)
        for path, why in damaged.items():
            ctx.warn(
                f"{self.host}: the SQLite file {root / path} is damaged there ({why}), so its copy"
                " in the set is too. An older set may have it undamaged: pryv-tui list, then"
                f" {quote('pryv-tui', 'restore', 'SET', '--files', path)}"
            )
        return {"damaged": damaged} if damaged else {}

    def _see_deleted(self, ctx: RunContext, text: str, before: int) -> None:
        """Find out whether the copy has fewer accounts only because some were deleted since: then
        the live server has fewer now, too.

        Args:
            text: the beginning of the error, with the two numbers.
            before: the number of accounts in the live server before the copy.

        Raises:
            PryvTuiError: `check-failed`, the server still has as many, so the copy lacks accounts.
        """
        try:
            now = STORES["redis"].live_users(ctx, self.host)  # type: ignore[attr-defined]
        except PryvTuiError:
            return  # the server no longer answers; the caller gives a warning
        if now >= before:
            raise PryvTuiError(
                "check-failed",
                f"{text}, but {now} in the live server now: the copy lacks accounts",
                "Take another backup: pryv-tui backup; if it fails in the same way, see which"
                " file Redis writes: pryv-tui doctor",
            )


def _known(parent: Parent | None) -> Path | None:
    """Return the files of the earlier set to which this backup linked its unchanged files; None if
    not all SQLite files of that set were found whole."""
    if parent is None or not parent.databases_whole:
        return None
    return Path(parent.folder) / FILES_NAME


def summary(holds: dict[str, object], linked: int = 0) -> str:
    """Describe a store's content in a few words.

    Args:
        linked: the number of its SQLite files that were not checked.
    """
    collections = holds.get("collections")
    if isinstance(collections, dict):
        documents = counted(sum(collections.values()), "document")
        return f"{documents} in {counted(len(collections), 'collection')}"
    databases = holds.get("databases")
    if isinstance(databases, list):
        shards = counted(int(str(holds.get("shards", 0))), "shard file")
        return f"{counted(len(databases), 'user database')}, {shards}"
    if "users" in holds:
        return users_words(int(str(holds["users"])), bool(holds.get("own")))
    if "files" in holds:
        damaged, unchecked = holds.get("damaged", {}), holds.get("unchecked", {})
        assert isinstance(damaged, dict) and isinstance(unchecked, dict)
        more = f", {len(damaged)} of them damaged at the source" if damaged else ""
        more += f", {len(unchecked)} of them not checked in full" if unchecked else ""
        many = int(str(holds["files"]))
        whole = f", {many - linked} looked at and whole" if linked else ", each whole"
        return f"{counted(many, 'file')}{more or whole}"
    return "nothing"
