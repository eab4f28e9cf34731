"""Makes the golden files of what 0.1.0 did not have: incidents, drills with records, signatures
and findings, pins, acceptances, and what a configured interval makes `status` say.

    git worktree add --detach ../old COMMIT && make -C ../old .venv/.installed
    unshare --uts --mount sh -c 'hostname practice; mount -t tmpfs none /srv; exec "$@"' - \
        python -m tests.golden.later 2026-11-30 ../old/.venv/bin/pryv-tui

As `make.py` does it, with the program whose formats are to be kept, in the same neutral place. The
folder is called as the day is, since no released version had these formats yet.
"""

from __future__ import annotations

import json
import lzma
import shutil
import subprocess
import sys
from pathlib import Path

from tests.golden.make import DOMAIN, FILTERS, PLACE, Made, Words, pack

NAME = "kept"
CONFIG = PLACE / "config.toml"
"""What the schedules are reckoned by: nothing is overdue for as long as anybody reads this."""
SCHEDULE = 'backup_every = "9000d"\ndrill_every = "9000d"\nrto = "4h"\nrpo = "24h"\n'
KEYS = Path("/srv/keys")
"""Beside the place: what signed is not packed."""
DUE = "2049-12-31"

# {first}, {second}: sets; {closed}, {open}: incidents; {drill}, {unsigned}: drills.
LOOKS: tuple[Words, ...] = (
    ("status", "--json", "--config", str(CONFIG)),
    ("list", "--json"),
    ("runs", "--json"),
    ("accept", "--json"),
    ("incident", "list", "--json"),
    ("incident", "show", "{closed}", "--json"),
    ("incident", "show", "{open}", "--json"),
    ("report", "{closed}", "--format", "json"),
    ("drill", "list", "--json"),
    ("drill", "report", "{drill}", "--format", "json"),
    ("drill", "report", "{unsigned}", "--format", "json"),
    ("drill", "verify", "--json"),
    ("drill", "actions", "--all", "--json"),
    ("prune", "--keep-last", "1", "--dry-run", "--json"),
    ("unpin", "{second}"),
)
# After all that only looks. The pinned set outlives every rule.
ACTS: tuple[Words, ...] = (
    ("incident", "note", "Found again."),
    ("incident", "close", "It was left so."),
    ("drill", "actions", "close", "{drill}", "a1", "It hangs in the safe."),
    ("prune", "--keep-last", "1", "--confirm", DOMAIN),
    ("incident", "list", "--json"),
    ("drill", "actions", "--all", "--json"),
    ("list", "--json"),
)


def kept(program: list[str]) -> Made:
    """A loss that is over and one that is not, a drill that is signed and one that is not."""
    made = Made(NAME, program)
    made.practice("create", "--users", "2", "--attachments", "1", "--pace", "0")
    for name in ("first", "second"):
        made.known[name] = made.end("backup", "backup", "--label", name)["set"]
    need(made, "pin", made.known["first"], "--why", "the yearly one")
    need(made, "pin", made.known["second"], "--why", "for a while")
    need(made, "unpin", made.known["second"])
    made.practice("wipe", "core")
    made.run("status")
    made.known["closed"] = _open(made)
    need(made, "incident", "note", "The disk of core was gone.")
    need(made, "incident", "note", "--decision", "The newest set is good enough.")
    made.end("restore", "restore", made.known["second"], "--confirm", DOMAIN)
    made.run("incident", "close", "A new disk.")
    for name in ("drill", "unsigned"):
        made.run("drill", "run", made.known["first"], "--config", str(CONFIG))
        made.known[name] = json.loads(made.run("drill", "list", "--json").stdout)[-1]["id"]
        if name == "drill":
            _sign(made)
    made.practice("wipe", "register")
    made.run("status")
    made.known["open"] = _open(made)
    need(made, "incident", "note", "Nobody can sign up.")
    return made


def need(made: Made, *words: str) -> None:
    """Do it; warnings may be said.

    Raises:
        RuntimeError: it failed.
    """
    done = made.run(*words)
    if done.returncode not in (0, 3):
        raise RuntimeError(f"{words}: {done.returncode}\n{done.stdout[-2000:]}{done.stderr}")


def _open(made: Made) -> str:
    known = json.loads(made.run("incident", "list", "--json").stdout)
    (found,) = [one["id"] for one in known if not one["closed"]]
    return str(found)


def _sign(made: Made) -> None:
    drill = made.known["drill"]
    KEYS.mkdir(mode=0o700)
    for name in ("operator", "reviewer"):
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(KEYS / name)]
        subprocess.run(words, check=True)
    need(made, "drill", "actions", "add", drill, "Nobody knew the password.", "--owner", "anna",
         "--due", DUE, "--retest", "the next drill of a set")  # fmt: skip
    need(made, "drill", "actions", "add", drill, "The list of phones is old.", "--owner", "ben",
         "--due", DUE)  # fmt: skip
    need(made, "drill", "sign", drill, "--key", str(KEYS / "operator"))
    need(made, "drill", "actions", "close", drill, "a2", "The new list hangs there.")
    need(made, "drill", "review", drill, "--key", str(KEYS / "reviewer"), "--by", "ben",
         "Every check was looked at.")  # fmt: skip


def main(day: str, *program: str) -> None:
    PLACE.mkdir(mode=0o755)  # never into what is somebody's
    into = Path(__file__).parent / "later" / day
    into.mkdir(parents=True)
    try:
        CONFIG.write_text(SCHEDULE)
        made = kept(list(program))
        pack(into / "platforms.tar.xz")
        for words in LOOKS:
            made.ask(words, "look")
        text = json.dumps(made.answers, indent=1).encode()
        (into / "answers.json.xz").write_bytes(lzma.compress(text, filters=FILTERS))
        (into / "known.json").write_text(json.dumps(made.known, indent=1) + "\n")
    finally:
        shutil.rmtree(PLACE)
        shutil.rmtree(KEYS, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
