"""A platform whose backups link to a former set: for the tests that need several sets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from pryv_tui.operations.sets.parent import (
    parents_for,
    proof_of,
)
from pryv_tui.operations.sets.verify import verify_set
from pryv_tui.operations.steps.sets.complete_set import CompleteSet
from pryv_tui.operations.steps.taking.copy_root import CopyRoot
from pryv_tui.platform.layout import resolve_layout
from pryv_tui.platform.roles import ROLE_NAMES
from pryv_tui.vault.files.types import Linking
from pryv_tui.vault.parallel.engine import CopyEngine
from pryv_tui.vault.vault import Vault
from tests.hosts.machines import StillHost, machine
from tests.operations.kit import DOMAIN, Heard, context
from tests.vault.engine import GIVEN, at_once


class Platform:
    """A root that is backed up again and again, by the steps that a plan has for it."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        """`settings`: of the engine that copies; as a rule nobody waits for the disk."""
        self.settings = {"sync": at_once, **settings}
        self.folder = folder
        self.root = folder / "root"
        (self.root / "pryv/core/data").mkdir(parents=True)
        (self.root / "pryv/mongodb/backup").mkdir(parents=True)
        (self.root / "pryv/mongodb/backup/events.bson").write_text("a dump")
        for number in range(5):
            (self.root / f"pryv/core/data/file{number}").write_text("x" * 1000)
        self.vault = Vault(folder / "vault")
        self.layout = resolve_layout(ROLE_NAMES, str(self.root), {})

    def engine(self) -> CopyEngine:
        return msgspec.structs.replace(GIVEN.engine, **self.settings)

    def context(self) -> Any:
        host = StillHost("single-node", machine("single-node"), root=self.root)
        return context(self.folder, host, copy_engine=self.engine())

    def backup(self, *, linking: Linking = "unchanged") -> tuple[Any, Heard]:
        ctx, heard = self.context()
        ctx.set_id = self.vault.new_id()
        partial = self.vault.begin(ctx.set_id)
        ctx.facts.set_folder = str(partial)
        state = ctx.deployment.hosts[0]
        parents = parents_for(
            self.vault.sets(), practice=True, domain=DOMAIN, hosts=ctx.deployment.hosts
        )
        words = {
            "host": state.name,
            "root": str(self.root),
            "destination": f"{partial}/{state.name}",
            "layout": self.layout,
            "roles": ROLE_NAMES,
            "parent": None if linking == "full" else parents.get(state.name),
            "proof": proof_of(linking),
        }
        CopyRoot(**words).perform(ctx)
        CompleteSet(
            vault=str(self.vault.folder), set_id=ctx.set_id, roles=ROLE_NAMES, hosts=(state.name,)
        ).perform(ctx)
        return ctx.manifest.hosts[0], heard

    def verify(self) -> str:
        latest = self.vault.resolve("latest")
        return verify_set(self.vault, latest, engine=self.engine()).outcome
