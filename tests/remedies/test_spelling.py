"""What a command says that was typed wrongly, typed as it says."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.settings.appearance import asked_theme
from pryv_tui.practice.platform import PracticePlatform
from tests.journeys.program import pryv_tui
from tests.operations.adopting.test_adopting import core, found_in
from tests.remedies.shell import Said, Shell, commands_in, paste, shell_line, type_in

Words = tuple[str, ...]


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A platform with one set; nothing here changes it."""
    return Shell.with_set(tmp_path_factory.mktemp("spelling") / "platform", attachments=1)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    return Shell.on_new(tmp_path_factory.mktemp("spelling") / "cluster", form="cluster")


RIGHT: list[tuple[Words, str, Words, int]] = [
    (
        ("restore", "latest", "--to", "TO"),
        "Name the files too.",
        ("restore", "latest", "--to", "TO", "--files", "pryv/core/conf/*"),
        0,
    ),
    (
        ("plan", "backup", "--hold-deadline", "30"),
        "Add --hold registrations.",
        ("plan", "backup", "--hold-deadline", "30", "--hold", "registrations"),
        0,
    ),
    (
        ("restore", "latest", "--to", "TO-2", "--files", "pryv/core/con\udcff/*"),
        "Write a `?` for each of these bytes: --files 'pryv/core/con?/*'",
        ("restore", "latest", "--to", "TO-2", "--files", "pryv/core/con?/*"),
        0,
    ),
    (
        ("restore", "SET", "--files", "no-such/*"),
        "Paths are relative to the root, like those after files/ in the set's SHA256SUMS; `*`"
        " stands for anything, also for `/`.",
        ("restore", "SET", "--files", "pryv/core/conf/*", "--to", "TO-3"),
        0,
    ),
    (
        ("plan", "backup", "--json", "--format", "shell"),
        "Omit --format, or --json.",
        ("plan", "backup", "--json"),
        0,
    ),
    (
        ("status", "--no-such-option"),
        "Try 'pryv-tui status --help' for help.",
        ("status", "--help"),
        0,
    ),
]
"""What was typed, what is said, what that means, and the exit code then."""


def filled(shell: Shell, words: Words, folder: Path) -> Words:
    name = shell.latest
    return tuple(
        word.replace("SET", name).replace("TO", str(folder / "to"))
        if word.startswith(("SET", "TO"))
        else word
        for word in words
    )


@pytest.mark.parametrize(("wrong", "remedy", "right", "code"), RIGHT, ids=lambda w: str(w)[:40])
def test_typed_as_it_says(
    tmp_path: Path, shell: Shell, wrong: Words, remedy: str, right: Words, code: int
) -> None:
    said = shell.type(*filled(shell, wrong, tmp_path))
    assert remedy in said.err
    assert said.exit in (2, 4)
    done = shell.type(*filled(shell, right, tmp_path))
    assert done.exit == code, done


PASTED: list[tuple[Words, str, tuple[int, ...]]] = [
    (("audit",), "Write: ", (0, 3)),
    (("verify",), "Write: ", (0,)),
    (("cancel",), "See them: ", (0,)),
    (("undo",), "See them: ", (0,)),
    (("prune",), "For example: ", (0,)),
    (("accept", "--withdraw"), "See them: ", (0,)),
    (("accept", "no-such"), "Nothing can be accepted now. To see what there is: ", (0,)),
    (("verify", "no-such"), "", (0,)),
    (("attach", "no-such"), "", (0,)),
    (("containers", "stop", "no-such"), "", (0,)),
]
"""What was typed, how the remedy begins, and how each command ends that it names."""


@pytest.mark.parametrize(("wrong", "begins", "codes"), PASTED, ids=lambda w: str(w)[:40])
def test_each_command_that_is_named_is_pasted(
    shell: Shell, wrong: Words, begins: str, codes: tuple[int, ...]
) -> None:
    said = shell.type(*wrong)
    assert said.exit != 0
    assert said.remedy.startswith(begins)
    named = commands_in(said.remedy)
    assert named, said
    for line in named:
        assert paste(line).exit in codes, line


