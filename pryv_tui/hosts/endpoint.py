"""Find the Docker Engine that the `docker` command would use, and how to connect to it.

Sources: docker/cli, `cli/command/cli.go` (`resolveContextName`) and `cli/flags/options.go`;
docs.docker.com, "Docker contexts" and "Protect the Docker daemon socket". In this order: a URL that
was given, `DOCKER_HOST`, the context in `DOCKER_CONTEXT`, `currentContext` of `config.json`, the
default socket. `DOCKER_TLS_VERIFY` and `DOCKER_TLS` turn on TLS for a URL; a context has its own
setting.
"""

from __future__ import annotations

import pwd
import re
from collections.abc import Mapping
from os import getuid
from pathlib import Path
from typing import Any

import msgspec

from pryv_tui.decoding import decode_loose_json
from pryv_tui.errors import PryvTuiError
from pryv_tui.reading import read_whole
from pryv_tui.secrets import holds_secret, without

DEFAULT_SOCKET = "unix:///var/run/docker.sock"
DEFAULT_CONTEXT = "default"
PLAIN_PORT, TLS_PORT = 2375, 2376
_PORT = re.compile(r":[^:\]]*$")
"""The port at the end of an address, also after an IPv6 address such as `[::1]`."""


class Tls(msgspec.Struct, frozen=True, kw_only=True):
    """The files of a TLS connection; each is empty if it does not exist."""

    ca: str = ""
    cert: str = ""
    key: str = ""
    verify: bool = True
    """Whether the engine's certificate is checked."""


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """An engine's address, and how to connect to it."""

    url: str
    tls: Tls | None = None
    context: str = ""
    """The Docker context that the address was read from; empty if none."""


def find_endpoint(url: str | None, environment: Mapping[str, str]) -> Endpoint:
    """Find the engine that `docker` would use.

    Args:
        url: from the command line or the configuration file; None if not given.
        environment: the environment variables.

    Raises:
        PryvTuiError: `engine-unreachable`, the chosen context can't be read; `usage`, the address
            has a password in it.
    """
    given = url or environment.get("DOCKER_HOST", "").strip()
    if given:
        need_no_secret(given)
        tls = _tls_of_environment(given, environment)
        return Endpoint(url=_whole(given, tls), tls=tls)
    folder = _config_folder(environment)
    name = environment.get("DOCKER_CONTEXT") or _current_context(folder)
    if name == DEFAULT_CONTEXT:
        return Endpoint(url=DEFAULT_SOCKET)
    return _of_context(name, folder)


def _whole(url: str, tls: Tls | None) -> str:
    """Complete an address as `docker` does: the scheme `tcp` if it has none, and the default port.

    Source: docker/cli, `opts/hosts.go` (`parseDockerDaemonHost`, `ParseTCPAddr`).
    """
    scheme, mark, place = url.partition("://")
    if not mark and "/" not in url:
        scheme, place = "tcp", url
    if scheme != "tcp":
        return url
    host, slash, path = place.partition("/")
    if host and not _PORT.search(host):
        host = f"{host}:{PLAIN_PORT if tls is None else TLS_PORT}"
    return f"tcp://{host}{slash}{path}"


def need_no_secret(url: str) -> None:
    """Refuse an engine's address with a password in it.

    The password would be written to a journal, a hint or a list of processes. And Docker accepts no
    password there.

    Raises:
        PryvTuiError: `usage`.
    """
    if holds_secret(url):
        raise PryvTuiError(
            "usage",
            f"the engine's address seems to contain a password: {without(url)}",
            "Remove it: Docker accepts no password in an address. Use certificates with TLS"
            " (DOCKER_TLS_VERIFY, DOCKER_CERT_PATH), or a key with ssh://.",
        )


def url_of(url: str | None, environment: Mapping[str, str]) -> str:
    """The address of the engine that `docker` would use; if unknown, the default socket."""
    try:
        return find_endpoint(url, environment).url
    except PryvTuiError:
        return DEFAULT_SOCKET


def _tls_of_environment(url: str, environment: Mapping[str, str]) -> Tls | None:
    verify = bool(environment.get("DOCKER_TLS_VERIFY"))
    if not (verify or environment.get("DOCKER_TLS")) or url.startswith(("unix:", "ssh:")):
        return None
    place = environment.get("DOCKER_CERT_PATH")
    folder = Path(place) if place else _config_folder(environment)
    return _tls_in(folder, verify=verify)


def _tls_in(folder: Path | None, *, verify: bool) -> Tls:
    """The TLS files in a folder, by their usual names; empty for those that don't exist."""
    found = {}
    for name in ("ca", "cert", "key"):
        path = folder / f"{name}.pem" if folder is not None else None
        found[name] = str(path) if path is not None and path.is_file() else ""
    if not (found["cert"] and found["key"]):
        found["cert"] = found["key"] = ""
    return Tls(**found, verify=verify)


def _config_folder(environment: Mapping[str, str]) -> Path | None:
    """The user's own Docker folder; None if the user has no home."""
    if place := environment.get("DOCKER_CONFIG"):
        return Path(place)
    home = environment.get("HOME")
    if not home:
        try:
            home = pwd.getpwuid(getuid()).pw_dir
        except KeyError:
            return None
    return Path(home) / ".docker"


def _current_context(folder: Path | None) -> str:
    """The context that `docker context use` chose.

    If the file can't be read it is the default one: `docker` itself prints a warning and continues.
    """
    if folder is None:
        return DEFAULT_CONTEXT
    try:
        tree: Any = decode_loose_json(read_whole(folder / "config.json"))
        name = tree.get("currentContext") if isinstance(tree, dict) else None
    except (OSError, ValueError):
        return DEFAULT_CONTEXT
    return name if isinstance(name, str) and name else DEFAULT_CONTEXT


def _of_context(name: str, folder: Path | None) -> Endpoint:
    import hashlib  # it loads OpenSSL, which few commands need

    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
    remedy = (
        "To see the contexts: docker context ls; choose one: docker context use NAME; or name the"
        " engine with --docker."
    )
    if folder is None:
        raise PryvTuiError(
            "engine-unreachable", f"the docker context {name!r} can't be read: no home", remedy
        )
    path = folder / "contexts/meta" / digest / "meta.json"
    try:
        tree: Any = decode_loose_json(read_whole(path))
        engine = tree["Endpoints"]["docker"]
        url, skip = engine["Host"], bool(engine.get("SkipTLSVerify", False))
        if not isinstance(url, str) or not url:
            raise TypeError("it names no engine")
        need_no_secret(url)
    except FileNotFoundError as error:
        what = f"there is no docker context {name!r} in {folder}"
        raise PryvTuiError("engine-unreachable", what, remedy) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"the docker context {name!r} can't be read: {path}: {error}"
        raise PryvTuiError("engine-unreachable", what, remedy) from error
    kept = folder / "contexts/tls" / digest / "docker"
    tls = _tls_in(kept, verify=not skip) if kept.is_dir() else None
    return Endpoint(url=url, tls=tls, context=name)
