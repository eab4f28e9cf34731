"""Asks today's program about golden files at the very place where they were made.

    unshare --uts --mount sh -c 'hostname practice; mount -t tmpfs none /srv; exec "$@"' - \
        python -m tests.golden.inside later/2026-11-30

What a platform is called hangs on its place, and records that are signed can't be written anew for
another. Prints a JSON list of what was said to each of the words, and how it exited.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.golden.golden import PLACE, Answer, Golden
from tests.golden.later import ACTS, NAME


def main(version: str) -> None:
    place = Path(PLACE)
    place.mkdir(mode=0o755)  # never into what is somebody's
    golden = Golden.unpack(version, place)
    known = json.loads((golden.kept / "known.json").read_text())
    acts = [
        Answer(NAME, "act", tuple(word.format(**known) for word in words), 0, "", "")
        for words in ACTS
    ]
    # A vault that was moved is taken for another one until somebody says that it is to be it.
    golden.ask(Answer(NAME, "act", ("accept", "vault"), 0, "", ""))
    said = [golden.ask(answer) for answer in [*golden.answers, *acts]]
    print(json.dumps([[each.exit, each.out, each.err] for each in said]))


if __name__ == "__main__":
    main(*sys.argv[1:])
