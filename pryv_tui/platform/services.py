"""What each service of a platform does, and what its users miss while it is down. Data.

Sources: Pryv's configuration templates 1.6 to 1.9.2 and the customer guides.
"""

from __future__ import annotations

import msgspec

from pryv_tui.phrases import counted


class ServiceWords(msgspec.Struct, frozen=True):
    """A service in words; each field is a sentence without its full stop."""

    does: str
    missed: str
    """What users of the platform notice while the service is down."""


_NOBODY = "nobody can log in, and no data is read or written"
_SERIES = "high-frequency series can't be read or written"
_REGISTER = (
    "nobody can sign up, and apps can't find the core of an account: most log-ins fail;"
    " core's services don't come up again without it"
)

WORDS: dict[str, ServiceWords] = {
    "nginx": ServiceWords(
        "lets requests from outside into this machine",
        "nothing of this machine can be reached from outside",
    ),
    "core": ServiceWords("answers the API: accounts and their data", f"the API is down: {_NOBODY}"),
    "mfa": ServiceWords("second factors at log-in", "accounts with a second factor can't log in"),
    "preview": ServiceWords("previews of pictures", "pictures have no previews"),
    "hfs": ServiceWords("high-frequency series", _SERIES),
    "webhooks": ServiceWords(
        "tells apps what has changed", "apps that rely on webhooks are not told about changes"
    ),
    "mongodb": ServiceWords(
        "the database of core: accounts' events, streams, accesses",
        f"core has no data, so that its API is down: {_NOBODY}",
    ),
    "influxdb": ServiceWords("the database of high-frequency series", _SERIES),
    "redis": ServiceWords(
        "the database of register: which account lives where", f"register is down: {_REGISTER}"
    ),
    "register": ServiceWords("signs accounts up, and knows the core of each", _REGISTER),
    "dns": ServiceWords(
        "answers DNS queries for the platform's names",
        "the platform's names are not answered in DNS: whoever does not have them cached can't"
        " reach it",
    ),
    "mail": ServiceWords(
        "sends mail", "no mail is sent: no welcome, and no reset of a forgotten password"
    ),
    "admin_panel": ServiceWords(
        "the administrators' pages",
        "nothing, unless they are administrators: their pages don't open",
    ),
    "app_web_auth3": ServiceWords(
        "the pages for signing in and giving consent",
        "apps that sign in through the platform's own pages can't",
    ),
    "config_leader": ServiceWords(
        "keeps the configuration of all machines",
        "nothing; the configuration can't be changed",
    ),
    "config_follower": ServiceWords(
        "brings the leader's configuration to this machine",
        "nothing; changes of the configuration don't reach this machine",
    ),
}

UNNOTICED: frozenset[str] = frozenset({"config_leader", "config_follower", "admin_panel"})
"""Services whose failure the platform's users do not notice."""

_UNKNOWN = ServiceWords(
    "it is not one of the templates' services", "this program does not know what depends on it"
)


OWN_ACCOUNT = "wactiv"
"""The account that register makes at every boot; core does not have it."""


def users_words(many: int, own: bool = False) -> str:
    """The number of register's users, in words.

    Args:
        many: the number in register's Redis.
        own: whether register's own user is among them; core has one account less then.
    """
    told = ", 1 of them register's own" if own else ""
    return f"{counted(many, 'user', said=f'{many:,}')}{told}"


def words_of(service: str) -> ServiceWords:
    """The words for a service; for a service that no template has, words that say so."""
    return WORDS.get(service, _UNKNOWN)


NORMAL_OUTSIDE: frozenset[tuple[str, str]] = frozenset(
    {("config_follower", "/root/.docker/config.json")}
)
"""Mounts from outside the root in Pryv's own templates (1.6.12 to 1.9.2): service and path inside.

It is the machine's login at the image registry, `/home/docker/.docker/config.json` in
`config-follower.yml`. It does not belong to the platform: a new machine has its own. Mounts of the
system itself, for example `/dev/log`, are recognized by their paths.
"""
