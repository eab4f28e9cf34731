"""A root that has several names: whichever is named, no guard refuses what another one asks for."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.discovery import choose_root, discover
from pryv_tui.operations.adopting.folder import AdoptChoices, look
from pryv_tui.operations.guards.backup import backup_guards
from pryv_tui.operations.guards.line import GuardLine
from pryv_tui.operations.guards.restore import restore_guards
from pryv_tui.operations.root.files_target import refuse_in_a_set
from pryv_tui.operations.sets.parent import parent_of
from pryv_tui.operations.sets.targets import targets_for
from tests.hosts.machines import StillHost, machine
from tests.operations.guards.guarded import root_in
from tests.operations.kit import DOMAIN, context, manifest_of, part, set_of

NAMES = ("real", "link", "link to a link", "below a link", "none")


def named(folder: Path) -> dict[str, Path | None]:
    """One root, by all its names."""
    real = root_in(folder / "disk")
    link, second, above = folder / "link", folder / "second", folder / "above"
    link.symlink_to(real)
    second.symlink_to(link)
    above.symlink_to(real.parent)
    return {
        "real": real,
        "link": link,
        "link to a link": second,
        "below a link": above / "root",
        "none": None,
    }


def guards(folder: Path, given: Path | None, mounted: Path | None) -> list[GuardLine]:
    """The guards of a backup, and of a restore, where the root is named so and so."""
    containers = machine("core", root=str(mounted)) if mounted is not None else []
    host = StillHost("core", containers, root=given)
    ctx, _ = context(folder, host, deployment=discover([host], domain=DOMAIN))
    lines = backup_guards(ctx.site, ctx.deployment, ())
    manifest = manifest_of(part("core", "core"), practice=True)
    targets = targets_for(ctx.deployment, manifest, ())
    return lines + restore_guards(ctx.site, ctx.deployment, set_of(manifest), targets)


@pytest.mark.parametrize(("given", "mounted"), product(NAMES, NAMES))
def test_no_name_of_the_root_is_refused(tmp_path: Path, given: str, mounted: str) -> None:
    names = named(tmp_path)
    if names[given] is None and names[mounted] is None:
        pytest.skip("nobody names a root")
    lines = guards(tmp_path, names[given], names[mounted])
    about = [line for line in lines if line.name.split()[0] in ("root", "data", "mounts", "vault")]
    assert [line for line in about if line.outcome != "ok"] == []
    assert len(about) >= 2


@pytest.mark.parametrize(("given", "mounted"), product(("real", "link", "elsewhere"), repeat=2))
def test_an_advice_that_names_a_root_is_not_refused_itself(
    tmp_path: Path, given: str, mounted: str
) -> None:
    names = {**named(tmp_path), "elsewhere": root_in(tmp_path / "other")}
    for line in guards(tmp_path, names[given], names[mounted]):
        advised = re.search(r"--root (/\S+)", line.remedy)
        if line.outcome == "failed" and advised:
            again = guards(tmp_path, Path(advised[1]), names[mounted])
            still = [one for one in again if one.outcome == "failed" and one.name == line.name]
            assert still == [], (line, still)


def test_the_name_is_that_of_the_containers(tmp_path: Path) -> None:
    names = named(tmp_path)
    real, link = names["real"], names["link"]
    root, source, disagreements = choose_root(
        given=real, variable=None, containers=machine("core", root=str(link))
    )
    assert (root, source, disagreements) == (str(link), "the configuration", ())


def test_another_root_is_told_as_ever(tmp_path: Path) -> None:
    names = named(tmp_path)
    _, _, disagreements = choose_root(
        given=names["link"], variable=None, containers=machine("core", root="/srv/another")
    )
    assert "/srv/another" in disagreements[0]


def test_a_link_to_what_is_not_mounted_is_not_made_a_root(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "away/root")
    lines = guards(tmp_path, link, None)
    bad = [line for line in lines if line.name == "root core" and line.outcome == "failed"]
    assert bad and all(str(tmp_path / "away/root") in line.text for line in bad)
    assert not any("it will be made" in line.text for line in lines)


@pytest.mark.parametrize("given", ["real", "link", "none"])
def test_containers_that_call_it_by_different_names(tmp_path: Path, given: str) -> None:
    """Some were made before the link was, some after."""
    names = named(tmp_path)
    by_link, by_name = (machine("core", root=str(names[name])) for name in ("link", "real"))
    containers = [
        one if at % 2 else other
        for at, (one, other) in enumerate(zip(by_link, by_name, strict=True))
    ]
    host = StillHost("core", containers, root=names[given])
    ctx, _ = context(tmp_path, host, deployment=discover([host], domain=DOMAIN))
    lines = backup_guards(ctx.site, ctx.deployment, ())
    about = [line for line in lines if line.name.split()[0] in ("root", "data", "mounts")]
    assert [line for line in about if line.outcome != "ok"] == []
    assert len(about) == 3


@pytest.mark.parametrize("form", ["itself", "each other", "a file", "too long"])
def test_a_link_that_leads_to_no_folder_is_a_refusal(tmp_path: Path, form: str) -> None:
    link, other = tmp_path / "link", tmp_path / "other"
    if form == "each other":
        other.symlink_to(link)
    elif form == "a file":
        other.write_text("x")
    elif form == "too long":
        other = tmp_path / ("x" * 255) / ("y" * 255)
    link.symlink_to(link if form == "itself" else other)
    lines = guards(tmp_path, link, None)
    bad = [line for line in lines if line.name == "root core" and line.outcome == "failed"]
    assert bad and all(str(link) in line.text for line in bad)


def test_a_vault_that_leads_to_itself_is_a_refusal(tmp_path: Path) -> None:
    for name in ("vault", "state"):
        (tmp_path / name).symlink_to(tmp_path / name)
    lines = guards(tmp_path, named(tmp_path / "root")["real"], None)
    assert [line for line in lines if line.name == "vault" and line.outcome == "failed"]


def test_a_folder_that_leads_to_itself_is_not_adopted(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    choices = AdoptChoices(folder=str(tmp_path / "loop"))
    with pytest.raises(PryvTuiError, match="can't be read: Too many levels"):
        look(choices, discover([], domain=DOMAIN), tmp_path / "vault")
    with pytest.raises(PryvTuiError):
        refuse_in_a_set(str(tmp_path / "loop/x"), tmp_path / "loop")


def test_a_set_of_the_root_by_another_name_is_linked_to(tmp_path: Path) -> None:
    names = named(tmp_path)
    (real, link) = (str(names["real"]), str(names["link"]))
    manifest = manifest_of(part("core", "core", root=link, index="1", sums="2"))
    backup = msgspec.structs.replace(set_of(manifest), state="complete")
    for root, found in ((real, True), (link, True), ("/srv/another", False)):
        base = parent_of([backup], practice=False, domain=DOMAIN, host="core", root=root)
        assert (base is not None) is found
