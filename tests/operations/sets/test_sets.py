"""The vault's sets: named, found, listed as what they are; and hostile ones refused."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.kinds.adopt import Adopt
from pryv_tui.operations.kinds.backup import Backup
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.tui.text.sets import set_row
from pryv_tui.vault.checks import Verification
from pryv_tui.vault.manifest import RecreatedFolder, SetManifest, decode, encode
from pryv_tui.vault.set_names import PARTIAL, REMOVING, named_otherwise
from pryv_tui.vault.sets import BackupSet, Use
from pryv_tui.vault.vault import Vault
from tests.operations.kit import manifest_of, part, set_of

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def made(vault: Vault, label: str = "", at: datetime = AT) -> str:
    """A complete set that holds nothing but what it says of itself."""
    name = vault.new_id(label, at)
    partial = vault.begin(name)
    vault.complete(partial, manifest_of(part("core", "core"), id=name), "guide")
    return name


class TestNames:
    def test_ids_are_unique_within_a_second(self, tmp_path: Path) -> None:
        vault = Vault(tmp_path)
        names = [made(vault, label) for label in ("", "", "x", "x", "")]
        assert len(set(names)) == 5
        assert names[0] == "20260102T030405Z"
        # The last would stand before those with a label: it is a second later.
        assert all(name.startswith("20260102T030405Z") for name in names[:-1])
        assert sorted(names) == names

    @pytest.mark.parametrize("label", ["", "x"])
    def test_the_newest_set_is_the_latest_also_when_the_clock_went_back(
        self, tmp_path: Path, label: str
    ) -> None:
        vault = Vault(tmp_path)
        names = [made(vault, label, AT - timedelta(days=days)) for days in (0, 1, 400, 2)]
        assert [found.id for found in vault.sets()] == names
        latest = vault.latest()
        assert latest is not None and latest.id == names[-1]
        assert names[-1].startswith("20260102T030408Z")

    @pytest.mark.parametrize("odd", ["99991231T235959Z", "20269999T999999Z"])
    def test_a_set_from_no_time_at_all_stops_no_backup(self, tmp_path: Path, odd: str) -> None:
        (tmp_path / odd).mkdir()
        assert Vault(tmp_path).new_id(now=AT) == "20260102T030405Z"

    def test_a_set_in_the_making_has_its_name(self, tmp_path: Path) -> None:
        vault = Vault(tmp_path)
        first = vault.new_id(now=AT)
        vault.begin(first)
        assert vault.new_id(now=AT) != first

    @pytest.mark.parametrize(
        ("label", "slug"),
        [
            ("", ""),
            ("before the upgrade", "-before-the-upgrade"),
            ("../../etc/passwd", "-etc-passwd"),
            ("  ", ""),
            ("---", ""),
            ("a\nb\x1b[2J", "-a-b-2J"),
            ("ümläut", "-umlaut"),
            ("u\u0308mla\u0308ut", "-umlaut"),
            ("Größe łódź Ærø", "-Grosse-lodz-AEro"),
            ("לפני השדרוג", ""),
            ("vor 🚑 Umzug", "-vor-Umzug"),
            ("🚑", ""),
            ("x" * 39 + ".tail", "-" + "x" * 39),
        ],
    )
    def test_a_label_becomes_a_harmless_part_of_the_name(
        self, tmp_path: Path, label: str, slug: str
    ) -> None:
        assert Vault(tmp_path).new_id(label, AT) == f"20260102T030405Z{slug}"

    @given(st.text(max_size=80))
    def test_every_label_gives_a_name_that_is_listed(
        self, tmp_path_factory: pytest.TempPathFactory, label: str
    ) -> None:
        vault = Vault(tmp_path_factory.mktemp("vault"))
        name = made(vault, label)
        assert [(found.id, found.state) for found in vault.sets()] == [(name, "complete")]

    @pytest.mark.parametrize("label", ["nightly.partial", "x.partial.partial", ".partial"])
    def test_a_label_can_not_make_a_complete_set_look_partial(
        self, tmp_path: Path, label: str
    ) -> None:
        vault = Vault(tmp_path)
        name = made(vault, label)
        assert [(found.id, found.state) for found in vault.sets()] == [(name, "complete")]


@pytest.mark.parametrize("labels", [("z", ""), ("b", "a"), ("", "a", ""), ("a",) * 12])
def test_the_names_of_one_second_tell_which_set_is_the_newest(
    tmp_path: Path, labels: tuple[str, ...]
) -> None:
    """A quick backup after another, whatever they are called: `latest`, and what a rule keeps, is
    the one that was made last."""
    vault = Vault(tmp_path)
    made = []
    for label in labels:
        made.append(vault.new_id(label, AT))
        (tmp_path / made[-1]).mkdir()
    assert sorted(made) == made


class TestStates:
    def test_begun_is_partial_and_completed_is_complete(self, tmp_path: Path) -> None:
        vault = Vault(tmp_path / "vault")
        assert vault.sets() == []
        partial = vault.begin("20260102T030405Z")
        assert partial.name.endswith(PARTIAL)
        assert partial.stat().st_mode & 0o7777 == 0o700
        assert vault.folder.stat().st_mode & 0o7777 == 0o700
        assert [found.state for found in vault.sets()] == ["partial"]
        assert vault.latest() is None
        manifest = manifest_of(part("core", "core"), id="20260102T030405Z")
        final = vault.complete(partial, manifest, "guide")
        assert not partial.exists()
        assert (final / "RESTORE.md").read_text() == "guide"
        assert [found.state for found in vault.sets()] == ["complete"]
        assert decode((final / "set.json").read_bytes()) == manifest

    def test_a_set_of_that_name_is_never_replaced(self, tmp_path: Path) -> None:
        vault = Vault(tmp_path)
        name = made(vault)
        (tmp_path / name / "mark").touch()
        partial = vault.begin(name)
        with pytest.raises(PryvTuiError, match="exists already"):
            vault.complete(partial, manifest_of(part("core", "core"), id=name), "guide")
        assert (tmp_path / name / "mark").exists()
        assert partial.is_dir()

    @pytest.mark.parametrize("content", [b"", b"{", b"null", b"[]", b'{"format": 1}', b"\xff\xfe"])
    def test_a_set_json_that_can_not_be_read(self, tmp_path: Path, content: bytes) -> None:
        vault = Vault(tmp_path)
        name = made(vault)
        (tmp_path / name / "set.json").write_bytes(content)
        found = vault.sets()[0]
        assert (found.state, found.manifest) == ("damaged", None)
        assert found.problem

    def test_a_set_json_of_another_set(self, tmp_path: Path) -> None:
        vault = Vault(tmp_path)
        name = made(vault)
        (tmp_path / name).rename(tmp_path / "20270101T000000Z")
        found = vault.sets()[0]
        assert found.state == "damaged"
        assert name in found.problem

    def test_a_newer_format(self, tmp_path: Path) -> None:
        vault = Vault(tmp_path)
        name = made(vault)
        text = (tmp_path / name / "set.json").read_text()
        (tmp_path / name / "set.json").write_text(text.replace('"format": 1', '"format": 99'))
        assert "a later version wrote it" in vault.sets()[0].problem

    def test_a_check_that_found_damage_is_remembered(self, tmp_path: Path) -> None:
        vault = Vault(tmp_path)
        made(vault)
        bad = Verification("2026", "bad", 1, 1, ("x differs",))
        vault.record_verification(vault.sets()[0], bad)
        assert (vault.sets()[0].state, vault.sets()[0].problem) == ("damaged", "x differs")
        assert vault.latest() is None
        good = Verification("2026", "good", 1, 1)
        vault.record_verification(vault.sets()[0], good)
        assert vault.sets()[0].state == "complete"

    def test_other_folders_are_no_sets(self, tmp_path: Path) -> None:
        for name in ("lost+found", "20260102", "notes.partial", "20260102T030405"):
            (tmp_path / name).mkdir()
        (tmp_path / "20260102T030405Z").touch()
        assert Vault(tmp_path).sets() == []

    def test_a_vault_that_is_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "vault").touch()
        with pytest.raises(PryvTuiError) as caught:
            Vault(tmp_path / "vault").sets()
        assert caught.value.name == "unreadable"
        with pytest.raises(PryvTuiError):
            Vault(tmp_path / "vault").begin("20260102T030405Z")


class TestResolve:
    def vault(self, folder: Path) -> tuple[Vault, list[str]]:
        vault = Vault(folder)
        days = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3)]
        return vault, [made(vault, at=day) for day in days]

    def test_an_id_a_prefix_and_latest(self, tmp_path: Path) -> None:
        vault, names = self.vault(tmp_path)
        assert vault.resolve(names[1]).id == names[1]
        assert vault.resolve("20260102").id == names[1]
        assert vault.resolve("latest").id == names[2]

    @pytest.mark.parametrize("name", ["", " ", "\t", "2027", "x", "../", "Latest"])
    def test_an_empty_or_unknown_name(self, tmp_path: Path, name: str) -> None:
        vault, _names = self.vault(tmp_path)
        with pytest.raises(PryvTuiError) as caught:
            vault.resolve(name)
        assert (caught.value.name, caught.value.exit) == ("set-unknown", 2)

    def test_an_ambiguous_prefix_names_the_choices(self, tmp_path: Path) -> None:
        vault, names = self.vault(tmp_path)
        with pytest.raises(PryvTuiError) as caught:
            vault.resolve("202601")
        assert all(name in caught.value.what for name in names)
        assert caught.value.exit == 2

    def test_an_id_that_is_another_ones_prefix(self, tmp_path: Path) -> None:
        vault = Vault(tmp_path)
        first, second = made(vault), made(vault)
        assert second.startswith(first)
        assert vault.resolve(first).id == first

    def test_latest_is_never_partial_or_damaged(self, tmp_path: Path) -> None:
        vault, names = self.vault(tmp_path)
        vault.begin("20270101T000000Z")
        (tmp_path / names[2] / "set.json").write_text("{")
        assert vault.resolve("latest").id == names[1]

    def test_latest_of_an_empty_vault(self, tmp_path: Path) -> None:
        with pytest.raises(PryvTuiError, match="no complete backup set") as caught:
            Vault(tmp_path).resolve("latest")
        assert caught.value.exit == 2

    def test_a_complete_and_a_partial_one_of_the_same_name(self, tmp_path: Path) -> None:
        vault = Vault(tmp_path)
        name = made(vault)
        vault.begin(name)
        assert vault.resolve(name).state == "complete"


def hostile(**changes: Any) -> SetManifest:
    """A manifest with fields of its host, or of itself, changed."""
    one = part("core", "core")
    fields = {field.name for field in msgspec.structs.fields(type(one))}
    inner = {k.removeprefix("host_"): v for k, v in changes.items() if k.startswith("host_")}
    assert set(inner) <= fields
    outer = {k: v for k, v in changes.items() if not k.startswith("host_")}
    return manifest_of(msgspec.structs.replace(one, **inner), **outer)


class TestHostile:
    def test_an_honest_one_is_read(self) -> None:
        manifest = manifest_of(part("core", "core"), part("reg", "register"))
        assert decode(encode(manifest)) == manifest

    @pytest.mark.parametrize(
        "changes",
        [
            {"host_name": "../../etc"},
            {"host_name": "/etc"},
            {"host_name": ".."},
            {"host_name": ""},
            {"host_recreated": (RecreatedFolder("../../etc", 0, 0, 0o777),)},
            {"host_recreated": (RecreatedFolder("/etc", 0, 0, 0o777),)},
            {"host_recreated": (RecreatedFolder(".pryv-tui/aside", 0, 0, 0o777),)},
            {"domain": "x\ntouch INJECTED\n#"},
            {"domain": "x\x1b]0;evil\x07"},
            {"host_root": "relative"},
            {"host_root": "/var/../etc"},
            {"host_root": "/var/pryv\nrm"},
            {"id": "../x"},
            {"host_stores": {"mongodb": {"collections": 5}}},
            {"host_stores": {"influxdb": {"databases": "user.a"}}},
            {"host_stores": {"redis": {}}},
        ],
    )
    def test_what_would_lead_elsewhere_is_refused(self, changes: dict[str, Any]) -> None:
        with pytest.raises(ValueError):
            decode(encode(hostile(**changes)))

    @pytest.mark.parametrize("field", ["data", "dump"])
    @pytest.mark.parametrize("path", ["../../etc", "/etc", "pryv/../../etc"])
    def test_a_layout_that_leads_elsewhere(self, field: str, path: str) -> None:
        one = part("core", "core")
        store = msgspec.structs.replace(one.layout.stores["mongodb"], **{field: path})
        layout = msgspec.structs.replace(one.layout, stores={**one.layout.stores, "mongodb": store})
        with pytest.raises(ValueError):
            decode(encode(manifest_of(msgspec.structs.replace(one, layout=layout))))

    def test_a_hostile_one_is_listed_as_damaged_and_no_more(self, tmp_path: Path) -> None:
        vault = Vault(tmp_path)
        name = made(vault)
        (tmp_path / name / "set.json").write_bytes(encode(hostile(id=name, host_name="../x")))
        found = vault.sets()
        assert [(one.state, one.manifest) for one in found] == [("damaged", None)]


@pytest.mark.parametrize("tail", ["", REMOVING])
def test_a_link_in_place_of_a_set_is_not_removed_and_its_remedy_does(
    tmp_path: Path, tail: str
) -> None:
    vault, elsewhere = Vault(tmp_path / "a vault"), tmp_path / "elsewhere"
    name = made(vault)
    elsewhere.mkdir()
    (elsewhere / "content").write_text("of somebody")
    link = vault.folder / f"{name}{tail}"
    if not tail:
        link.rename(tmp_path / "away")
    link.symlink_to(elsewhere)
    with pytest.raises(PryvTuiError) as caught:
        vault.begin_removal(name)
    assert caught.value.name == "refused"
    subprocess.run(caught.value.remedy.partition(": ")[2], shell=True, check=True)
    assert (elsewhere / "content").read_text() == "of somebody"
    gone = vault.begin_removal(name)
    assert (gone is None) == (not tail)


def test_what_a_set_can_be_used_for_and_why_not() -> None:
    """Each use, of each kind of set: `here` alone, copied, sent away, and what is none."""
    whole = set_of(manifest_of(part("core", "core")))
    sent = msgspec.structs.replace(whole, repository="rest:x", snapshot="ab12")
    kinds: dict[str, BackupSet] = {
        "here": whole,
        "copied": sent,
        "away": msgspec.structs.replace(sent, here=False),
        "damaged": msgspec.structs.replace(whole, state="damaged", problem="x differs"),
        "unread": msgspec.structs.replace(whole, state="damaged", manifest=None),
        "partial": msgspec.structs.replace(whole, state="partial", manifest=None),
        "closed": msgspec.structs.replace(whole, state="closed", manifest=None),
    }
    can = {
        use: " ".join(name for name, found in kinds.items() if found.why_not(use) is None)
        for use in get_args(Use)
    }
    assert can == {
        "restore": "here copied away",
        "read": "here copied away damaged",
        "files": "here copied damaged",
        "audit": "here copied",
        "send": "here",
        "fetch": "away",
    }
    for use in get_args(Use):
        for found in kinds.values():
            why = found.why_not(use)
            if why is None:
                assert found.need(use) == found.manifest
                continue
            assert why.remedy and found.id in why.what
            with pytest.raises(PryvTuiError) as caught:
                found.need(use)
            assert (caught.value.name, caught.value.what) == ("refused", why.what)
            assert caught.value.remedy == why.remedy
    why = kinds["damaged"].why_not("restore")
    assert why is not None and f"pryv-tui verify {whole.id}" in why.remedy
    why = kinds["partial"].why_not("restore")
    assert why is not None and "verify" not in why.remedy


def test_a_label_is_kept_and_shown_as_it_was_given() -> None:
    for kind in (Backup, Adopt):
        asked = kind(settings=Settings(vault="v", state="s"), label=" u\u0308bung ")
        assert asked.label == "übung"
    made = manifest_of(id="20260102T030405Z-ubung", label="übung")
    assert "“übung”" in set_row(set_of(made)).plain
    plain = manifest_of(id="20260102T030405Z-uebung", label="uebung")
    assert "“" not in set_row(set_of(plain)).plain
    assert named_otherwise("20260102T030405Z", "לפני")
    assert not named_otherwise("20260102T030405Z", "")
