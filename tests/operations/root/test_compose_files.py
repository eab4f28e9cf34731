"""Compose files as operators have them: what they declare is read, what can't be is found before a
restore has to bring anything up, and never in its middle."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from pryv_tui.operations.guards.compose import root_files_guard
from pryv_tui.operations.root import compose_files
from pryv_tui.operations.root.compose import compose_program, declared_in
from pryv_tui.operations.root.compose_files import ComposeFile, ComposeService, read_compose
from pryv_tui.platform.powers import mounts
from pryv_tui.reading import read_whole
from tests.hosts.machines import StillHost
from tests.journeys.program import Practice
from tests.operations.kit import host_state

PLAIN = "services:\n  core: {image: i, container_name: pryvio_core}\n"


def in_root(folder: Path, text: str | bytes, **others: str) -> Path:
    """A root whose `pryv/pryv.yml` says this; others lie beside it."""
    (folder / "pryv").mkdir(parents=True, exist_ok=True)
    content = text.encode() if isinstance(text, str) else text
    (folder / "pryv/pryv.yml").write_bytes(content)
    for name, said in others.items():
        (folder / "pryv" / name.replace("_", ".")).write_text(said)
    return folder


def read(root: Path, **environment: str) -> ComposeFile:
    (found,) = read_compose(root, environment=environment)
    return found


def containers(found: ComposeFile) -> dict[str, str]:
    return {one.service: one.container for one in found.services}


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        "services:\n  core: !override {image: i, container_name: pryvio_core, ports: !reset []}\n",
        "services:\n  core: {image: i, container_name: pryvio_core}\n  dns: !reset null\n",
        "x-one: &one {image: i, container_name: pryvio_core}\nservices: {core: *one}\n",
        "x-one: &one {image: i, restart: always}\n"
        "services:\n  core: {<<: [*one], container_name: pryvio_core}\n",
        "\ufeff" + PLAIN,
        PLAIN.replace("\n", "\r\n"),
        "core: {image: i, container_name: pryvio_core}\n",
        PLAIN.replace("pryvio_core", "'${PREFIX:-pryvio}_core'"),
        PLAIN.replace("pryvio_core", "'${WHO?}_core'"),
        PLAIN.replace("image: i", "image: i, profiles: [later], x: 2024-13-45"),
        PLAIN.replace("image: i", "image: i, x: !!python/object:a.b {}"),
        PLAIN.replace("image: i", "image: i, env_file: [{path: not-there, required: false}]"),
    ],
)  # fmt: skip
def test_what_is_declared_is_read(tmp_path: Path, text: str) -> None:
    found = read(in_root(tmp_path, text), WHO="pryvio")
    assert containers(found) == {"core": "pryvio_core"}
    assert found.problem == ""


@pytest.mark.parametrize(
    ("named", "dotenv"),
    [
        ("${PREFIX:-${OTHER:-pryvio}}_core", ""),
        ("${PREFIX:-${OTHER:-x}}_core", "OTHER=pryvio"),
        ("${PREFIX:-$OTHER}_core", "OTHER=pryvio"),
        ("${PREFIX-${OTHER?}}_core", "PREFIX=pryvio"),
        ("${PREFIX:+pryvio}_core", "PREFIX=x"),
        ("${PREFIX:+${PREFIX}}_core", "PREFIX=pryvio"),
        ("${PREFIX}_core", "PREFIX=pryvio # what the templates have"),
        ("${PREFIX}_core", "PREFIX='pryvio' # what the templates have"),
        ("${PREFIX}_core", 'PREFIX="pryvio"#ours'),
        ("${PREFIX}_core", "OTHER=pry\nPREFIX=${OTHER}vio"),
        ("${PREFIX}_core", "\ufeffPREFIX=pryvio"),
        ("${PREFIX}_core", "PREFIX=pryvio\r\n"),
        ("${PREFIX}_core", "export PREFIX = pryvio"),
        ("${COMPOSE_PROJECT_NAME:?}io_core", ""),
        ("${COMPOSE_PROJECT_NAME:?}_core", "COMPOSE_PROJECT_NAME=pryvio"),
    ],
)
def test_variables_are_filled_in_as_the_programs_do(
    tmp_path: Path, named: str, dotenv: str
) -> None:
    root = in_root(tmp_path, PLAIN.replace("pryvio_core", f"'{named}'"), _env=dotenv)
    found = read(root)
    assert containers(found) == {"core": "pryvio_core"}
    assert found.problem == ""


def test_a_password_with_a_number_sign_is_whole(tmp_path: Path) -> None:
    """Only after a blank does one begin a remark, and not in quotes."""
    for said in ("A=pry#vio", "A='pry # vio'", 'A="pry # vio"'):
        root = in_root(tmp_path, PLAIN.replace("pryvio_core", "'${A}_core'"), _env=said)
        assert containers(read(root))["core"].replace(" ", "") == "pry#vio_core"


def test_what_is_declared_elsewhere_is_read(tmp_path: Path) -> None:
    text = (
        "include:\n  - more.yml\n  - {path: [third.yml]}\n"
        "services:\n  core: {extends: {file: base.yml, service: app}, image: i}\n"
    )
    root = in_root(
        tmp_path,
        text,
        more_yml="services: {dns: {image: i, container_name: pryvio_dns}}",
        third_yml="services: {mail: {image: i}}",
        base_yml="services: {app: {image: b, container_name: '${PREFIX}_app', env_file: its.env}}",
        its_env="A=1",
        _env="# ours\nPREFIX='pryvio'\n",
    )
    found = read(root)
    assert containers(found) == {
        "dns": "pryvio_dns",
        "mail": "pryvio_mail",
        "core": "pryvio_app",
    }
    assert found.problem == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "declares no service"),
        ("services:\n\tcore: {}\n", "can't be read"),
        ("services: [", "can't be read"),
        ("just words", "declares no service"),
        (b"\xff\xfe\x00", "can't be read"),
        # Behind the first document, of which alone services are taken.
        (PLAIN + "...\nvv: !res\n  : [", "can't be read"),
        (PLAIN + "---\na: {\n", "can't be read"),
        # Names that no file can have.
        ('include: ["a\\0b.yml"]\n' + PLAIN, "can't be read"),
        ('services: {core: {extends: {file: "a\\0b", service: x}}}', "can't be read"),
        (PLAIN.replace("image: i", 'env_file: "a\\0b"'), "which does not exist"),
        ("include: [gone.yml]\n" + PLAIN, "needs pryv/gone.yml, which is missing"),
        ("include: [pryv.yml]\n" + PLAIN, "refers to itself"),
        ("services: {core: {extends: nobody}}", "core extends nobody"),
        (PLAIN.replace("image: i", "image: '${TAG:?say which}'"), "uses TAG, which has no"),
        (
            PLAIN.replace("image: i", "env_file: secrets.env"),
            "needs secrets.env, which does not exist",
        ),
    ],
)
def test_what_keeps_it_from_being_brought_up_is_said(
    tmp_path: Path, text: str | bytes, words: str
) -> None:
    root = in_root(tmp_path, text)
    assert words in read(root).problem
    state = msgspec.structs.replace(host_state("one", "core"), root=str(root))
    line = root_files_guard(state)
    assert line is not None
    assert (line.outcome, words in line.text) == ("warning", True)
    said = (
        ": its services could not be brought up after a restore onto a machine without containers"
    )
    assert said in line.text
    (root / "pryv/pryv.yml").write_text(PLAIN)
    mended = root_files_guard(state)
    assert mended is None or said not in mended.text


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "pryv").mkdir()
    os.mkfifo(tmp_path / "pryv/pryv.yml")
    assert "can't be read" in read(tmp_path).problem


def test_files_that_lead_to_each_other_many_times_are_not_followed_for_ever(tmp_path: Path) -> None:
    """Each of eight names the next one twenty times: 25 thousand million ways to the last."""
    follow = "services: {{}}\ninclude:\n" + "  - n{0}.yml\n" * 20
    root = in_root(
        tmp_path,
        follow.format(1),
        **{f"n{number}_yml": follow.format(number + 1) for number in range(1, 8)},
        n8_yml=PLAIN,
    )
    assert "too many files" in read(root).problem


def test_a_file_that_many_services_extend_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []
    looked: list[object] = []
    exists = Path.exists

    def reading(place: Path, *, limit: int) -> bytes:
        opened.append(place)
        return read_whole(place, limit=limit)

    def looking(path: Path) -> bool:
        looked.append(path)
        return exists(path)

    monkeypatch.setattr(compose_files, "read_whole", reading)
    monkeypatch.setattr(Path, "exists", looking)
    many = "".join(f"  s{n}: {{extends: {{file: b.yml, service: a}}}}\n" for n in range(500))
    base = f"services: {{a: {{image: i, env_file: [{', '.join(['.'] * 500)}]}}}}"
    found = read(in_root(tmp_path, f"services:\n{many}", b_yml=base))
    assert len(found.services) == 500 and found.problem == ""
    assert len(opened) == 3  # both, and `.env`
    assert len(looked) == 500


def test_a_name_that_variables_make_longer_than_any_is_not_made(tmp_path: Path) -> None:
    """A quarter of a megabyte of `$A`, each of which is as long: 20 GB."""
    (in_root(tmp_path, PLAIN.replace("pryvio_core", "$A" * 100_000)) / "pryv/.env").write_text(
        "A=" + "a" * 200_000
    )
    assert "more than 4096 letters" in read(tmp_path).problem


def test_variables_that_never_end_are_not_read_to_the_end_of_the_text_each(tmp_path: Path) -> None:
    """Fifty thousand times a quarter of a megabyte took minutes, in which nothing ends a search: so
    the work is bounded by what one of them may hold."""
    one = "${A:?" + "b" * 1000 + "}"
    text = "services:\n  core: {{image: '{}', container_name: pryvio_core}}\n"
    assert "uses A" in read(in_root(tmp_path, text.format(one))).problem
    assert read(in_root(tmp_path, text.format("${A:?" * 50_000))).problem == ""


def test_what_not_every_program_takes_is_told(tmp_path: Path) -> None:
    text = PLAIN + "  dns: {image: a, ports: !override [], image: b}\n"
    found = read(in_root(tmp_path, text))
    assert (found.tags, found.twice, found.problem) == (("!override",), ("image",), "")
    state = msgspec.structs.replace(host_state("one", "core"), root=str(tmp_path))
    line = root_files_guard(state)
    assert line is not None and line.outcome == "ok"
    assert "!override needs docker compose 2" in line.text
    assert "defined twice, which docker compose 2 refuses: image" in line.text


def test_a_value_that_is_set_is_required_no_more(tmp_path: Path) -> None:
    root = in_root(tmp_path, PLAIN.replace("image: i", "image: 'a:${TAG:?}'"), _env="TAG=1.9.2")
    assert read(root).problem == ""


def test_a_file_of_the_root_is_looked_for_in_the_set(tmp_path: Path) -> None:
    text = PLAIN.replace("image: i", "env_file: ['${PRYV_CONF_ROOT}/pryv/a.env']")
    folder = in_root(tmp_path, text, a_env="A=1")
    (found,) = read_compose(folder, "/var/pryv", {})
    assert found.problem == ""


@pytest.mark.parametrize(
    ("source", "outside"),
    [
        ("./core/data", ""),
        ("./", ""),
        ("..", ""),
        ("../", ""),
        ("../..", "{beside}"),
        ("../../root-of-another/pryv", "{beside}/root-of-another/pryv"),
        ("../../root/pryv/core", ""),
        ("{root}", ""),
        ("{root}/pryv/not-there/yet", ""),
        ("{root}-of-another", "{root}-of-another"),
        ("/", "/"),
        ("./inside", ""),
        ("./inside/deeper", ""),
        ("./out", "/srv/data"),
        ("./out/deeper", "/srv/data/deeper"),
        ("./up", "{beside}/elsewhere"),
        ("./chain/a", "/srv/data/deep/a"),
        ("./absolute/a", ""),
        ("./round", "{root}/pryv/round"),
        ("./file.yml/below", ""),
    ],
)
@pytest.mark.parametrize("copied", [False, True])
def test_where_a_mount_leads(tmp_path: Path, source: str, outside: str, copied: bool) -> None:
    """Below the root by its own names, wherever what is looked at lies."""
    root = tmp_path / "root"
    folder = tmp_path / "set" / "files" if copied else root
    place = {"root": str(root), "beside": str(tmp_path)}
    mount = source.format(**place)
    text = PLAIN.replace("image: i", f"image: i, volumes: ['{mount}:/data']")
    pryv = in_root(folder, text, file_yml="") / "pryv"
    for name, target in {
        "inside": "core", "out": "/srv/data", "up": "../../elsewhere", "chain": "out/deep",
        "absolute": f"{root}/pryv/core", "round": "round",
    }.items():  # fmt: skip
        (pryv / name).symlink_to(target)
    (found,) = read_compose(folder, str(root), {})
    words = {mounts(outside.format(**place))} if outside else set()
    assert set(found.services[0].powers) == words


def test_a_file_that_was_changed_is_read_again(tmp_path: Path) -> None:
    first = read(in_root(tmp_path, PLAIN))
    in_root(tmp_path, PLAIN.replace("pryvio_core", "another"))
    assert containers(read(tmp_path)) == {"core": "another"}
    in_root(tmp_path, PLAIN)
    assert read(tmp_path) == first


def test_of_a_file_that_is_not_read_the_engine_has_told_the_names(tmp_path: Path) -> None:
    files = read_compose(in_root(tmp_path, "services: ["), environment={})
    wanted = {"pryvio_core": "core", "an-odd-name": "dns"}
    assert declared_in(files, wanted, {"pryvio_core": "the-core"}) == {
        "pryvio_core": ComposeService("pryv/pryv.yml", "the-core", "pryvio_core"),
        "an-odd-name": ComposeService("pryv/pryv.yml", "dns", "an-odd-name"),
    }


# A whole restore.


@pytest.fixture
def practice(tmp_path: Path) -> Practice:
    return Practice.create(tmp_path / "p", "--users", 1, "--attachments", 0)


def compose_file(practice: Practice) -> Path:
    return practice.folder / "hosts/single/root/pryv/pryv.yml"


def test_tags_that_the_program_here_can_t_read_are_found_before(practice: Practice) -> None:
    """The practice platform's docker-compose is of the first generation, which knows no tags."""
    path = compose_file(practice)
    path.write_text(path.read_text().replace("restart: always", "restart: !override always"))
    assert practice.run("backup", "--json").exit == 0
    before = practice.contents()
    # Where its containers are, nothing has to be brought up.
    assert practice.restore().exit == 0
    assert practice.contents() == before
    practice.wipe("core")
    here = practice.contents()
    refused = practice.restore()
    assert refused.exit == 4
    assert "compose files use !override, which docker-compose 1 can't read" in refused.end["what"]
    assert practice.contents() == here


