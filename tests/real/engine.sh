#!/usr/bin/env bash
# Docker Engines for the tests, apart from any engine that this machine may run for itself.
#
#   engine.sh start [N]   start N engines (default 3: the machines of a cluster) and build the images
#   engine.sh stop        end them, with all containers and networks, and leave nothing behind but caches
#   engine.sh status      which of them answer
#   engine.sh urls        the URLs of those that answer, one a line
#   engine.sh bounce N S  end engine N by signal S (TERM or KILL) and start it again, containers and all
#
# An engine is "a machine" to the tests: it has its own containers, networks and a fixed address, on
# which its containers' ports are published. State lies in ${PRYV_TUI_TEST_ENGINES:-/var/tmp/pryv-tui-engines}.
# What an earlier run left (a killed engine's pidfiles, sockets, mounts, containers that want to start
# again) is recognised and cleared at start.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
state=${PRYV_TUI_TEST_ENGINES:-/var/tmp/pryv-tui-engines}
# Addresses: 10.NET.0.N for engine N, 10.(NET+N).0.0/16 for its networks. A second set of engines, in
# a state folder of its own, needs another NET.
net=${PRYV_TUI_TEST_NET:-230}

say() { printf 'engine: %s\n' "$*"; }
die() { printf 'engine: %s\n' "$*" >&2; exit 1; }

dir_of() { printf '%s/engine-%s' "$state" "$1"; }
url_of() { printf 'unix://%s/docker.sock' "$(dir_of "$1")"; }
# Addresses of the loopback device: containers reach them through their own gateway, and no packet of
# the tests needs this machine to forward anything (so the engines need no rules in iptables).
address_of() { printf '10.%s.0.%s' "$net" "$1"; }
pool_of() { printf '10.%s.0.0/16' "$((net + $1))"; }

answers() { docker -H "$(url_of "$1")" version --format '{{.Server.Version}}' >/dev/null 2>&1; }

known() { # numbers of all engines that have a folder
    local dir
    for dir in "$state"/engine-*/; do
        [ -d "$dir" ] && basename "$dir" | sed 's/^engine-//'
    done
    true
}

pids_of() { # every process that belongs to an engine: its path is in the command line
    local dir pid
    dir=$(dir_of "$1")
    for pid in /proc/[0-9]*; do
        [ "${pid#/proc/}" != $$ ] || continue
        case "$(readlink "$pid/exe" 2>/dev/null)" in
        */dockerd | */containerd | */containerd-shim* | */docker-proxy) ;;
        *) continue ;;
        esac
        if tr '\0' ' ' <"$pid/cmdline" 2>/dev/null | grep -qF -- "$dir/"; then
            printf '%s\n' "${pid#/proc/}"
        fi
    done
}

wait_gone() { # wait_gone SECONDS PID...
    local tries=$(($1 * 10)) pid left
    shift
    while [ "$tries" -gt 0 ]; do
        left=0
        for pid in "$@"; do [ -d "/proc/$pid" ] && left=1; done
        [ "$left" -eq 0 ] && return 0
        sleep 0.1
        tries=$((tries - 1))
    done
    return 1
}

clear_processes() { # of an engine that is not (or no longer) up
    local pid target
    for pid in $(pids_of "$1"); do
        # A shim's children are the processes of its container: they go first, by their own ids.
        for target in $(cat "/proc/$pid/task/$pid/children" 2>/dev/null); do
            case "$(readlink "/proc/$pid/exe")" in */containerd-shim*) kill -KILL "$target" 2>/dev/null || true ;; esac
        done
        kill -KILL "$pid" 2>/dev/null || true
    done
}

foreign_user() { # the process of another set of engines (another state folder) on the same addresses
    local pid
    for pid in /proc/[0-9]*; do
        [ "$(basename "$(readlink "$pid/exe" 2>/dev/null)")" = dockerd ] || continue
        if tr '\0' '\n' <"$pid/cmdline" 2>/dev/null | grep -qF "base=$(pool_of "$1")," &&
            ! tr '\0' '\n' <"$pid/cmdline" 2>/dev/null | grep -qF "$(dir_of "$1")/"; then
            printf '%s' "${pid#/proc/}"
            return
        fi
    done
}

clear_leftovers() { # processes, mounts, sockets and addresses of an engine that is not up
    local dir target
    dir=$(dir_of "$1")
    clear_processes "$1"
    # Deepest first; mount points are written with octal escapes, which our own paths never need.
    awk -v dir="$dir/" 'index($2, dir) == 1 { print $2 }' /proc/mounts | sort -r | while read -r target; do
        umount -l "$target" || true
    done
    rm -rf "$dir/exec" "$dir/docker.sock" "$dir/dockerd.pid"
    [ -z "$(foreign_user "$1")" ] || return 0
    ip address del "$(address_of "$1")/32" dev lo 2>/dev/null || true
    # Bridges carry addresses of this engine's pool only.
    ip -o -4 address show 2>/dev/null | awk -v net="10.$((net + $1))." 'index($4, net) == 1 { print $2 }' |
        while read -r target; do ip link delete "$target" 2>/dev/null || true; done
}

