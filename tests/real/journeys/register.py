"""A stand-in of register that tells which names its Redis has; as it is it knows one alone."""

from __future__ import annotations

from pathlib import Path

ASKS_REDIS = """
def known(name: str) -> bool:
    with socket.create_connection(("redis", 6379), timeout=2) as link:
        link.sendall(f"EXISTS {name}:users\\r\\n".encode())
        return link.recv(64).startswith(b":1")


def serve("""
STANDIN = Path(__file__).parents[1] / "images/app/standin_app.py"


def let_register_know(root: Path) -> Path:
    """In an installation's files, have register tell which names its Redis has; its program, which
    lies there then."""
    app, yml = root / "pryv/register/conf/register_app.py", root / "pryv/pryv.yml"
    source = STANDIN.read_text().replace("\ndef serve(", ASKS_REDIS, 1)
    app.write_text(source.replace('path.startswith("/wactiv/")', 'known(path.split("/")[1])'))
    command = '    command: ["/usr/bin/python3", "/app/conf/register_app.py"]\n'
    line = "    container_name: pryvio_register\n"
    yml.write_text(yml.read_text().replace(line, line + command, 1))
    return app
