"""The kinds of casualties: records that the timing gap makes unusable; what each means, what to do.

Consequences and remedies are taken from Pryv's documentation. From 1.8 an account is written to
register first, then to core; before 1.8, to core first. `DELETE /users/<name>?onlyReg=true` on
register, with the system's key, frees a name that core does not know (`dryRun=true` only says what
it would do). The name of the key, and where to find it on the leader, are in Pryv's own
installation guide.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote

TEMPLATE = "pryvio_influxdb"
"""The name of InfluxDB's container in the templates."""


class Kind(NamedTuple):
    """One kind of casualty."""

    group: str
    name: str
    title: str
    """What is counted, in words; shown as `<title>: 2`."""
    consequence: str
    remedy: str


KINDS = (
    Kind(
        "accounts",
        "register_only",
        "accounts that register knows and core does not",
        "After a restore the name is known, but the login fails, and name and e-mail stay taken.",
        "Free each name on register, dry run first; then its owner can sign up again. The key"
        " ($SYSTEM_KEY) is register's for system calls: REGISTER_SYSTEM_KEY_1 in"
        " config-leader/conf/config-leader.json, in the root of the machine that leads the"
        " configuration. To keep it out of the shell's history: read -rs SYSTEM_KEY",
    ),
    Kind(
        "accounts",
        "core_only",
        "accounts that core knows and register does not",
        "After a restore the name looks free: if somebody registers it, core deletes the old"
        " account's data.",
        "Add each account to register again BEFORE the platform is opened. If register is"
        " running, as it is after a restore, stop it first: pryv-tui containers stop"
        " pryvio_register; otherwise such a name can be taken. This program does not know how an"
        " account is added in Pryv.io: ask its support. Or restore core and register from one"
        " set; newer accounts are then gone.",
    ),
    Kind(
        "attachments",
        "without_event",
        "attached files without their event",
        "After a restore the file is there, but nobody sees it: its event is missing.",
        "Its owner can upload it again; the file is in the set, under the path shown.",
    ),
    Kind(
        "attachments",
        "missing",
        "attachments that an event names but whose file is missing",
        "After a restore the event is there, and opening its attachment fails.",
        "Look for the file in another set: pryv-tui restore <set> --files <path>; or on the old"
        " machine.",
    ),
    Kind(
        "series",
        "without_account",
        "high-frequency databases whose account core does not know",
        "After a restore nobody can reach these points.",
        "They can be kept: if the account is created again under the same name, it gets this"
        " database.",
    ),
    Kind(
        "series",
        "without_event",
        "high-frequency series without their event",
        "After a restore nobody sees these points: the event that names them is missing.",
        "They come back only with their event, from a later dump of MongoDB.",
    ),
)


def kind(group: str, name: str) -> Kind:
    """The kind of casualty with this group and name."""
    return next(each for each in KINDS if (each.group, each.name) == (group, name))


_WRITTEN_OUT = re.compile(r"\\x[89a-f][0-9a-f]|[\ud800-\udfff]")
"""Matches a name that is not valid text: one with escapes for its bytes (`\\xff`) or surrogates."""
NO_ADDRESS = (
    "There is no command for this one: its name has bytes that are not text, and a web service"
    " accepts no such address. Ask Pryv.io's support."
)


def has_address(name: str) -> bool:
    """Whether a web service can be asked about an account of this name.

    A name whose bytes are not valid text holds escapes instead (`a\\xffb`): a URL made of these
    would be another account's.
    """
    return bool(name) and not _WRITTEN_OUT.search(name)


def commands_or_why(each: Kind, name: str, domain: str) -> list[str]:
    """Return the commands that settle a casualty of one name, or a sentence why there is none."""
    lacks_address = each.name == "register_only" and bool(name) and not has_address(name)
    return [NO_ADDRESS] if lacks_address else commands(each, [name], domain)


def commands(each: Kind, names: list[str], domain: str) -> list[str]:
    """The exact commands that settle a casualty, each act after its dry run.

    Empty names are left out, and names that fit into no URL.
    """
    if each.name != "register_only":
        return []
    lines = []
    for name in filter(has_address, names):
        for dry in ("&dryRun=true", ""):
            url = f"https://reg.{domain}/users/{quote(name, safe='')}?onlyReg=true{dry}"
            # Else curl would take the name for a step up in the path, and ask for another URL.
            as_it_is = " --path-as-is" if name in (".", "..") else ""
            # The key is the operator's: it is not known here, and written nowhere.
            lines.append(
                f'curl -X DELETE{as_it_is} -H "Authorization: $SYSTEM_KEY" {shlex.quote(url)}'
            )
    return lines