def test_where_there_is_no_set_none_is_named(tmp_path: Path) -> None:
    empty = Shell.on_new(tmp_path / "platform")
    for command in ("audit", "verify", "restore"):
        said = empty.type(command)
        assert said.exit == 2
        (named,) = commands_in(said.remedy)
        assert paste(named).exit == 0, named


def test_what_has_to_be_confirmed_is_confirmed_with_the_word_that_is_shown(tmp_path: Path) -> None:
    shell = Shell.on_new(tmp_path / "platform")
    # Two backups, each after a word that was wrong.
    wrong = shell.type("backup", "--label", "a\nb")
    assert wrong.remedy == "Write it in one line of letters, digits, spaces and punctuation."
    first = shell.backup("--label", "Before 1.9: a & b, 5 %")
    wrong = shell.type("backup", "--without-disk", "")
    assert wrong.remedy == "Give it a value, or omit it."
    name = shell.backup("--without-disk", "pryv/core/data")
    # Which one is meant.
    assert shell.type("verify", "20").remedy == "Type more characters of the id."
    assert shell.type("verify", name[:-1]).exit == 0
    # A prune.
    rule = ("prune", "--keep-last", "1")
    asked = shell.type(*rule)
    assert asked.remedy.startswith("To see why: --dry-run. To remove them: --confirm ")
    assert first in shell.type(*rule, "--dry-run").out
    domain = _heading(shell.type(*rule, "--confirm", "typo.example"))
    assert asked.remedy.endswith(domain)
    assert shell.type(*rule, "--confirm", domain).exit == 0
    assert [path.name for path in Path(shell.settings.vault).glob("2*Z*")] == [name]
    # A restore.
    plan, listed = commands_in(shell.type("restore", "latest").remedy)
    assert "Verify the set" in paste(plan).out
    wrong = shell.type("restore", "latest", "--confirm", "typo.example")
    assert wrong.remedy.startswith("Write the set's domain. To see it: pryv-tui ")
    assert commands_in(wrong.remedy) == [listed]
    (row,) = [one for one in paste(listed).out.splitlines() if one.startswith(name)]
    assert shell.type("restore", name, "--confirm", row.split()[1]).exit == 0
    # What can be undone: of the backup it is said which restore can be.
    runs = [run["id"] for run in json.loads(shell.type("runs", "--json").out)]
    told = shell.type("undo", runs[0])
    assert told.exit == 4
    assert told.remedy.startswith(f"The newest that can be undone is the restore {runs[-1]}: ")
    (undo,) = commands_in(told.remedy)
    assert paste(undo).exit == 0
    # What lies aside is let go.
    told = shell.type("release", runs[0])
    assert told.remedy.startswith("To see what was moved aside: ")
    (release,) = [
        line
        for line in commands_in(paste(commands_in(told.remedy)[0]).out.replace("\n", "; "))
        if " release " in line
    ]
    words = shlex.split(release)[1:]
    assert type_in(*words[:-2]).remedy == f"Add --confirm {domain}"
    assert _heading(type_in(*words[:-1], "typo.example")) == words[-1]
    assert type_in(*words).exit == 0
    # Nothing is left of it.
    for wrong_words, begins in (
        (("undo", runs[-1]), "To see what was moved aside: "),
        (("undo", runs[0]), "Only a restore or an undo that changed something can be undone: "),
        (
            ("release", runs[-1]),
            "That run has nothing to release. To see what else was moved aside: ",
        ),
        (("cancel", runs[-1]), "In that run there is nothing to cancel. "),
    ):
        told = shell.type(*wrong_words)
        assert told.exit == 4
        assert told.remedy.startswith(begins)
        shown = paste(commands_in(told.remedy)[0])
        assert shown.exit == 0
        assert f" release {runs[0][:8]}" not in shown.out and " undo 2" not in shown.out


