"""One small program that stands in for every Pryv.io application container. NOT Pryv.io.

It knows its service from the image's environment, writes a log, answers a few addresses, and keeps
the habits that matter to a backup tool: what it needs at boot, what it writes at start, what it
holds open. Only the standard library, so that the image stays small; and little of it, since the
tests start some hundreds of these: `http.server` and `urllib` alone take longer to load than all of
the rest to run.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sys
import threading
import time
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any

SERVICE = os.environ.get("PRYV_STANDIN_SERVICE", "app")
RELEASE = os.environ.get("PRYV_STANDIN_RELEASE", "unknown")
CONF, LOG, DATA = Path("/app/conf"), Path("/app/log"), Path("/app/data")

PORTS = {"core": 3000, "register": 9000, "hfs": 3000, "preview": 9000, "dns": 5353}
PORTS |= {"mfa": 7000, "config_leader": 7000, "mail": 9000, "webhooks": 3000}
NEED_REGISTER = ("core", "hfs", "preview", "webhooks")
BOOT_SECONDS = 4.0
"""How long register is given before the container gives up (and Docker starts it again)."""


def say(text: str) -> None:
    """A line in the container's log and, where one is mounted, in the service's log folder."""
    line = f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {SERVICE} (stand-in): {text}"
    print(line, flush=True)
    try:
        with (LOG / f"{SERVICE}.log").open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")
    except OSError as error:
        print(f"{SERVICE}: log folder: {error}", flush=True)


def give_up(why: str) -> None:
    """End as the real services do: non-zero, for Docker to start them again."""
    say(f"fatal: {why}")
    sys.exit(1)


def configured(pattern: str) -> str | None:
    """The first match of a pattern in the service's configuration files."""
    for path in sorted(CONF.rglob("*")):
        if path.is_file() and path.suffix in (".yml", ".json", ".conf"):
            found = re.search(pattern, path.read_text(encoding="utf-8", errors="replace"))
            if found:
                return found[1]
    return None


def wait_for_register() -> None:
    """Fetch /service/info as core, hfs, preview and webhooks do at boot, or give up."""
    url = configured(r"(https://reg\.[^\s\"']+/service/info)")
    if url is None:
        give_up("no service information address in the configuration")
        return
    host, _, path = url.removeprefix("https://").partition("/")
    deadline, problem = time.monotonic() + BOOT_SECONDS, ""
    while time.monotonic() < deadline:
        try:
            status, content = fetch(host, 443, f"/{path}", seconds=2, secret=True)
            if status != 200:
                raise OSError(f"HTTP Error {status}")
            json.loads(content)
            say(f"service information read from {url}")
            return
        except (OSError, ValueError) as error:
            problem = str(error)
        time.sleep(0.25)
    give_up(f"{url}: {problem}")


def fetch(
    host: str, port: int, path: str, *, seconds: float, secret: bool = False
) -> tuple[int, bytes]:
    """Ask another service: its status and what it answers.

    Args:
        secret: through TLS, whoever made the certificate.

    Raises:
        OSError: there is no answer.
        ValueError: it is none of HTTP.
    """
    with socket.create_connection((host, port), timeout=seconds) as plain:
        link: socket.socket = plain
        if secret:
            import ssl

            link = ssl._create_unverified_context().wrap_socket(plain, server_hostname=host)
        with link, link.makefile("rb") as reader:
            asked = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
            link.sendall(asked.encode())
            _, status, *_ = [*reader.readline().split(), b"", b""]
            length = read_headers(reader).get("content-length", "")
            return int(status), reader.read(int(length))


def read_headers(reader: IO[bytes]) -> dict[str, str]:
    """The head of a message of HTTP after its first line, by the names in small letters."""
    found: dict[str, str] = {}
    while line := reader.readline().strip():
        name, _, text = line.decode("latin-1").partition(":")
        found[name.lower()] = text.strip()
    return found


def hold_user_index() -> None:
    """Core keeps the username index open in WAL mode: its newest rows are only in the -wal file."""
    index = DATA / "users" / "user-index.db"
    if not os.access(DATA, os.W_OK):
        give_up(f"EACCES: {DATA} cannot be written")
    if not index.exists():
        return
    import sqlite3

    connection = sqlite3.connect(index, check_same_thread=False, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    connection.execute("CREATE TABLE IF NOT EXISTS standin_boots (at REAL)")
    connection.execute("INSERT INTO standin_boots VALUES (?)", (time.time(),))
    globals()["_index"] = connection


def greet_redis() -> None:
    """Every boot of register makes the user `wactiv`."""
    now = str(int(time.time() * 1000))
    fields = ["id", "wactiv", "username", "wactiv", "email", "wactiv@pryv.io"]
    fields += ["registeredTimestamp", now]
    deadline = time.monotonic() + BOOT_SECONDS
    while True:
        try:
            with socket.create_connection(("redis", 6379), timeout=2) as link:
                reader = link.makefile("rb")
                password = configured(r'"password": "([^"]*)"')
                for command in (
                    *([["AUTH", password]] if password else []),
                    ["HSET", "wactiv:users", *fields],
                    ["SET", "wactiv:server", "co1"],
                    ["SET", "wactiv@pryv.io:email", "wactiv"],
                ):
                    parts = [f"*{len(command)}\r\n".encode()]
                    parts += [f"${len(word)}\r\n{word}\r\n".encode() for word in command]
                    link.sendall(b"".join(parts))
                    answer = reader.readline()
                    if answer[:1] not in b":+":
                        raise OSError(answer.decode())
            return
        except OSError as error:
            if time.monotonic() > deadline:
                give_up(f"redis: {error}")
            time.sleep(0.25)


def rewrite_credentials() -> None:
    """The leader makes new credentials at each start: its folder never stays byte-identical."""
    (DATA / "credentials.txt").write_text(os.urandom(16).hex() + "\n", encoding="ascii")
    say("new credentials written")


def rewrite_compose() -> None:
    """The follower writes pryv.yml (from the leader) whenever it starts."""
    target = Path("/app/pryv/pryv.yml")
    if target.exists():
        content, status = target.read_bytes(), target.stat()
        target.write_bytes(content)
        os.chown(target, status.st_uid, status.st_gid)
        say("configuration written")


REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 502: "Bad Gateway"}


