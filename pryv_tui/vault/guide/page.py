"""`RESTORE.md`: the exact commands to check and restore this set by hand."""

from __future__ import annotations

import shlex

from pryv_tui.formats.influx_offline import by_hand, large
from pryv_tui.phrases import counted
from pryv_tui.platform.identity import canonical, service_in_name
from pryv_tui.platform.roles import COMPOSE_FILES, DATABASE_SERVICES, by_file, start_order
from pryv_tui.sanitize import one_line
from pryv_tui.vault.guide.containers import START_ALL, STOP_ALL
from pryv_tui.vault.guide.disks import MOVE_ASIDE, disks_known
from pryv_tui.vault.guide.redis import SAVE_FIRST, save_first
from pryv_tui.vault.lists.tree import CHECK_TREE
from pryv_tui.vault.manifest import SetHost, SetImage, SetManifest, gap_lines
from pryv_tui.vault.redis_saved import by_hand as by_hand_redis
from pryv_tui.vault.redis_saved import place_form, saved_form
from pryv_tui.vault.set_files import FILES_NAME, SUMS_NAME, TREE_NAME

NAME_STRANGERS = (
    rf"{{ find {FILES_NAME} -type f; sed -E 's/^\\?[0-9a-f]{{64}} [ *]//' {SUMS_NAME}; }}"
    " | LC_ALL=C sort | LC_ALL=C uniq -u"
)
"""Command that prints the files of a set's part that are in no list, and the listed files that are
missing."""


def restore_guide(manifest: SetManifest) -> str:
    """Return the restore guide of a set. Its shell blocks, run in order as root, restore the set.

    Each machine's part begins with two variables: `SET`, the machine's folder in the set, and
    `ROOT`.
    """
    lines = [
        f"# Backup set {manifest.id}",
        "",
        f"Platform {manifest.domain}, release {manifest.release or 'unknown'},"
        f" {manifest.form}; made {manifest.created}; roles {', '.join(manifest.roles)}.",
        f"Files: {manifest.files}, {counted(manifest.bytes, 'byte')}.",
        "",
        "The commands on this page restore the set with docker and programs that every machine has",
        "(cp, find, tar, sha256sum). The set holds keys and people's health data: keep it 0700.",
        "Sets share the files that did not change (hard links): removing a set harms no other, but",
        "never change a file in here; copy it out first.",
        "",
        "## What this set can't bring back",
        "",
        *[f"- {line}" for line in gap_lines(manifest)],
        "",
        "On a platform of several machines: core's data may be restored in any order, but do the",
        "last step on register's machine first. Register has to run before the core applications.",
    ]
    if manifest.adopted is not None:
        lines += [
            "",
            "**Adopted.** This set is a copy of a backup that was taken by hand,"
            f" {manifest.adopted.folder}. It became a set {manifest.adopted.when}.",
        ]
    if manifest.practice:
        lines += [
            "",
            "**PRACTICE.** This set is of a practice platform, which has no docker: the commands",
            "show what they would be on a real one.",
        ]
    for host in sorted(manifest.hosts, key=lambda h: "register" not in h.roles):
        lines += _host(host)
    # A name with a line break must stay on its line: the next line could be a command.
    return "\n".join(one_line(line) for line in lines) + "\n"


def _block(*commands: str) -> list[str]:
    return ["", "```sh", *commands, "```", ""]