class Programs(StillHost):
    """A machine that has these programs."""

    def __init__(self, *programs: str) -> None:
        super().__init__("one", [])
        self._programs = programs

    def which(self, program: str) -> str | None:
        return f"/usr/bin/{program}" if program in self._programs else None

    def run(self, argv: Sequence[str], **_: object) -> int:
        return 0 if argv[0] in self._programs else 127


@pytest.mark.parametrize(
    ("there", "newer", "chosen"),
    [
        (("docker-compose", "docker"), False, ["docker-compose"]),
        (("docker-compose", "docker"), True, ["docker", "compose"]),
        (("docker-compose",), True, ["docker-compose"]),
        (("docker",), False, ["docker", "compose"]),
        ((), True, None),
    ],
)
def test_the_program_that_reads_the_file_is_asked(
    there: tuple[str, ...], newer: bool, chosen: list[str] | None
) -> None:
    assert compose_program(Programs(*there), newer=newer) == chosen


def test_what_can_t_be_brought_up_is_found_by_all_that_come_before(practice: Practice) -> None:
    path = compose_file(practice)
    path.write_text(path.read_text().replace("restart: always", "restart: ${HOW:?}"))
    doctor = practice.run("doctor")
    assert "pryv/pryv.yml uses HOW" in doctor.out
    taken = practice.run("backup", "--json")
    assert taken.exit == 3
    assert any("uses HOW" in text for text in taken.end["warnings"])
    # Its containers are here: it is not needed.
    assert practice.restore().exit == 3
    practice.wipe("core")
    here = practice.contents()
    refused = practice.restore()
    assert refused.exit == 4
    words = "can't be brought up from the set's files: pryv/pryv.yml uses HOW"
    assert words in refused.end["what"]
    assert practice.contents() == here
