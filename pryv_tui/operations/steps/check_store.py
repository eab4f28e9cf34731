"""Check a store's part of the set in the making against what the live store said."""

from __future__ import annotations

from pathlib import Path

from pryv_tui.operations.context import RunContext
from pryv_tui.operations.plan import Step
from pryv_tui.operations.room import tree_bytes
from pryv_tui.operations.stores import STORES
from pryv_tui.platform.layout import Layout
from pryv_tui.platform.services import users_words
from pryv_tui.vault.sets import FILES


class CheckStore(Step, frozen=True, kw_only=True, tag="check"):
    """Count and read the copy: documents, manifests, append-only files, SQLite files."""

    store: str
    layout: Layout
    destination: str

    @property
    def title(self) -> str:
        return f"Check {STORES[self.store].title} in the set of {self.host}"

    def perform(self, ctx: RunContext) -> None:
        facts = ctx.facts.of(self.host)
        said = facts.stores.get(self.store, {})
        found = STORES[self.store].check(Path(self.destination) / FILES, self.layout, said)
        if self.store == "redis" and found.pop("torn", False):
            ctx.report.note("Redis' append-only file ends in a torn command; Redis cuts it off")
        if self.store == "redis" and found["users"] != said.get("users"):
            text = (
                f"Redis: {said.get('users')} users when its file was rewritten,"
                f" {found['users']} in the copied file"
            )
            if found["users"] < said.get("users", 0):
                ctx.warn(f"{text}. Unless accounts were deleted meanwhile, take another backup.")
            else:
                ctx.report.note(f"{text}: accounts made in between are in the gap")
        dump = self.layout.stores[self.store].dump if self.store in self.layout.stores else ""
        if dump:
            found = {**found, "bytes": tree_bytes(Path(self.destination) / FILES / dump)}
        facts.stores[self.store] = found
        ctx.checked(f"{STORES[self.store].title} in the set of {self.host}: {summary(found)}")


def summary(holds: dict[str, object]) -> str:
    """What a store holds, in a few words."""
    collections = holds.get("collections")
    if isinstance(collections, dict):
        return f"{sum(collections.values())} documents in {len(collections)} collections"
    databases = holds.get("databases")
    if isinstance(databases, list):
        return f"{len(databases)} user databases, {holds.get('shards', 0)} shard files"
    if "users" in holds:
        return users_words(int(str(holds["users"])))
    if "files" in holds:
        return f"{holds['files']} files, each whole"
    return "nothing"