def _host(host: SetHost) -> list[str]:
    lines = ["", f"## {host.name}: {', '.join(host.roles)}", ""]
    lines.append("Run as root, on that machine, in the folder of this set.")
    lines += _block(
        f"SET=$PWD/{shlex.quote(host.name)}",
        f"ROOT={shlex.quote(host.root)}",
        "export PRYV_CONF_ROOT=$ROOT",
    )
    lines.append("1. Check every file. This must print nothing.")
    lines += _block('(cd "$SET" && sha256sum -c --quiet ' + SUMS_NAME + ")")
    if host.tree:
        lines.append(
            "   Check every folder and link, with owner and mode. This must print nothing either."
        )
        lines += _block(f'(cd "$SET" && {CHECK_TREE})')
    lines += [
        "   The next command prints files that are in no list. They are not part of the set: a",
        "   file server or a desktop added them, or somebody planted them. A folder or link that",
        f"   the check above printed is not part of it either, if {TREE_NAME} does not list it.",
        "   After step 3, remove these files, folders and links from `ROOT`. A listed file is also",
        "   printed if its name has a backslash or a line break: the list writes it otherwise.",
    ]
    lines += _block(f'(cd "$SET" && {NAME_STRANGERS})')
    lines += [
        "2. Stop the platform's containers, and others that have the root, a part of it or a",
        "   folder above it mounted: a container keeps using the folder that was there when it",
        "   started. The file `LIST` stores their names, restart policies and whether they run.",
        "   Then their restart policies are switched off, so that no container starts by itself,",
        "   even if Docker or the machine restarts.",
    ]
    redis = host.stores.get("redis")
    if redis is not None:
        called = {_service(image): image.container for image in host.images}
        reached = [str(word) for word in (redis.get("form") or {}).get("options", ())]
        lines += SAVE_FIRST
        lines += _block(*save_first(called.get("redis") or canonical("redis"), reached))
    lines += _block(*STOP_ALL)
    lines += [
        "   Move what is there aside. Nothing is deleted.",
        "   Disks that are mounted below the root stay mounted: their content is moved inside.",
    ]
    lines += disks_known(host)
    lines += _block(*MOVE_ASIDE)
    lines.append("3. Copy the files back, and make the folders again that were left out.")
    commands = [f'cp -a "$SET/{FILES_NAME}/." "$ROOT/"']
    for folder in host.recreated:
        commands.append(
            f"install -d -m {folder.mode:o} -o {folder.uid} -g {folder.gid}"
            f' "$ROOT"/{shlex.quote(folder.path)}'
        )
    lines += _block(*commands)
    lines += _services(host)
    return lines