CLEARED = {
    ("attachments", "without_event"): (
        "To clear it away: move the file to another folder, outside the root (export"
        " ASIDE=/that/folder)."
    ),
    ("series", "without_event"): "To clear them away: drop them here; the set keeps them.",
    ("series", "without_account"): (
        "To clear it away, once you know that nobody will take the name again: drop the database"
        " here; the set keeps it."
    ),
}
"""Sentences that introduce the commands of `clearing`, by a casualty's group and name."""


def clearing(each: Kind, name: str, root: str, influxdb: str = "") -> list[str]:
    """The exact commands that clear one casualty from the live platform, each after a look at it.

    Use them only for a record that lacks its counterpart on the live platform too, and that a set
    keeps. Right after a backup the same names may be whole on the platform: their counterparts came
    later.

    Args:
        root: the root of the machine that has the attached file.
        influxdb: the container of the database; empty for the name in the templates.
    """
    if (each.group, each.name) == ("attachments", "without_event"):
        folder, _, _file = name.rpartition("/")
        there, kept = shell_word(f"{root}/{name}"), f'"$ASIDE"/{shell_word(name)}'
        return [
            shell_line(f"ls -l {there}"),
            shell_line(f'mkdir -p "$ASIDE"/{shell_word(folder)} && mv -n {there} {kept}'),
        ]
    if (each.group, each.name) == ("series", "without_event"):
        database, _, series = name.partition("/")
        return [
            _influx(influxdb, f"SELECT COUNT(*) FROM {influx_name(series)}", database),
            _influx(influxdb, f"DROP MEASUREMENT {influx_name(series)}", database),
        ]
    if (each.group, each.name) == ("series", "without_account"):
        return [
            _influx(influxdb, f"SHOW MEASUREMENTS ON {influx_name(name)}"),
            _influx(influxdb, f"DROP DATABASE {influx_name(name)}"),
        ]
    return []


def _influx(container: str, words: str, database: str = "") -> str:
    where = ["-database", database] if database else []
    argv = ["docker", "exec", container or TEMPLATE, "/usr/bin/influx", *where, "-execute", words]
    return shell_line(" ".join(map(shell_word, argv)))


def shell_word(text: str) -> str:
    """Quote a text as a word for any shell, on one line, in printable characters only.

    Other characters are made by `printf`. `$(…)` drops newlines at the end of its output, so these
    come from a variable: pass the command through `shell_line`, which sets it.
    """
    if text.isprintable():
        return shlex.quote(text)
    before = text.rstrip("\n")
    made = "".join(_printed(character) for character in before)
    first = f"$(printf '{made}')" if made else ""
    return f'"{first}{"$NL" * (len(text) - len(before))}"'


_NEWLINE = 'NL="$(printf \'\\012.\')"; NL="${NL%.}"; '


def shell_line(command: str) -> str:
    """Put the newline variable in front of a command of such words, if one of them needs it."""
    return _NEWLINE + command if "$NL" in command else command


def _printed(character: str) -> str:
    """Write a character for a `printf` format in single quotes.

    A minus is written in octal: at the start it could begin an option.
    """
    if character == "%":
        return "%%"
    if character.isprintable() and character not in "'\\-":
        return character
    return "".join(f"\\{byte:03o}" for byte in character.encode("utf-8", "surrogateescape"))


def influx_name(name: str) -> str:
    """A name, quoted for InfluxQL."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def in_brief(counts: Mapping[str, int] | None, set_id: str) -> str:
    """An audit's result for a set, in one line.

    Args:
        counts: as in `summary`; None if the set was not audited.
    """
    if not counts:
        return f"casualties not counted: pryv-tui audit {set_id}"
    told = in_words(counts)
    if not summary(counts):
        return told
    return f"casualties: {told}; to see their names: pryv-tui audit {set_id}"


def in_words(counts: Mapping[str, int]) -> str:
    """The casualties found, in words, and the kinds that were not counted."""
    found = summary(counts)
    left_out = not_counted(counts)
    but = f"; not counted: {', '.join(left_out)}" if left_out else ""
    if found:
        return f"{'; '.join(found)}{but}"
    if but:
        return f"inside the set no casualty was found in what was counted{but}"
    return "inside the set no account, attachment or series lacks its other half"


def not_counted(counts: Mapping[str, int]) -> list[str]:
    """The kinds that an audit could not count, in words."""
    return [each.title for each in KINDS if f"{each.group}.{each.name}" not in counts]


def summary(counts: Mapping[str, int]) -> list[str]:
    """The counts in words, one line for each kind that was found.

    Args:
        counts: the number of casualties by `group.name`.
    """
    lines = []
    for each in KINDS:
        count = counts.get(f"{each.group}.{each.name}", 0)
        if count:
            lines.append(f"{each.title}: {count}")
    return lines