def _heading(said: Said) -> str:
    """The domain in the first line of `status`, as the remedy sends there."""
    assert said.remedy.startswith("Write this platform's domain. To see it: pryv-tui ")
    (status,) = commands_in(said.remedy)
    return paste(status).out.splitlines()[0].split()[1]


def test_what_was_accepted_is_named_to_whoever_withdraws_another(tmp_path: Path) -> None:
    shell = Shell.on_new(tmp_path / "platform")
    assert shell.type("accept", "--withdraw", "x").remedy == "Nothing is accepted here now."
    stopped = shell.type("containers", "stop", "mail")
    assert stopped.exit == 0, stopped
    told = shell.type("accept", "no-such")
    assert told.remedy.startswith("These can be: ")
    keys = told.remedy.partition(": ")[2].split(", ")
    assert shell.type("accept", *keys).exit == 0
    told = shell.type("accept", "--withdraw", "no-such")
    assert "nothing called 'no-such' is accepted here" in told.err
    assert told.remedy == f"Accepted now: {', '.join(sorted(keys))}", "by their keys"
    good = shell.type("accept", "--withdraw", keys[0])
    assert good.exit == 0 and "nothing called" not in good.err


def test_a_time_as_in_the_examples(shell: Shell) -> None:
    said = shell.type("containers", "logs", "core", "--since", "once")
    examples = said.remedy.removeprefix("Such as ").rstrip(".").split(", ")
    assert len(examples) > 3
    for example in examples:
        assert shell.type("containers", "logs", "core", "--since", example).exit == 0, example


@pytest.mark.parametrize("wrong", ["yesterday", "2026-01-01T00:00:00", "2999-01-01T00:00:00Z"])
def test_a_time_of_an_adopted_backup_as_in_the_example(tmp_path: Path, wrong: str) -> None:
    copy = core(tmp_path / "copy")
    with pytest.raises(PryvTuiError) as refused:
        found_in(copy, taken=wrong)
    example = refused.value.remedy.removeprefix("Write it like ")
    assert found_in(copy, taken=example).taken == example


def test_a_dump_that_lies_elsewhere_as_in_the_example(tmp_path: Path, shell: Shell) -> None:
    """The set that comes of it: tests/journeys/test_adopt.py."""
    copy = core(tmp_path / "copy")
    said = shell.type("adopt", str(copy), "--dump", "mongodb")
    store, _, place = said.remedy.removeprefix("Such as --dump ").partition("=")
    elsewhere = tmp_path / place.removeprefix("/")
    (copy / "pryv/mongodb/backup").rename(_made(elsewhere.parent) / elsewhere.name)
    assert found_in(copy, dumps={store: str(elsewhere)}).parts[0].dumps[store]


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