def _services(host: SetHost) -> list[str]:
    named = {_service(image): image.service for image in host.images}
    called = {_service(image): image.container for image in host.images}

    def compose_names(services: list[str]) -> str:
        return " ".join(shlex.quote(named.get(service) or service) for service in services)

    def up(file: str, services: list[str], *, alone: bool = True) -> list[str]:
        """Return commands that start services. A container with an unusual name is started by that
        name; docker-compose creates it only if it is missing."""
        compose = f'docker-compose -f "$ROOT/{file}" up -d --no-deps'
        odd = [s for s in services if called.get(s, canonical(s)) != canonical(s)]
        usual = [s for s in services if s not in odd]
        found = [f"{compose} {compose_names(usual)}" if alone else compose] if usual else []
        for service in odd:
            name = shlex.quote(called[service])
            names = f" {compose_names([service])}" if alone else ""
            found.append(f"docker start {name} 2>/dev/null || {compose}{names}")
        return found

    def container(service: str) -> str:
        """Return a service's container in a command: by the name recorded in the set, or else by
        compose's."""
        name = called.get(service, canonical(service))
        if name == canonical(service):
            return name
        return f'"$(there {shlex.quote(name)} {canonical(service)})"'

    running = list(dict.fromkeys(_service(image) for image in host.images if image.running))
    databases = [service for service in DATABASE_SERVICES if service in running]
    lines: list[str] = []
    number = 4
    redis = host.stores.get("redis", {})
    saved, place = saved_form(redis), place_form(redis)
    if saved is not None and place is not None:
        lines += [
            f"{number}. Let Redis start from its saved snapshot. When the set was made, it would",
            "   have loaded other files; these are moved into the folder `not-loaded` beside them.",
        ]
        lines += _block(*by_hand_redis('"$ROOT"', saved, place))
        number += 1
    influxdb = host.stores.get("influxdb")
    offline = large(influxdb.get("metadata")) if influxdb else False
    if influxdb and offline:
        layout = host.layout.stores["influxdb"]
        lines += [
            f"{number}. Put InfluxDB's files in place while it is stopped:"
            f" {counted(len(influxdb['databases']), 'database')}. The documented",
            "   `influxd restore` fails on so many before InfluxDB 1.8.10.",
        ]
        lines += _block(
            *by_hand(
                f'"$ROOT"/{shlex.quote(layout.dump)}',
                f'"$ROOT"/{shlex.quote(layout.data)}',
                influxdb["metadata"],
                influxdb.get("shards", 0),
            )
        )
        number += 1
    if databases:
        lines.append(
            f"{number}. Start the databases alone: the applications would write to them first."
        )
        lines += _block(*up(COMPOSE_FILES[1], databases), "sleep 15   # until they answer")
        number += 1
    mongodb = host.stores.get("mongodb")
    if mongodb:
        counts = mongodb["collections"]
        lines.append(
            f"{number}. Restore MongoDB. Its exit code proves nothing: the last line must say"
            f" `{sum(counts.values())} document(s) restored successfully. 0 document(s) failed to"
            " restore.` Tools before 4.2 print no such line. Whatever the tool prints, these"
            " collections must be in MongoDB afterwards:"
        )
        inside = host.layout.stores["mongodb"].dump_inside
        lines += _block(
            f"docker exec {container('mongodb')} /app/bin/mongodb/bin/mongorestore"
            f" {shlex.quote(inside)}/"
        )
        lines += [
            f"   - {one_line(name)}: {counted(count, 'document')}"
            for name, count in sorted(counts.items())
        ]
        lines += [
            f"   - **not in this set**: {one_line(name)}, which mongodump left out"
            for name in mongodb.get("left_out", ())
        ]
        lines.append("")
        number += 1
    if influxdb and offline:
        lines.append(
            f"{number}. InfluxDB must know {counted(len(influxdb['databases']), 'database')}:"
        )
        lines += _block(
            f"docker exec {container('influxdb')} /usr/bin/influx -execute 'SHOW DATABASES'"
            " -format csv | grep -vc -e '^name,name' -e ',_internal'"
        )
        number += 1
    elif influxdb and influxdb["databases"]:
        inside = host.layout.stores["influxdb"].dump_inside
        lines.append(
            f"{number}. Restore InfluxDB: {counted(len(influxdb['databases']), 'database')}."
        )
        lines += _block(
            f"docker exec {container('influxdb')} /usr/bin/influxd restore -portable"
            f" {shlex.quote(inside)}/"
        )
        number += 1
    elif influxdb:
        lines += [f"{number}. InfluxDB: the set holds no user database; nothing to restore.", ""]
        number += 1
    if redis:
        which = f"{saved.folder}/{saved.name}" if saved is not None else ""
        told = "" if place is not None or not which else f" It loads {which}."
        lines += [
            f"{number}. Redis needs no step: its files are its data.{told} It must hold"
            f" {counted(redis['users'], 'user')}:"
            if place is None
            else f"{number}. Redis must hold {counted(redis['users'], 'user')}:"
        ]
        secret = bool((redis.get("form") or {}).get("password"))
        reached = [str(word) for word in (redis.get("form") or {}).get("options", ())]
        if secret:
            lines.append(
                "   It asks for a password (`requirepass` in redis.conf): export REDISCLI_AUTH"
                " with it first."
            )
        lines += _block(
            f"docker exec {'-e REDISCLI_AUTH ' if secret else ''}{container('redis')}"
            f" {shlex.join(['redis-cli', *reached])} --scan --pattern '*:users' | wc -l"
        )
        number += 1
    rest = [service for service in start_order(running) if service not in databases]
    if rest:
        lines += [f"{number}. Start the rest, register first, the config follower last."]
        commands = []
        for file, services in by_file(rest):
            for group in _register_apart(services):
                # The leader's and follower's files declare only these services.
                commands += up(file, group, alone=file == COMPOSE_FILES[1])
        lines += _block(*commands)
        number += 1
    lines += [
        f"{number}. Set the restart policies back, and start the other containers that ran before."
    ]
    lines += _block(*START_ALL)
    return lines


def _service(image: SetImage) -> str:
    return image.known_as or service_in_name(image.container)


def _register_apart(services: list[str]) -> list[list[str]]:
    first = [service for service in services if service in ("register", "dns")]
    rest = [service for service in services if service not in first]
    return [group for group in (first, rest) if group]
