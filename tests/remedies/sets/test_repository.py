"""What is said of a vault that is a restic repository, done as it is said, with the real restic."""

from __future__ import annotations

import shutil
from pathlib import Path

from pryv_tui.vault.restic.protocol import check_environment, check_location, failure
from tests.remedies.kit import refusal
from tests.remedies.shell import Shell, commands_in, paste, shell_line
from tests.restic.conftest import empty_repository, offsite, repository
from tests.restic.kit import DOMAIN, Offsite, in_step

__all__ = ["empty_repository", "offsite", "repository"]


def test_what_restic_would_ask_for_is_named(tmp_path: Path) -> None:
    told = refusal(lambda: check_environment("", {"RESTIC_PASSWORD": "x"}))
    for option in told.remedy.removeprefix("Name it: ").split(", "):
        named = option.removeprefix("--vault restic:")
        assert named != option
        check_environment(named, {"RESTIC_PASSWORD": "x"})
    told = refusal(lambda: check_environment("/r", {}))
    name, _, path = told.remedy.partition("export ")[2].partition("=")
    check_environment("/r", {name: path})
    for variable in ("RESTIC_PASSWORD_FILE", "RESTIC_CACHE_DIR"):
        environment = {"RESTIC_PASSWORD": "x", variable: "here/x"}
        told = refusal(lambda given=environment: check_environment("/r", given))  # type: ignore[misc]
        assert told.remedy == f"Write the whole path: export {variable}=/…"
        check_environment("/r", {**environment, variable: str(tmp_path / "here/x")})


def test_a_location_that_holds_a_password_goes_into_a_file(
    offsite: Offsite, tmp_path: Path
) -> None:
    told = refusal(lambda: check_location("rest:https://me:secret@host/"))
    assert "RESTIC_REPOSITORY_FILE" in told.remedy
    assert told.remedy.endswith("give --vault restic: alone.")
    file = tmp_path / "location"
    file.write_text(offsite.location)
    file.chmod(0o600)
    offsite.monkeypatch.setenv("RESTIC_REPOSITORY_FILE", str(file))
    said = Shell(offsite.platform).type("doctor", "--vault", "restic:")
    assert "0 sets; restic" in said.out, said


def test_restic_is_asked_by_hand(offsite: Offsite, tmp_path: Path) -> None:
    spaced = tmp_path / "it's a place"
    shutil.copytree(offsite.location, spaced)
    told = failure("something that nobody knows", 1, str(spaced), "read")
    assert shell_line(told.remedy.removeprefix("See what it says by hand: ")) == 0


def test_a_damaged_working_copy_is_put_aside_and_fetched_again(offsite: Offsite) -> None:
    set_id = offsite.backup()
    copy = offsite.vault.folder / set_id
    (victim,) = copy.rglob("events.bson")
    whole = victim.read_bytes()
    victim.write_bytes(whole[:-1] + b"x")
    end = offsite.run("restore", set_id=set_id)
    assert end.outcome == "failed"
    (remedy,) = [line for line in end.next if "The repository may have an undamaged copy" in line]
    move = remedy.partition("out of the way: ")[2].partition("; then restore again")[0]
    assert shell_line(move) == 0
    end = offsite.run("restore", set_id=set_id)
    assert end.exit == 0, end
    assert next(copy.rglob("events.bson")).read_bytes() == whole
    assert [found.id for found in offsite.vault.sets()] == [set_id], "what is aside is no set"
    assert len(list(offsite.vault.folder.glob("damaged-*"))) == 1, "and is not deleted"


def test_what_is_here_is_used_without_the_repository(offsite: Offsite) -> None:
    set_id = offsite.backup()
    shutil.move(offsite.location, f"{offsite.location}.away")
    told = refusal(offsite.vault.sets)
    assert f"sets on this machine can be used ({set_id}): --vault " in told.remedy
    folder = told.remedy.partition("--vault ")[2]
    shell = Shell(offsite.platform)
    assert set_id in shell.type("list", "--vault", folder).out
    done = shell.type("restore", set_id, "--confirm", DOMAIN, "--vault", folder)
    assert done.exit in (0, 3), done


def test_what_was_not_sent_is_sent_and_not_twice(offsite: Offsite) -> None:
    end = offsite.run("backup", in_step("send-set"))
    assert end.outcome == "cancelled"
    place = ("--vault", f"restic:{offsite.location}")
    shell = Shell(offsite.platform)
    (line,) = [
        one for one in shell.type("status", *place).out.splitlines() if "was not sent" in one
    ]
    (send,) = commands_in(line)
    assert paste(send).exit == 0
    assert "was not sent" not in shell.type("status", *place).out
    (found,) = offsite.vault.sets()
    for act in ("send", "fetch"):
        refused = shell.type(act, found.id, *place)
        assert refused.exit == 4
        assert refused.remedy.startswith("To see where each set is: pryv-tui ")
        assert found.id in paste(commands_in(refused.remedy)[0]).out
