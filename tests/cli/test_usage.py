"""The program run as a process: what is wrong usage, what is refused, and with which exit code."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path
from typing import get_args

import click
import pytest

from pryv_tui.cli.look import plan
from pryv_tui.cli.report import WRITTEN, report
from pryv_tui.incidents.report.as_text import as_markdown
from pryv_tui.operations.plan import Plan
from pryv_tui.operations.plans.runbook import runbook
from pryv_tui.platform.roles import FOLDER_WORDS, FolderKind
from tests.helpers import copied
from tests.journeys.program import Practice, pryv_tui


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Practice:
    """A platform that none of these tests changes."""
    folder = tmp_path_factory.mktemp("usage") / "platform"
    copied.new(folder, users=1, attachments=1)
    return Practice(folder)


USAGE = [
    ("no-such-command",),
    ("status", "--no-such-option"),
    ("status", "a-word-too-many"),
    ("plan",),
    ("plan", "undo"),
    ("plan", "backup", "a-set"),
    ("plan", "restore", "no-such-set"),
    ("plan", "restore", ""),
    ("plan", "backup", "--format", "pdf"),
    ("plan", "backup", "--role", "no-such-role"),
    ("backup", "--role", "no-such-role"),
    ("verify",),
    ("verify", ""),
    ("verify", "latest"),
    ("restore",),
    ("restore", "latest"),
    ("restore", "", "--confirm", "x"),
    ("restore", "2026", "--confirm", "x"),
    ("undo", "latest"),
    ("undo", ""),
    ("attach", "no-such-run"),
    ("cancel", "latest"),
    ("practice", "fault", "FOLDER"),
    ("practice", "create", "FOLDER"),
    ("practice", "create", "FOLDER", "--form", "triangle"),
    ("practice", "create", "FOLDER", "--users", "-1"),
]


@pytest.mark.parametrize("words", USAGE, ids=" ".join)
def test_wrong_usage_exits_2_with_a_word_on_stderr(
    practice: Practice, words: tuple[str, ...]
) -> None:
    given = [str(practice.folder) if word == "FOLDER" else word for word in words]
    if words[0] != "practice":
        given += ["--practice", str(practice.folder)]
    done = pryv_tui(*given)
    assert done.exit == 2, done
    assert done.err.strip()
    assert done.out == ""
    assert "Traceback" not in done.err


def test_no_terminal_no_interface(practice: Practice) -> None:
    done = practice.run()
    assert done.exit == 2
    assert "terminal" in done.err
    assert "\x1b" not in done.out + done.err


def test_a_role_of_a_single_node_alone_is_refused(tmp_path: Path) -> None:
    # A platform of its own: the refusal stands there until a backup is taken.
    practice = Practice.create(tmp_path / "p", "--users", 1, "--attachments", 0)
    for words in (("plan", "backup", "--role", "core"), ("backup", "--role", "core", "--json")):
        done = practice.run(*words)
        assert done.exit == 4, done
        assert "share one root" in done.out + done.err
    assert practice.sets() == []


@pytest.mark.parametrize(
    ("words", "exit"),
    [
        (("status",), 3),  # there is no set yet
        (("status", "--json"), 3),
        (("doctor",), 3),  # nor to it
        (("doctor", "--json"), 3),
        (("list",), 0),
        (("list", "--json"), 0),
        (("plan", "backup"), 0),
        (("plan", "backup", "--format", "markdown"), 0),
        (("plan", "backup", "--format", "shell"), 0),
        (("recover",), 0),
        (("--help",), 0),
        (("--version",), 0),
    ],
    ids=str,
)
def test_looking_changes_nothing(practice: Practice, words: tuple[str, ...], exit: int) -> None:
    before = practice.contents()
    done = practice.run(*words)
    assert done.exit == exit, done
    assert done.out.strip()
    assert practice.contents() == before
    if "--json" in words:
        assert done.json is not None


def test_options_stand_before_or_after_the_command(practice: Practice) -> None:
    before = pryv_tui("--practice", practice.folder, "list", "--json")
    after = pryv_tui("list", "--json", "--practice", practice.folder)
    assert before.exit == after.exit == 0
    assert before.json == after.json == []


def test_the_status_has_the_promised_fields(practice: Practice) -> None:
    found = practice.run("status", "--json").json
    assert {"platform", "hosts", "last_backup", "attention"} <= set(found)
    assert {"domain", "release", "form"} <= set(found["platform"])
    assert found["platform"]["form"] == "single-node"
    assert found["last_backup"] is None
    host = found["hosts"][0]
    assert {"name", "engine", "reachable", "root", "roles"} <= set(host)
    assert [role["role"] for role in host["roles"]] == ["core", "register", "static-web"]
    for role in host["roles"]:
        for container in role["containers"]:
            assert {"name", "service", "image", "state", "since", "restarts"} <= set(container)
        for folder in role["folders"]:
            assert {"path", "kind", "bytes", "files"} <= set(folder)
            assert folder["kind"] in ("travels", "left_out", "recreated")
        for store in role["stores"]:
            assert {"store", "reachable", "detail"} <= set(store)
            assert store["reachable"] is True
    for item in found["attention"]:
        assert {"level", "text", "remedy"} <= set(item)


def test_the_status_says_what_becomes_of_each_folder_in_words(practice: Practice) -> None:
    printed = practice.run("status").out.splitlines()
    roles = practice.run("status", "--json").json["hosts"][0]["roles"]
    folders = [folder for role in roles for folder in role["folders"] if folder["files"]]
    assert {folder["kind"] for folder in folders} >= {"travels", "recreated"}
    for folder in folders:
        (line,) = [line for line in printed if f"  {folder['path']}  " in line]
        assert line.startswith(f"  {FOLDER_WORDS[folder['kind']]} ")
    assert set(FOLDER_WORDS) == set(get_args(FolderKind))
    assert not [words for words in FOLDER_WORDS.values() if "_" in words]


def test_every_doctor_line_has_a_name_and_an_outcome(practice: Practice) -> None:
    lines = practice.run("doctor", "--json").json
    assert len({line["name"] for line in lines}) == len(lines)
    assert {line["name"] for line in lines if line["outcome"] != "ok"} == {"last backup"}


def test_an_error_under_json_is_json_too(practice: Practice) -> None:
    done = practice.run("restore", "nothing", "--confirm", "x", "--json")
    assert done.exit == 2
    end = done.end
    assert (end["v"], end["outcome"], end["exit"]) == (1, "refused", 2)
    assert end["what"] and end["next"]


@pytest.mark.parametrize(
    "command",
    [
        ("status",),
        ("backup",),
        ("recover",),
        ("runs",),
    ],
)
def test_a_state_folder_that_is_a_file_is_no_traceback(
    practice: Practice, tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "file").touch()
    done = practice.run(*command, "--state", tmp_path / "file/state")
    assert "Traceback" not in done.err
    assert practice.sets() == []


def test_a_practice_folder_that_is_none(tmp_path: Path) -> None:
    done = pryv_tui("status", "--practice", tmp_path)
    assert done.exit in (1, 2)
    assert "Traceback" not in done.err
    assert str(tmp_path) in done.err


@pytest.mark.parametrize("text", ["vault = ", "volt = 'x'", "[[host]]"])
def test_a_configuration_that_can_not_be_used(tmp_path: Path, text: str) -> None:
    (tmp_path / "c.toml").write_text(text)
    done = pryv_tui("list", "--config", tmp_path / "c.toml")
    assert done.exit == 2
    assert "c.toml" in done.err


def test_an_engine_that_is_not_there_is_named_with_its_remedy(tmp_path: Path) -> None:
    url = f"unix://{tmp_path}/no.sock"
    done = pryv_tui("status", "--docker", url, "--vault", tmp_path / "v", "--state", tmp_path / "s")
    assert done.exit == 1
    assert url in done.out
    assert "Traceback" not in done.err
    assert not (tmp_path / "v").exists()
    lines = pryv_tui(
        "doctor", "--json", "--docker", url, "--root", tmp_path, "--vault", tmp_path / "v"
    )
    assert lines.exit == 1
    engine = next(line for line in lines.json if line["name"].startswith("engine"))
    assert (engine["outcome"], bool(engine["remedy"])) == ("failed", True)


def test_the_root_is_taken_from_the_variable(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "pryv/core/conf").mkdir(parents=True)
    words = ("status", "--json", "--docker", f"unix://{tmp_path}/no.sock", "--vault", tmp_path)
    found = pryv_tui(*words, "--state", tmp_path / "s", PRYV_CONF_ROOT=str(root)).json
    assert found["hosts"][0]["root"] == str(root)
    found = pryv_tui(
        *words, "--state", tmp_path / "s", "--root", tmp_path, PRYV_CONF_ROOT=str(root)
    ).json
    assert found["hosts"][0]["root"] == str(tmp_path)


def test_hints_mean_the_platform_that_was_asked_for(practice: Practice) -> None:
    """What the program tells an operator to type does what it says when it is typed."""
    told = practice.run("status").out
    (line,) = [line for line in told.splitlines() if "Take one:" in line]
    words = shlex.split(line.partition("Take one: ")[2])
    assert words[:3] == ["pryv-tui", "--practice", str(practice.folder)]
    backup = pryv_tui(*words[1:], "--json")
    assert backup.exit == 0
    checks = [line for line in backup.end["next"] if "verify" in line]
    assert pryv_tui(*shlex.split(checks[0].partition(": ")[2])[1:]).exit == 0
    gone = pryv_tui("practice", "wipe", practice.folder, "all").out
    assert pryv_tui(*shlex.split(gone.partition("Bring it back: ")[2])[1:]).exit == 0


def test_a_fault_says_that_it_is_set_and_how_it_ends(practice: Practice) -> None:
    told = pryv_tui("practice", "fault", practice.folder, "container-dies:mongodb").out
    assert told.startswith("Set: container-dies:mongodb.")
    ends = shlex.split(told.partition("It lasts until you clear it: ")[2])
    assert pryv_tui(*ends[1:]).out == "Cleared: every fault.\n"
    for wrong in ("container-dies:mangodb", "no-such-fault"):
        done = pryv_tui("practice", "fault", practice.folder, wrong)
        assert done.exit == 2
        assert "One of:" in done.err
    assert pryv_tui("practice", "fault", practice.folder, "--clear", "no-such").exit == 2


def test_a_container_that_sees_a_replaced_folder_is_no_source_of_a_backup(
    practice: Practice,
) -> None:
    folder = practice.folder / "hosts/single/root/pryv/core/data"
    away = folder.with_name("before")
    folder.rename(away)
    shutil.copytree(away, folder)
    doctor = practice.run("doctor")
    assert doctor.exit == 1
    (line,) = [line for line in doctor.out.splitlines() if "mounts single" in line]
    assert line.startswith("FAILED")
    # A restart would begin with the copy and lose what is written to the former folder.
    for way in (
        f"pryv-tui --practice {practice.folder} containers stop pryvio_core",
        f"mv {away} {folder}",
        f"pryv-tui --practice {practice.folder} containers start pryvio_core",
    ):
        assert way in doctor.out
    refused = practice.run("backup", "--json")
    assert refused.exit == 4
    assert "before it was replaced, and writes into that former folder" in refused.end["what"]


def test_a_form_has_the_same_words_everywhere() -> None:
    for command in (plan, report):
        (form,) = [one for one in command.params if one.name == "form"]
        assert isinstance(form.type, click.Choice) and {"md", "markdown"} <= set(form.type.choices)
    shown = Plan(kind="backup", roles=(), steps=(), domain="pryv.example")
    assert runbook(shown, "md") == runbook(shown, "markdown") != runbook(shown, "text")
    assert WRITTEN["md"] is WRITTEN["markdown"] is as_markdown
