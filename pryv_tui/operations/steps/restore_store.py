"""Bring a store's content back from its dump, and compare it with what the set holds."""

from __future__ import annotations

from typing import Any

from pryv_tui.operations.context import RunContext
from pryv_tui.operations.plan import Step, docker_exec
from pryv_tui.operations.stores import STORES
from pryv_tui.platform.layout import Layout


class RestoreStore(Step, frozen=True, kw_only=True, tag="restore"):
    """Run the store's restore tool, judge it by its words, then ask the server what it holds."""

    store: str
    layout: Layout
    holds: dict[str, Any]

    destructive = True

    @property
    def title(self) -> str:
        title = STORES[self.store].title
        if self.store == "redis":
            return f"Compare {title} on {self.host} with the set"
        return f"Restore {title} on {self.host} and compare it with the set"

    @property
    def command(self) -> tuple[str, ...]:
        container = self.layout.stores[self.store].container
        return tuple(
            docker_exec(container, argv) for argv in STORES[self.store].restore_command(self.layout)
        )

    @property
    def leaves(self) -> str:
        return "a part of the documents in the database; its data folder is new and can be emptied"

    @property
    def undone(self) -> str:
        return "undo of this run puts the former data folder back"

    def perform(self, ctx: RunContext) -> None:
        module = STORES[self.store]
        module.restore(ctx, self.host, self.layout, self.holds)
        module.compare(ctx, self.host, self.holds)
