"""Make a restored Redis load the snapshot that the backup saved.

A set may contain that snapshot and also an outdated append-only file, which was switched off. A
server with `appendonly yes` would load the outdated file.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from pryv_tui import own_folder
from pryv_tui.errors import PryvTuiError
from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.redis_files import read_form
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.root.stopped import must_be_stopped
from pryv_tui.operations.stores.redis_places import put_snapshot
from pryv_tui.platform.services import users_words
from pryv_tui.vault.redis_saved import by_hand, place_form, saved_form


class PlaceRedis(Step, frozen=True, kw_only=True, tag="place-redis"):
    """Put the saved snapshot at the path from which the server loads it at its start; move the
    files aside that the server would load instead."""

    root: str
    holds: dict[str, Any]
    set_id: str = ""

    destructive = True

    @property
    def title(self) -> str:
        return f"Make Redis on {self.host} load the file that the backup saved"

    @property
    def command(self) -> tuple[str, ...]:
        saved, place = saved_form(self.holds), place_form(self.holds)
        if saved is None or place is None:
            return ()
        return tuple(by_hand(quote(self.root), saved, place))

    @property
    def leaves(self) -> str:
        return "the former append-only file aside, in a data folder that is new"

    @property
    def undone(self) -> str:
        return "undo of this run puts the former data folder back"

    def perform(self, ctx: RunContext) -> None:
        must_be_stopped(ctx, self.host)
        root = Path(self.root)
        try:
            saved, place = saved_form(self.holds), place_form(self.holds)
            if saved is None or place is None:
                return
            content = read_form(root / saved.folder, saved.form)
            if content is None:
                raise PryvTuiError(
                    "check-failed",
                    f"{root / saved.folder / saved.name} is missing: the file that the set saved"
                    " of Redis",
                    f"See what the set holds: pryv-tui verify {self.set_id}; if the set is good,"
                    f" restore it again: pryv-tui restore {self.set_id} --confirm"
                    f" {shlex.quote(ctx.deployment.domain)}",
                )
            aside = own_folder.redis_files(root, ctx.run_id)
            moved = put_snapshot(root / saved.folder / saved.name, root, place, aside)
        except FormatError as error:
            raise PryvTuiError("check-failed", f"the Redis files can't be read: {error}") from error
        except OSError as error:
            raise PryvTuiError(
                "step-failed", f"{error.filename or root}: {error.strerror or error}"
            ) from error
        for path in moved:
            ctx.report.note(
                f"{self.host}: {path} is not the file that was saved, and was moved to {aside}"
            )
        ctx.checked(
            f"Redis on {self.host}: it starts from {saved.name}, which holds"
            f" {users_words(len(content.users))}"
        )
