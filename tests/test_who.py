"""Who began something: what the kernel says before what a variable says, and nothing that acts."""

from __future__ import annotations

import os

import msgspec
import pytest

from pryv_tui.who import LONGEST, NOT_SET, Facts, Who, facts_here, who_asks, who_is_here

NAMES = {0: "root", 1000: "anna", 1001: "ben"}
SUDO = {"SUDO_USER": "anna", "SUDO_UID": "1000"}
SSH = {"SSH_CONNECTION": "10.1.2.3 50022 10.1.2.9 22"}


@pytest.mark.parametrize(
    ("environment", "facts", "words", "short"),
    [
        (
            SUDO | SSH,
            Facts(0, 1000, NAMES, "/dev/pts/3"),
            "anna as root at pts/3 from 10.1.2.3 (as the session says)",
            "anna (10.1.2.3)",
        ),
        # Another name in the variable than the kernel has: both are said, and which is which.
        (
            {"SUDO_USER": "ben"},
            Facts(0, 1000, NAMES, "/dev/pts/3"),
            "anna as root (sudo's variable says ben) at pts/3",
            "anna (pts/3)",
        ),
        (
            SUDO,
            Facts(0, NOT_SET, NAMES, "/dev/pts/3"),
            "anna (as sudo's variable says) as root at pts/3",
            "anna (pts/3)",
        ),
        ({"DOAS_USER": "ben"}, Facts(0, None, NAMES), "ben (as doas' variable says) as root"
         " without a terminal", "ben (no terminal)"),
        # sudo takes the session's variables away: those of the shell before it are asked.
        (
            SUDO,
            Facts(0, 1000, NAMES, "/dev/pts/3", ("sudo", "bash", "sshd"), SSH),
            "anna as root at pts/3 from 10.1.2.3 (as the session says)",
            "anna (10.1.2.3)",
        ),
        ({}, Facts(0, 0, NAMES, "", ("sh", "cron")), "root by cron", "root (cron)"),
        ({}, Facts(0, 0, NAMES, "", ("CRON",)), "root by cron", "root (cron)"),
        ({"INVOCATION_ID": "x"}, Facts(0, NOT_SET, NAMES), "root by systemd", "root (systemd)"),
        # A shell on a terminal may have inherited that from what began its session.
        ({"INVOCATION_ID": "x"}, Facts(1000, 1000, NAMES, "/dev/tty1"), "anna at tty1",
         "anna (tty1)"),
        (SSH, Facts(1000, 1000, NAMES), "anna over ssh, without a terminal from 10.1.2.3"
         " (as the session says)", "anna (ssh)"),
        # `su -` and `env -i` take the variables away: the processes before have them, and an owner.
        ({}, Facts(0, NOT_SET, NAMES, "/dev/pts/3", before=SUDO),
         "anna (as sudo's variable says) as root at pts/3", "anna (pts/3)"),
        ({}, Facts(0, NOT_SET, NAMES, began=1000), "anna as root without a terminal",
         "anna (no terminal)"),
        ({"SUDO_USER": "root", "SUDO_UID": "0"}, Facts(0, None, NAMES, began=1000),
         "anna as root without a terminal", "anna (no terminal)"),
        ({"SUDO_USER": "ben"}, Facts(0, None, NAMES, began=1000),
         "anna as root (sudo's variable says ben) without a terminal", "anna (no terminal)"),
        ({}, Facts(0, NOT_SET, NAMES, programs=("bash", "sshd-session")),
         "root over ssh, without a terminal", "root (ssh)"),
        # Who is not root has not become root.
        ({}, Facts(1001, None, NAMES, began=1000), "ben without a terminal", "ben (no terminal)"),
        # sudo in a unit: what systemd set is with the process before.
        (SUDO, Facts(0, NOT_SET, NAMES, before={"INVOCATION_ID": "x"}),
         "anna (as sudo's variable says) as root by systemd", "anna (systemd)"),
        ({}, Facts(4711), "user 4711 without a terminal", "user 4711 (no terminal)"),
    ],
)  # fmt: skip
def test_who_it_was_is_said_with_how_that_is_known(
    environment: dict[str, str], facts: Facts, words: str, short: str
) -> None:
    found = who_asks(environment, facts)
    assert (found.words, found.short) == (words, short)


@pytest.mark.parametrize("bad", ["a\x1b[2Jb\nc\u202e", "x" * 9000, "\ud800"])
def test_nothing_that_a_variable_holds_acts_or_is_long(bad: str) -> None:
    environment = {"SUDO_USER": bad, "SUDO_UID": "9" * 400, "SSH_CONNECTION": f"{bad} 1"}
    found = who_asks(environment, Facts(0, None, {0: bad}, f"/dev/{bad}"))
    read = msgspec.json.decode(msgspec.json.encode(found), type=Who)
    assert read == found
    assert found.address == ""
    for text in (found.user, found.terminal, found.runs_as, found.words, found.short):
        assert "\x1b" not in text and "\n" not in text and "\u202e" not in text
    assert max(map(len, (found.user, found.terminal, found.runs_as))) <= LONGEST


def test_what_others_wrote_is_made_harmless_as_it_is_read() -> None:
    read = msgspec.json.decode(b'{"user": "a\\u001b[2Jb", "terminal": "pts/1\\n"}', type=Who)
    assert "\x1b" not in read.words and "\n" not in read.words


def test_this_process_is_somebodys() -> None:
    facts = facts_here()
    assert facts.uid == os.geteuid()
    assert facts.programs
    assert who_is_here().runs_as
