"""Shell lines of `RESTORE.md` that stop, and later restart, all containers with the root mounted.

They select containers by the rule of `hosts.ownership`: those with a part of the root mounted,
those that can write to the root or a folder above it, those made by the root's compose files, and,
if nothing else tells, those with the names of the templates.
"""

from __future__ import annotations

from pryv_tui import own_folder
from pryv_tui.platform.identity import SERVICES

_FORMAT = (
    r'{{.Name}}{{"\t"}}{{.HostConfig.RestartPolicy.Name}}'
    r"{{with .HostConfig.RestartPolicy.MaximumRetryCount}}:{{.}}{{end}}"
    r'{{"\t"}}{{.State.Running}}'
    r'{{"\t"}}{{index .Config.Labels "com.docker.compose.project.working_dir"}}'
    r'{{range .Mounts}}{{"\t"}}{{.RW}} {{.Source}}'
    r'{{if eq .Type "volume"}}{{"\t"}}{{.RW}} volume:{{.Name}}{{end}}{{end}}'
)

_VOLUMES = r'{{.Name}}{{"\t"}}{{with .Options}}{{index . "device"}}{{end}}'
"""A volume may be a host folder under another name (docker volume create, `o=bind`); this format
prints that folder."""

_AWK = r"""
  BEGIN { root = ENVIRON["root"]; real = ENVIRON["real"]
    many = split(ENVIRON["volumes"], lines, "\n")
    for (i = 1; i <= many; i++) { split(lines[i], one, "\t"); folder["volume:" one[1]] = one[2] } }
  function below(path, top) { return index(path "/", top "/") == 1 }
  function counts(path, writes, top) {
    if (below(path, top)) return writes || path != top
    return writes && (path == "/" || below(top, path))
  }
  { name = substr($1, 2)
    hit = below($4, root) || below($4, real)
    if (NF < 5 && $4 == "") hit = name ~ /^([0-9a-f]+_)*pryvio_(SERVICES)$/
    for (i = 5; i <= NF; i++) {
      path = substr($i, index($i, " ") + 1); writes = $i ~ /^true /
      if (path in folder) path = folder[path]
      if (path == "") continue
      if (counts(path, writes, root) || counts(path, writes, real)) hit = 1
    }
    if (hit) print name, ($2 == "" ? "no" : $2), $3 }""".replace(
    "SERVICES", "|".join(sorted(SERVICES))
)

STOP_ALL = (
    'there() { for n; do docker inspect "$n" >/dev/null 2>&1 && echo "$n" && return; done; }',
    "mounting() {",
    '  volumes="$(docker volume ls --quiet | xargs --no-run-if-empty \\',
    f"    docker volume inspect --format '{_VOLUMES}' || true)\"",
    "  docker ps --all --quiet | xargs --no-run-if-empty docker inspect --format \\",
    f"    '{_FORMAT}' |",
    """  volumes="$volumes" root="$ROOT" real="$(realpath -m "$ROOT")" awk -F '\\t' '""",
    *_AWK.strip("\n").splitlines(),
    "  '",
    "}",
    'mkdir -p "$ROOT" && mkdir -p -m 700 "$ROOT/' + own_folder.NAME + '"',
    'LIST="$ROOT/' + own_folder.NAME + '/containers-by-hand"',
    '[ -e "$LIST" ] || { mounting > "$LIST.new" && mv "$LIST.new" "$LIST"; }',
    'cat "$LIST"',
    "cut -d ' ' -f 1 \"$LIST\" | xargs --no-run-if-empty docker stop",
    "cut -d ' ' -f 1 \"$LIST\" | xargs --no-run-if-empty docker update --restart=no",
)
"""Stop all these containers. Their names, policies and states are stored in our own folder in the
root."""

START_ALL = (
    "while read -r name policy runs; do",
    '  [ -n "$(there "$name")" ] || { echo "$name is not there any more"; continue; }',
    '  docker update --restart="$policy" "$name"',
    '  [ "$runs" != true ] || docker start "$name"',
    'done < "$LIST"',
    'mv "$LIST" "$LIST.done"',
)