class TestPractice:
    def test_a_role_of_a_cluster(self, tmp_path: Path) -> None:
        cluster = Shell.on_new(tmp_path / "cluster", form="cluster", users=0)
        folder = str(cluster.platform.folder)
        said = type_in("practice", "wipe", folder, "single-node")
        assert said.remedy == "Name a role of it, or all."
        said = type_in("practice", "wipe", folder, "kore")
        names = said.remedy.removeprefix("One of: ").rstrip(".").split(", ")
        assert names == ["core", "register", "static-web", "single-node", "all"]
        assert type_in("practice", "wipe", folder, "static-web").exit == 0
        assert type_in("practice", "wipe", folder, "all").exit == 0

    def test_a_fault_and_a_service(self, shell: Shell) -> None:
        folder = str(shell.platform.folder)
        listed = paste(type_in("practice", "fault", folder).remedy)
        assert listed.exit == 0
        for wrong in ("no-such", "container-dies:mangodb"):
            said = type_in("practice", "fault", folder, wrong)
            names = said.remedy.removeprefix("One of: ").rstrip(".").split(", ")
            chosen = names[0] if wrong == "no-such" else f"container-dies:{names[0]}"
            assert type_in("practice", "fault", folder, chosen).exit == 0
            assert type_in("practice", "fault", folder, "--clear", chosen).exit == 0

    def test_a_container(self, tmp_path: Path) -> None:
        shell = Shell.on_new(tmp_path / "platform")
        folder = str(shell.platform.folder)
        said = type_in("practice", "container", folder, "x")
        assert "--rename" in paste(said.remedy).out
        said = type_in("practice", "container", folder, "x", "--mount", "x", "--host", "y")
        named = said.remedy.removeprefix("One of: ").rstrip(".")
        there = ("--mount", "pryv/core/data", "--host", named)
        assert type_in("practice", "container", folder, "x", *there).exit == 0
        said = type_in("practice", "container", folder, "z", "--mount", "../../x")
        assert said.remedy.startswith("Name a folder of the root, such as pryv/core/data or")
        for number, right in enumerate(("pryv/core/data", "pryv/core/data:ro", ".")):
            assert right in said.remedy
            words = ("practice", "container", folder, f"z{number}", "--mount", right)
            assert type_in(*words).exit == 0

    def test_a_form(self, tmp_path: Path) -> None:
        with pytest.raises(PryvTuiError) as refused:
            PracticePlatform.create(tmp_path / "p", form="triangle")  # type: ignore[arg-type]
        for form in refused.value.remedy.rstrip(".").split(" or "):
            PracticePlatform.create(tmp_path / form, form=form, users=0, attachments=0)  # type: ignore[arg-type]

    def test_one_that_was_not_made_whole_is_made_again(self, tmp_path: Path) -> None:
        shell = Shell.on_new(tmp_path / "platform")
        folder = shell.platform.folder
        path = folder / "practice.json"
        path.write_text(path.read_text().replace('"born": true', '"born": false'))
        said = shell.type("status")
        assert said.exit == 2
        remove, make = said.remedy.split("; then: ")
        assert shell_line(remove.removeprefix("Remove what is there: ")) == 0
        assert paste(make).exit == 0
        assert shell.type("status").exit in (0, 3)

    def test_settings_that_say_nothing(self, tmp_path: Path) -> None:
        shell = Shell.on_new(tmp_path / "platform")
        (shell.platform.folder / "practice.json").write_text("{")
        said = shell.type("status")
        made = paste(commands_in(said.remedy)[0])
        assert made.exit == 0, made
        folder = Path(commands_in(said.remedy)[0].split()[-1])
        assert Shell(PracticePlatform.open(folder)).type("status").exit in (0, 3)


class TestMachines:
    def test_which_of_several(self, cluster: Shell) -> None:
        said = cluster.type("containers", "logs", "nginx")
        assert said.remedy == "Say which with --host."
        told = cluster.type("containers", "logs", "nginx", "--host", "nowhere")
        names = told.remedy.removeprefix("Name one of: ").split(", ")
        assert len(names) == 3
        for name in names:
            done = cluster.type("containers", "logs", "nginx", "--host", name)
            assert done.exit == 0 or "no container" in done.err, done
        known = said.err.partition(" is on ")[2].splitlines()[0].split(", ")
        for name in known:
            done = cluster.type("containers", "logs", "nginx", "--host", name)
            assert done.exit == 0, done


def test_a_theme() -> None:
    with pytest.raises(PryvTuiError) as refused:
        asked_theme("mauve", {})
    names = refused.value.remedy.removeprefix("One of ").rstrip(".").split(", ")
    assert [asked_theme(name, {}) for name in names] == names


def test_without_a_terminal_the_commands_are_listed(shell: Shell) -> None:
    """In a terminal it opens: tests/journeys/test_terminal.py."""
    said = pryv_tui("--practice", shell.platform.folder)
    assert said.exit == 2
    assert "To see the commands: pryv-tui --help" in said.err
    assert "restore" in paste("pryv-tui --help").out
