"""RESTORE.md stops and starts, by hand, whoever has the root mounted. A stand-in for docker tells
which containers there are; the real engine's own words are tried in `tests/real`."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import msgspec
import pytest

from pryv_tui.vault.guide.containers import START_ALL, STOP_ALL
from pryv_tui.vault.guide.page import restore_guide
from pryv_tui.vault.manifest import SetImage
from tests.operations.kit import manifest_of, part

DOCKER = """#!/bin/sh
case "$1" in
  volume) [ "$2" = ls ] && cut -f 1 "$VOLUMES" || cat "$VOLUMES" ;;
  ps) cut -f 1 "$TOLD" | sed 's/^.//' ;;
  inspect)
    shift
    if [ "$1" = --format ]; then cat "$TOLD"; else grep -q "^/$1	" "$TOLD"; fi ;;
  *) echo "$@" >> "$DONE" ;;
esac
"""


@pytest.fixture
def shell(tmp_path: Path) -> Path:
    """A folder for the root, with a stand-in for docker in front."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/docker").write_text(DOCKER)
    (tmp_path / "bin/docker").chmod(0o755)
    return tmp_path


def by_hand(folder: Path, told: list[str], *lines: str, root: str = "") -> list[str]:
    """What docker was asked to do, a line each."""
    (folder / "told").write_text("".join(f"{line}\n" for line in told))
    done, volumes = folder / "done", folder / "volumes"
    done.write_text("")
    volumes.touch()
    script = "\n".join(["set -eu", f"ROOT={root or folder / 'root'}", *lines])
    environment = {
        "PATH": f"{folder / 'bin'}:/usr/bin:/bin", "TOLD": f"{folder / 'told'}", "DONE": f"{done}",
        "VOLUMES": f"{volumes}",
    }  # fmt: skip
    subprocess.run(["bash", "-c", script], check=True, env=environment, capture_output=True)
    return done.read_text().splitlines()


def told(name: str, *mounts: str, label: str = "", runs: str = "true", policy: str = "") -> str:
    return "\t".join([f"/{name}", policy, runs, label, *mounts])


def test_who_has_the_root_mounted_is_stopped_and_nobody_else(shell: Path) -> None:
    root = shell / "root"
    containers = [
        told("pryvio_core", f"false {root}/pryv/core/conf", policy="always"),
        told("0123456789ab_pryvio_mfa", f"true {root}/pryv/mfa/log", policy="always", runs="false"),
        told("pryvio_admin_panel", label=f"{root}/pryv", policy="always"),
        told("pryvio_mail", policy="on-failure:3"),
        told("files", f"true {root}/pryv/core/data"),
        told("exporter", f"false {root}/pryv/nginx/log"),
        told("cron", f"true {root}"),
        told("agent", f"true {shell}"),
        told("node", "false /", f"false {root}"),
        told("pryvio_backup_old"),
        told("0123456789ab_pryvio_dns"),
        told("x_pryvio_dns"),
        told("pryvio_dns", "false /srv/two/pryv/dns/conf"),
        told("web", f"true {root}-other/www"),
    ]
    done = by_hand(shell, containers, *STOP_ALL)
    names = "pryvio_core 0123456789ab_pryvio_mfa pryvio_admin_panel pryvio_mail files exporter"
    names += " cron agent 0123456789ab_pryvio_dns"
    assert done == [f"stop {names}", f"update --restart=no {names}"]
    # Tried again when all is down: what ran before is not forgotten.
    down = [line.replace("\ttrue\t", "\tfalse\t", 1) for line in containers]
    by_hand(shell, down, *STOP_ALL)
    gone = [line for line in down if not line.startswith("/agent")]
    done = by_hand(
        shell, gone, STOP_ALL[0], 'LIST="$ROOT/.pryv-tui/containers-by-hand"', *START_ALL
    )
    started = [line.removeprefix("start ") for line in done if line.startswith("start ")]
    assert started == [
        "pryvio_core", "pryvio_admin_panel", "pryvio_mail", "files", "exporter", "cron",
        "0123456789ab_pryvio_dns",
    ]  # fmt: skip
    assert "update --restart=always 0123456789ab_pryvio_mfa" in done
    assert "update --restart=on-failure:3 pryvio_mail" in done
    assert "update --restart=no files" in done
    assert not (root / ".pryv-tui/containers-by-hand").exists()


def test_a_volume_that_stands_for_a_folder_of_the_root(shell: Path) -> None:
    """The engine tells where it keeps volumes, and not which folder one stands for."""
    (shell / "volumes").write_text(f"data\t{shell}/root/pryv/core/data\nplain\t\nfar\t/srv/x\n")
    kept = "/var/lib/docker/volumes"
    containers = [
        told("files", f"true {kept}/data/_data", "true volume:data"),
        told("web", f"true {kept}/plain/_data", "true volume:plain"),
        told("far", f"true {kept}/far/_data", "true volume:far"),
        told("in-memory", "true "),  # a tmpfs comes from nowhere
    ]
    assert by_hand(shell, containers, *STOP_ALL)[0] == "stop files"


def test_a_root_that_is_reached_through_a_link(shell: Path) -> None:
    (shell / "real").mkdir()
    (shell / "root").symlink_to(shell / "real")
    done = by_hand(shell, [told("files", f"true {shell}/real/pryv")], *STOP_ALL)
    assert done == ["stop files", "update --restart=no files"]


def test_on_a_machine_without_containers_nothing_is_asked(shell: Path) -> None:
    assert by_hand(shell, [], *STOP_ALL, *START_ALL) == []


def test_a_renamed_container_is_started_where_it_is_and_asked_by_its_name() -> None:
    host = part("single", "core", "register", "static-web")
    images = tuple(
        SetImage("mongo-prod", i.image, i.digest, True, "mongodb", "mongodb")
        if i.container == "pryvio_mongodb"
        else SetImage("0123456789ab_pryvio_core", i.image, i.digest, True, "core")
        if i.container == "pryvio_core"
        else i
        for i in host.images
    )
    guide = restore_guide(manifest_of(msgspec.structs.replace(host, images=images)))
    shell = "\n".join(re.findall(r"```sh\n(.*?)```", guide, re.DOTALL))
    compose = 'docker-compose -f "$ROOT/pryv/pryv.yml" up -d --no-deps'
    assert f"docker start mongo-prod 2>/dev/null || {compose} mongodb" in shell
    assert f"docker start 0123456789ab_pryvio_core 2>/dev/null || {compose} core" in shell
    assert 'docker exec "$(there mongo-prod pryvio_mongodb)" /app/bin' in shell
    assert "docker exec pryvio_redis redis-cli" in shell