def converse(link: socket.socket, address: str) -> None:
    """Answer what comes on a connection, until whoever asks has had enough."""
    with link, link.makefile("rb") as reader:
        while words := reader.readline().decode("latin-1").split():
            headers = read_headers(reader)
            if len(words) != 3 or words[0] != "GET":
                status, content = 400, {"error": "this stand-in is asked by GET"}
            elif SERVICE == "nginx":
                status, content = passed_on(words[1], headers.get("host", ""))
            else:
                status, content = own_answer(words[1].split("?")[0])
            # Requests go into the same log as everything else.
            say(f'{address} "{" ".join(words)}" {status}')
            body = json.dumps(content).encode()
            head = f"HTTP/1.1 {status} {REASONS.get(status, 'Told')}\r\n"
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            link.sendall(head.encode() + body)
            if words[-1] == "HTTP/1.0" or headers.get("connection", "").lower() == "close":
                return


def own_answer(path: str) -> tuple[int, Any]:
    """What the service says to a path."""
    if path == "/status":
        return 200, {"service": SERVICE, "standin": True, "release": RELEASE}
    if SERVICE == "register" and path == "/service/info":
        return 200, {"name": "stand-in platform", "register": "https://reg/", "standin": True}
    if SERVICE == "register" and path.endswith("/check_username"):
        return 200, {"reserved": path.startswith("/wactiv/")}
    if SERVICE in ("app_web_auth3", "admin_panel"):
        return 200, {"page": SERVICE, "standin": True}
    return 404, {"error": "unknown to this stand-in"}


def passed_on(path: str, host: str) -> tuple[int, Any]:
    """What the service says that a host name is for."""
    first = host.split(":")[0].split(".")[0]
    services = {"reg": "register", "access": "register", "sw": "app_web_auth3"}
    services |= {"adm": "admin_panel", "lead": "config-leader"}
    upstream = services.get(first, "core")
    port = PORTS.get(upstream.replace("-", "_"), 80)
    try:
        status, content = fetch(upstream, port, path, seconds=5)
        if status >= 400:
            return status, {"error": "from the service behind"}
        return status, json.loads(content)
    except (OSError, ValueError) as error:
        return 502, {"error": f"{upstream}: {error}"}


def serve(port: int, context: Any = None) -> None:
    """Answer on a port until the process ends.

    Args:
        context: an `ssl.SSLContext`, where what is asked comes through TLS.
    """
    listening = socket.create_server(("0.0.0.0", port), backlog=64)

    def talk(link: socket.socket, address: str) -> None:
        try:
            converse(context.wrap_socket(link, server_side=True) if context else link, address)
        except (OSError, ValueError):
            link.close()

    def accept() -> None:
        while True:
            link, (address, _) = listening.accept()
            threading.Thread(target=talk, args=(link, address), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()


def serve_nginx() -> None:
    """Port 80, and 443 with the platform's certificate."""
    certificate = configured(r"ssl_certificate\s+([^;]+);")
    key = configured(r"ssl_certificate_key\s+([^;]+);")
    if certificate is None or key is None:
        give_up("no certificate in the configuration")
        return
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.strip(), key.strip())
    serve(80)
    serve(443, context)


def stop(*_: object) -> None:
    """Close what is open and end at once: PID 1 gets no default handling of SIGTERM."""
    index = globals().get("_index")
    if index is not None:
        index.close()
    say("stopped")
    os._exit(0)


def main() -> None:
    """Boot as the service does, then answer until told to stop."""
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    say(f"release {RELEASE}: a stand-in, not Pryv.io")
    if SERVICE in NEED_REGISTER:
        wait_for_register()
    if SERVICE == "core":
        hold_user_index()
    elif SERVICE == "register":
        greet_redis()
    elif SERVICE == "config_leader":
        rewrite_credentials()
    elif SERVICE == "config_follower":
        rewrite_compose()
    if SERVICE == "nginx":
        serve_nginx()
    else:
        serve(PORTS.get(SERVICE, 80))
    say("ready")
    while True:
        signal.pause()


if __name__ == "__main__":
    main()
