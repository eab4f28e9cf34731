"""Copy the small parts of a root on which the timing gap depends, before the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.holding import begin_moment, record_moment
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.steps.taking.copy_root import accounts_files, copy_part, link_dest_words
from pryv_tui.platform.layout import Layout
from pryv_tui.platform.roles import ACCOUNTS_FOLDER, SQLITE_GLOBS
from pryv_tui.vault.copying.parent import Parent
from pryv_tui.vault.files.linking import Proof
from pryv_tui.vault.set_files import FILES_NAME
from pryv_tui.vault.set_names import PARTIAL

MOMENT = {"accounts": "accounts", "redis": "redis-files"}


class CopyAhead(Step, frozen=True, kw_only=True, tag="copy-ahead"):
    """Copy core's list of accounts, or register's Redis, at one moment.

    Core's list is copied before register's Redis. A new account is written to register first, so
    each account in the copy of core's list is in the copy of register too.
    """

    store: Literal["accounts", "redis"]
    root: str
    destination: str
    layout: Layout
    roles: tuple[str, ...]
    parent: Parent | None = None
    """The earlier set that unchanged files are hard-linked to."""
    proof: Proof = Proof.TIMES

    @property
    def title(self) -> str:
        if self.store == "redis":
            return f"Copy Redis's files of {self.host} ahead of the rest"
        return f"Copy core's list of accounts of {self.host} ahead of the rest"

    @property
    def command(self) -> tuple[str, ...]:
        target = quote(f"{self.destination}/{FILES_NAME}/")
        if self.store == "redis":
            data = quote(self.layout.stores["redis"].data)
            chosen = f"find {data} -print0"
        else:
            names = " -o ".join(f"-name '{glob}*'" for glob in SQLITE_GLOBS)
            chosen = f"find {ACCOUNTS_FOLDER} -maxdepth 1 -type f '(' {names} ')' -print0"
        return (
            f"mkdir -p {target}",
            f"cd {quote(self.root)} && {{ {chosen} || true; }}"
            f" | rsync -aHAXS --numeric-ids {link_dest_words(self.parent, self.proof)}--from0"
            f" --files-from=- ./ {target}",
        )

    @property
    def leaves(self) -> str:
        return f"a part of a copy in a folder named {PARTIAL}, which is never used as a set"

    def perform(self, ctx: RunContext) -> None:
        root, facts = Path(self.root), ctx.facts.of(self.host)
        if self.store == "redis":
            only = [self.layout.stores["redis"].data]
        else:
            only = accounts_files(root)
        started = begin_moment(ctx, MOMENT[self.store], self.roles, self.host)
        result = copy_part(
            ctx,
            self.host,
            root,
            Path(self.destination),
            self.layout,
            self.layout.all_left_out,
            tuple(only),
            parent=self.parent,
            proof=self.proof,
        )
        if result.files == 0 and self.store == "redis":
            raise PryvTuiError("check-failed", f"{root / only[0]} holds no file of Redis")
        facts.ahead += only
        record_moment(ctx, MOMENT[self.store], self.roles, self.host, started)
        if result.files == 0:
            ctx.report.note("no username index here: before 1.8 it is in MongoDB")
