"""Commands that request a web address from inside a sandbox, and parsing of their output. Pure.

There are several, because a container's image decides which programs it has. Certificates are not
checked: one may be expired on the day of a restore, although the data is back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from pryv_tui.decoding import Undecodable, decode_json

SECONDS = 8.0
"""Time limit of one request, in seconds."""
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
    """The outcome of a request."""

    status: int | None
    """The HTTP status; None if there was no answer."""
    text: str
    """The body of the answer, or the reason why there is none."""
    tried: bool = True
    """Whether the request could be made at all."""


class _Told(msgspec.Struct):
    """Register's answer about a user name."""

    reserved: bool | None = None


def programs(url: str) -> tuple[tuple[str, ...], ...]:
    """Return commands that request an address. Run the first whose program the container has."""
    return (
        ("curl", "-k", "-s", "-S", "-m", "5", "-w", "\\nstatus %{http_code}\\n", url),
        ("python3", "-c", _PYTHON, url),
        ("node", "-e", _NODE, url),
        ("wget", "--no-check-certificate", "-q", "-S", "-T", "5", "-t", "1", "-O", "-", url),
    )


def answered(lines: Sequence[str]) -> Answered:
    """Split a program's output into the HTTP status and the text."""
    status, rest = None, []
    for line in lines:
        found = _STATUS.match(line)
        if found:
            status = int(found[1] or found[2])
        else:
            rest.append(line)
    text = "\n".join(rest).strip()
    # curl prints status 000 if there was no answer.
    return Answered(status or None, text)


def reserved(answer: Answered) -> bool | None:
    """Parse register's answer to `check_username`: whether it has that user name.

    None if the answer does not tell it.
    """
    try:
        return decode_json(answer.text, _Told).reserved
    except Undecodable:
        return None
