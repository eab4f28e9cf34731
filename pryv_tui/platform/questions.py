"""The requests that show whether a platform answers again after a restore.

Source: Pryv's customer guides: after a restore `https://co1.DOMAIN/status`,
`https://reg.DOMAIN/service/info` and `https://reg.DOMAIN/wactiv/check_username` answer 200;
register makes the user `wactiv` at each boot.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

FRONT_DOOR = "nginx"
"""The service that takes all requests from outside on every machine."""


class Question(NamedTuple):
    """A URL that answers with status 200 if a service works."""

    service: str
    """The service that the answer proves to work."""
    name: str
    """The name before the domain, for example `reg`."""
    path: str

    def url(self, domain: str) -> str:
        return f"https://{self.name}.{domain}{self.path}"


def questions(roles: Sequence[str], host: str, core: int = 1) -> tuple[Question, ...]:
    """The requests for one machine's roles, register's first.

    Args:
        host: the machine's name; used in the URL if it is a core's name (`co2`).
        core: the number of this machine among the cores, from 1.
    """
    asked: list[Question] = []
    if "register" in roles:
        asked += [
            Question("register", "reg", "/service/info"),
            Question("register", "reg", "/wactiv/check_username"),
        ]
    if "core" in roles:
        asked.append(Question("core", _core_name(host, core), "/status"))
    return tuple(asked)


def names_of(roles: Sequence[str], host: str, core: int = 1) -> tuple[str, ...]:
    """The names before the domain that lead to one machine's nginx.

    Source: `server_name` in nginx's configuration of Pryv's templates, 1.6 to 1.9.2.

    Args:
        host, core: as in `questions`.
    """
    found: list[str] = []
    if "register" in roles:
        found += ["reg", "access", "adm", "lead"]
    if "core" in roles:
        found.append(_core_name(host, core))
    if "static-web" in roles:
        found.append("sw")
    return tuple(found)


def _core_name(host: str, core: int) -> str:
    return host if re.fullmatch(r"co\d+", host) else f"co{core}"


HFS_STATUS = "http://hfs:3000/system/status"
"""The request for hfs, made on its own machine: through nginx hfs answers nothing without a token.

Sources: `components/hfs-server/src/server.js` of service-core; its port: the templates' nginx.
"""
