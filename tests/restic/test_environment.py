"""What restic's own environment says, and what is not left to it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pryv_tui.operations.guards.repository import repository_guard
from pryv_tui.operations.site import open_site
from pryv_tui.vault.restic.program import Restic
from tests.restic.kit import Offsite
from tests.restic.repositories import needed, together

pytestmark = [needed, together]


@pytest.mark.parametrize("named", ["RESTIC_REPOSITORY", "RESTIC_REPOSITORY_FILE"])
def test_one_that_restic_s_environment_names_may_not_either(
    offsite: Offsite, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    inside = offsite.folder / "p/hosts/single/root/pryv/repository"
    Path(offsite.location).rename(inside)
    (offsite.folder / "named").write_text(f"{inside}\n")
    value = inside if named == "RESTIC_REPOSITORY" else offsite.folder / "named"
    monkeypatch.setenv(named, str(value))
    site = open_site(msgspec.structs.replace(offsite.settings, repository=""))
    (line,) = repository_guard(site, [offsite.folder / "p/hosts/single/root"])
    assert (line.outcome, "lie inside each other" in line.text) == ("failed", True)


def test_no_filter_of_its_environment_hides_sets(tmp_path: Path) -> None:
    program = tmp_path / "restic"
    program.write_text(
        '#!/bin/sh\nif [ "$1" = version ]; then echo restic 0.17.0; exit 0; fi\n'
        f'echo "host=$RESTIC_HOST" > {tmp_path}/seen\necho null\n'
    )
    program.chmod(0o755)
    environment = {"PATH": "/usr/bin:/bin", "RESTIC_PASSWORD": "p", "RESTIC_HOST": "another"}
    assert Restic("/r", program=str(program), environment=environment).snapshots() == []
    assert (tmp_path / "seen").read_text() == "host=\n"
