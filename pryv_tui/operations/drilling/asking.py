"""How a web address is asked from inside a sandbox, and what an answer says. Pure.

A container has some of these programs, by its image. Nothing is judged of a certificate: it may
be expired on the day of a restore, and the data is back all the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from pryv_tui.decoding import Undecodable, decode_json

SECONDS = 8.0
"""How long one question may take."""
_PYTHON = (
    "import sys, ssl, urllib.request as u, urllib.error as e\n"
    "c = ssl._create_unverified_context()\n"
    "try: a = u.urlopen(sys.argv[1], timeout=5, context=c)\n"
    "except e.HTTPError as error: a = error\n"
    "print(a.read(65536).decode('utf-8', 'replace'))\n"
    "print('status', a.getcode())"
)
_NODE = (
    "const u = process.argv[1], m = require(u.startsWith('https') ? 'https' : 'http');"
    "const r = m.get(u, {rejectUnauthorized: false, timeout: 5000}, a => { let b = '';"
    "a.on('data', d => b += d); a.on('end', () => {"
    "console.log(b); console.log('status ' + a.statusCode) }) });"
    "r.on('timeout', () => r.destroy(new Error('no answer within 5 s')));"
    "r.on('error', e => { console.error(String(e)); process.exit(1) })"
)
_STATUS = re.compile(r"^status (\d{3})$|^\s*HTTP/[\d.]+ (\d{3})\b")


class Answered(NamedTuple):
    """What was said to a question."""

    status: int | None
    """None: there was no answer."""
    text: str
    """The answer, or what keeps it away."""
    tried: bool = True
    """Whether anything was there that could ask."""


class _Told(msgspec.Struct):
    """What register says of a name."""

    reserved: bool | None = None


def programs(url: str) -> tuple[tuple[str, ...], ...]:
    """The programs that ask an address, the first that a container has is taken."""
    return (
        ("curl", "-k", "-s", "-S", "-m", "5", "-w", "\\nstatus %{http_code}\\n", url),
        ("python3", "-c", _PYTHON, url),
        ("node", "-e", _NODE, url),
        ("wget", "--no-check-certificate", "-q", "-S", "-T", "5", "-t", "1", "-O", "-", url),
    )


def answered(lines: Sequence[str]) -> Answered:
    """What a program printed, taken apart."""
    status, rest = None, []
    for line in lines:
        found = _STATUS.match(line)
        if found:
            status = int(found[1] or found[2])
        else:
            rest.append(line)
    text = "\n".join(rest).strip()
    # curl's word for no answer at all.
    return Answered(status or None, text)


def reserved(answer: Answered) -> bool | None:
    """Whether register knows the name that it was asked for (`check_username`); None where its
    answer does not tell."""
    try:
        return decode_json(answer.text, _Told).reserved
    except Undecodable:
        return None