forget_containers() { # containers of a killed engine must not come up again when it starts
    local dir config
    dir=$(dir_of "$1")/data
    for config in "$dir"/containers/*/hostconfig.json; do
        [ -e "$config" ] && sed -i 's/"RestartPolicy":{"Name":"[a-z-]*"/"RestartPolicy":{"Name":"no"/' "$config"
    done
    # Nor its networks: all are made again, none with an endpoint that nobody uses.
    rm -f "$dir/network/files/local-kv.db"
}

remove_containers() {
    local url ids
    url=$(url_of "$1")
    ids=$(docker -H "$url" ps --all --quiet)
    # shellcheck disable=SC2086 # one id a word
    [ -z "$ids" ] || docker -H "$url" rm --force --volumes $ids >/dev/null
    docker -H "$url" network prune --force >/dev/null
    docker -H "$url" volume prune --force >/dev/null
}

launch() {
    local n=$1 dir
    dir=$(dir_of "$n")
    if answers "$n"; then
        say "$n already answers at $(url_of "$n")"
        return
    fi
    [ ${#dir} -le 60 ] || die "the state folder's path is too long for sockets: $state"
    mkdir -p "$dir"
    clear_leftovers "$n"
    forget_containers "$n"
    ip address add "$(address_of "$n")/32" dev lo
    address_of "$n" >"$dir/address"
    : >"$dir/dockerd.log"
    run_dockerd "$n"
    remove_containers "$n"
    say "$n answers at $(url_of "$n")"
}

run_dockerd() { # and wait until it answers
    local n=$1 dir
    dir=$(dir_of "$n")
    # Most of what the tests take is the engine's work. A filter of system calls that is translated anew
    # for each program in a container, and the collector of garbage in each short process that the engine
    # starts of itself (three for a container), are a sixth of it; no test is about either.
    printf '{"defaultAction": "SCMP_ACT_ALLOW"}\n' >"$dir/seccomp.json"
    # setsid: the engine outlives this script and the terminal it was started from. Descriptors that
    # came along (a lock that the caller holds) must not live as long as the engine. Nor may it keep its
    # temporary files where a caller has them for as long as it runs itself (tests/suite/disk.py).
    (
        for fd in /proc/self/fd/*; do
            fd=${fd##*/}
            if [ "$fd" -gt 2 ]; then eval "exec $fd>&-"; fi
        done
        GOGC=400 exec env -u TMPDIR setsid dockerd \
            --data-root "$dir/data" --exec-root "$dir/exec" --pidfile "$dir/dockerd.pid" \
            --host "$(url_of "$n")" --bridge none --iptables=false --ip6tables=false \
            --ip-forward=false --shutdown-timeout 10 --seccomp-profile "$dir/seccomp.json" \
            --default-address-pool "base=$(pool_of "$n"),size=24" \
            >>"$dir/dockerd.log" 2>&1 </dev/null
    ) &
    local tries=300
    until answers "$n"; do
        tries=$((tries - 1))
        if [ "$tries" -le 0 ] || ! kill -0 $! 2>/dev/null; then
            tail -n 20 "$dir/dockerd.log" >&2
            die "engine $n did not start; its log is $dir/dockerd.log"
        fi
        sleep 0.1
    done
}

bounce() { # bounce N TERM|KILL: end an engine as a machine's administrator or the kernel does; start it again
    local n=$1 pid
    pid=$(cat "$(dir_of "$n")/dockerd.pid")
    pids_of "$n" | grep -x "$pid" >/dev/null || die "process $pid is not engine $n"
    kill "-$2" "$pid"
    wait_gone 60 "$pid" || die "engine $n did not end"
    say "$n ended by SIG$2"
    # Nothing is cleared: containers and networks are what the engine finds of them.
    run_dockerd "$n"
    say "$n answers again"
}

# A data folder that an engine of another version or kind left, or that a crash spoilt, is made anew.
launch_or_renew() {
    (launch "$1") && return
    say "starting engine $1 with empty data"
    clear_leftovers "$1"
    ! grep -qF " $(dir_of "$1")/" /proc/mounts || die "something is still mounted in $(dir_of "$1")"
    rm -rf --one-file-system "$(dir_of "$1")"
    launch "$1"
}

start() {
    local count=${1:-3} n user
    [ "$(id -u)" -eq 0 ] || die "needs root"
    for n in dockerd docker ip debootstrap; do
        command -v "$n" >/dev/null || die "$n is missing: see tests/real/README.md"
    done
    mkdir -p "$state"
    exec 9>"$state/lock"
    flock 9
    for n in $(seq "$count"); do
        user=$(foreign_user "$n")
        [ -z "$user" ] || die "process $user uses the addresses of engine $n: set PRYV_TUI_TEST_NET"
        launch_or_renew "$n"
    done
    "$here/build-images.sh" 9>&-
}

stop() {
    local n pids
    mkdir -p "$state"
    exec 9>"$state/lock"
    flock 9
    for n in $(known); do
        ! answers "$n" || remove_containers "$n" || true
        if [ -s "$(dir_of "$n")/dockerd.pid" ]; then
            pids=$(cat "$(dir_of "$n")/dockerd.pid")
            # A stale pidfile may name somebody else's process.
            if pids_of "$n" | grep -x "$pids" >/dev/null; then # (-q would end the pipe early)
                kill -TERM "$pids" 2>/dev/null || true
                wait_gone 20 "$pids" || say "engine $n did not end in time"
            fi
        fi
        clear_leftovers "$n"
        say "$n stopped"
    done
}

urls() {
    local n
    for n in $(known); do
        if answers "$n"; then printf '%s\n' "$(url_of "$n")"; fi
    done
}

status() {
    local n
    for n in $(known); do
        if answers "$n"; then
            printf '%s answers, address %s, %s containers\n' "$(url_of "$n")" "$(address_of "$n")" \
                "$(docker -H "$(url_of "$n")" ps --all --quiet | wc -l)"
        else
            printf '%s does not answer\n' "$(url_of "$n")"
        fi
    done
}

case "${1:-}" in
start) start "${2:-3}" ;;
stop) stop ;;
status) status ;;
urls) urls ;;
bounce) bounce "${2:?which engine}" "${3:?TERM or KILL}" ;;
*) die "usage: engine.sh start [N] | stop | status | urls | bounce N TERM|KILL" ;;
esac
