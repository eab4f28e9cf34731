"""Continue a stopped restore: keep the content of a store that was already restored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.plan import Step
from pryv_tui.operations.steps.bringing_back.keep_copied import set_aside
from pryv_tui.operations.steps.bringing_back.restore_offline import RestoreOffline
from pryv_tui.operations.steps.bringing_back.restore_store import RestoreStore
from pryv_tui.operations.steps.services.stop_services import DATABASE_SECONDS
from pryv_tui.operations.stores import STORES
from pryv_tui.platform.layout import Layout
from pryv_tui.vault.manifest import RecreatedFolder


class KeepStore(Step, frozen=True, kw_only=True, tag="keep"):
    """Compare a store that an earlier run has restored with the set, instead of restoring it again.

    If it differs (its server was killed, its disk failed), it is restored from the beginning.
    """

    store: str
    root: str
    layout: Layout
    holds: dict[str, Any]
    data: RecreatedFolder
    """The store's data folder, in case it has to be emptied."""
    offline: bool = False
    """Whether the store's files are put in place while its server is stopped."""
    workers: int = 0
    """See `RestoreStore.workers`."""

    destructive = True

    @property
    def title(self) -> str:
        return f"Compare {STORES[self.store].title} on {self.host}, restored before, with the set"

    @property
    def command(self) -> tuple[str, ...]:
        return self._restore.comparison(())

    @property
    def typed(self) -> tuple[str, ...]:
        return self._restore.comparison(STORES[self.store].handed)

    @property
    def inside(self) -> tuple[str, ...]:
        return self._restore.inside

    @property
    def leaves(self) -> str:
        return self._restore.leaves

    @property
    def undone(self) -> str:
        return self._restore.undone

    @property
    def _restore(self) -> RestoreStore:
        return RestoreStore(
            id=self.id,
            host=self.host,
            store=self.store,
            root=self.root,
            layout=self.layout,
            holds=self.holds,
            offline=self.offline,
            workers=self.workers,
        )

    def perform(self, ctx: RunContext) -> None:
        module = STORES[self.store]
        try:
            module.compare(ctx, self.host, self.holds, Path(self.root) / self.data.path)
        except PryvTuiError as error:
            if error.name not in ("check-failed", "step-failed", "container-stopped"):
                raise  # a cancel, or an engine that does not answer, is no sign of wrong content
            ctx.report.note(
                f"{module.title} is not as an earlier run restored it: {error.what}. It is"
                " restored again from the beginning.",
                "warning",
            )
            self._begin_anew(ctx)
        else:
            ctx.checked(
                f"{module.title}: restored by an earlier run, and still as the set holds it"
            )

    def _begin_anew(self, ctx: RunContext) -> None:
        container = self.layout.stores[self.store].container
        engine = ctx.site.host(self.host).engine
        engine.stop(container, timeout=DATABASE_SECONDS)
        set_aside(ctx, Path(self.root), self.data)
        if self.offline:
            RestoreOffline(
                id=self.id,
                host=self.host,
                store=self.store,
                root=self.root,
                layout=self.layout,
                holds=self.holds,
            ).perform(ctx)
        engine.start(container)
        STORES[self.store].wait(ctx, self.host)
        self._restore.perform(ctx)
