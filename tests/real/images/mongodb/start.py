"""Start of the MongoDB stand-in: own the data as a real mongod does, then serve MongoDB's protocol.

The server is nx-27017, which keeps each database in one SQLite file. It is NOT MongoDB.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

MONGO_UID = 999
SITE = "/opt/standin/site"
PID_FILE = Path("/tmp/mongod.pid")


def own(folder: Path) -> None:
    """Give a folder and all in it to the server's user; only the start does so, as for real."""
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, MONGO_UID, MONGO_UID, follow_symlinks=False)


def main() -> None:
    """Drop the rights of root and become the server."""
    for name in ("/app/data", "/app/log"):
        Path(name).mkdir(parents=True, exist_ok=True)
        own(Path(name))
    # A killed container is started again with its files: the server would take its own old pid
    # file for another server, since both are process 1.
    PID_FILE.unlink(missing_ok=True)
    os.setgid(MONGO_UID)
    os.setuid(MONGO_UID)
    print("mongodb: a stand-in (nx-27017), not MongoDB", flush=True)
    environment = {**os.environ, "PYTHONPATH": SITE, "HOME": "/tmp", "PYTHONUNBUFFERED": "1"}
    arguments = [sys.executable, "-m", "nx_27017.nx_27017", "--data-dir", "/app/data"]
    arguments += ["--host", "0.0.0.0", "--port", "27017"]
    arguments += ["--log-file", "/app/log/mongod.log", "--pid-file", str(PID_FILE)]
    os.execve(sys.executable, arguments, environment)


if __name__ == "__main__":
    main()
