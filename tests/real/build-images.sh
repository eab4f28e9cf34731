#!/usr/bin/env bash
# Build the test platform's images on every running engine (or on the URLs given as arguments).
#
# No image can be pulled where the tests run, so the base is made by debootstrap from whatever Debian
# mirror this machine uses. Everything is cached by content: the base and the Python packages as files
# in the state folder, the images by a label; a second run only looks.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
state=${PRYV_TUI_TEST_ENGINES:-/var/tmp/pryv-tui-engines}
cache=$state/cache
suite=bookworm
packages=python3,influxdb,influxdb-client,redis-server,redis-tools,nginx,ca-certificates
# Services that run as root in Pryv's images (ports, keys, volumes); the others run as 9999.
as_root="nginx config_leader config_follower"
as_app="core preview hfs webhooks mfa register dns mail admin_panel app_web_auth3"
label=pryv-tui.content

export DOCKER_BUILDKIT=0 # the classic builder needs nothing from outside

say() { printf 'build-images: %s\n' "$*"; }

# A build that was cut short must not be taken for a finished one: write beside, then rename.
make_base() { # make_base FILE
    local mirror root
    mirror=$(mirror_of_host)
    root=$(mktemp -d "$cache/root.XXXXXX")
    say "making the base (debootstrap $suite)"
    if ! debootstrap --variant=minbase --include="$packages" "$suite" "$root" "$mirror" \
        >"$cache/debootstrap.log" 2>&1; then
        tail -n 30 "$cache/debootstrap.log" "$root/debootstrap/debootstrap.log" >&2 || true
        return 1
    fi
    rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man,info,locale}/*
    tar -C "$root" --numeric-owner -cf "$1.partial" .
    mv "$1.partial" "$1"
    rm -rf "$root"
}

# The Debian mirror that this machine's own apt uses, so that none is named here.
mirror_of_host() {
    local found
    found=$(apt-get indextargets --format '$(REPO_URI)' "Created-By: Packages" "Suite: *" 2>/dev/null |
        grep -m1 '/debian/*$' || true)
    if [ -z "$found" ]; then
        found=$(grep -rhoE '(^URIs: *|^deb +(\[[^]]*\] +)?)[a-z]+://[^ ]+/debian/?( |$)' \
            /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | grep -oE '[a-z]+://[^ ]+' | head -n 1 || true)
    fi
    printf '%s' "$found" # empty: debootstrap's own default
}

make_site() { # make_site FOLDER
    say "fetching the Python packages of the MongoDB stand-in"
    rm -rf "$1.partial" "$cache/pip"
    python3 -m venv "$cache/pip"
    # The images have Debian's Python 3.11, whatever runs here.
    "$cache/pip/bin/python" -m pip install --quiet --disable-pip-version-check --target "$1.partial" \
        --python-version 3.11 --only-binary=:all: -r "$here/images/mongodb/requirements.txt"
    mv "$1.partial" "$1"
    rm -rf "$cache/pip"
}

fingerprint() { sha256sum | cut -c1-20; }

content_of() { # the content of folders, by name and bytes
    (cd "$here" && find "$@" -type f -not -path '*/__pycache__/*' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum)
}

has() { # has URL IMAGE CONTENT
    [ "$(docker -H "$1" image inspect -f "{{index .Config.Labels \"$label\"}}" "$2" 2>/dev/null)" = "$3" ]
}

quietly() { # its output only if it fails (the classic builder announces its retirement each time)
    local output
    output=$("$@" 2>&1) || { printf '%s\n' "$output" >&2; return 1; }
}

build() { # build URL NAME CONTENT FOLDER
    local url=$1 name=$2 content=$3 folder=$4
    has "$url" "$name:latest" "$content" && return
    quietly docker -H "$url" build --quiet --label "$label=$content" -t "$name:latest" "$folder"
}

build_all() { # build_all URL
    local url=$1 service release user
    if ! has "$url" pryv-standin/base:latest "$base_key"; then
        docker -H "$url" import --change "LABEL $label=$base_key" "$base" pryv-standin/base:latest >/dev/null
    fi
    build "$url" pryv-standin/mongodb "$key" "$context/mongodb"
    build "$url" pryv-debian/influxdb "$key" "$context/influxdb"
    build "$url" pryv-debian/redis "$key" "$context/redis"
    build "$url" pryv-debian/nginx "$key" "$context/nginx"
    build "$url" pryv-standin/app "$key" "$context/app"
    for service in $as_root $as_app; do
        case " $as_root " in *" $service "*) user=0:0 ;; *) user=9999:9999 ;; esac
        has "$url" "pryv-standin/$service:latest" "$key" && continue
        printf 'FROM pryv-standin/app:latest\nENV PRYV_STANDIN_SERVICE=%s\nUSER %s\nLABEL %s=%s\n' \
            "$service" "$user" "$label" "$key" |
            quietly docker -H "$url" build --quiet -t "pryv-standin/$service:latest" -
    done
    while read -r release; do
        for service in mongodb $as_root $as_app; do
            docker -H "$url" tag "pryv-standin/$service:latest" "pryv-standin/$service:$release"
        done
        docker -H "$url" tag pryv-debian/redis:latest "pryv-debian/redis:$release"
        docker -H "$url" tag pryv-debian/nginx:latest "pryv-debian/nginx:$release"
    done <"$here/images/releases.txt"
    # Pryv's compose files take InfluxDB from its own vendor: the tag is InfluxDB's, not Pryv's.
    docker -H "$url" tag pryv-debian/influxdb:latest pryv-debian/influxdb:1.6.7
    docker -H "$url" image prune --force >/dev/null
    say "ready on $url"
}

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9

base_key=$(printf '%s %s' "$suite" "$packages" | fingerprint)
base=$cache/base-$base_key.tar
[ -e "$base" ] || { rm -rf "$cache"/root.* "$cache"/base-*; make_base "$base"; }

site_key=$(fingerprint <"$here/images/mongodb/requirements.txt")
site=$cache/site-$site_key
[ -d "$site" ] || { rm -rf "$cache"/site-*; make_site "$site"; }

key=$( (content_of images build-images.sh; echo "$base_key $site_key") | fingerprint)
context=$cache/context-$key
if [ ! -d "$context" ]; then
    rm -rf "$cache"/context-*
    cp -R "$here/images" "$context.partial"
    find "$context.partial" -name __pycache__ -prune -exec rm -rf {} +
    cp -R "$site" "$context.partial/mongodb/site"
    chmod 755 "$context.partial"/mongodb/mongo{dump,restore}
    # Compiled whatever the times of the copies are: else each container does it at its first start.
    # Where this machine's Python is another than the images', theirs compiles as before.
    python3 -m compileall -q -f --invalidation-mode unchecked-hash \
        "$context.partial/mongodb/site" "$context.partial/mongodb/standin_mongo" "$context.partial/app" \
        >/dev/null || true
    mv "$context.partial" "$context"
fi

if [ $# -eq 0 ]; then
    # shellcheck disable=SC2046 # one URL a word
    set -- $("$here/engine.sh" urls)
fi
[ $# -gt 0 ] || { say "no engine runs: tests/real/engine.sh start" >&2; exit 1; }
jobs=()
for url in "$@"; do
    build_all "$url" &
    jobs+=($!)
done
for job in "${jobs[@]}"; do wait "$job"; done
