/* What Docker Engine 20.10 starts itself for, three times for each container that starts, done before
 * the rest of it is.
 *
 * For a short act inside a container's network it runs its own program again under another name:
 * `set-ipv6`, `setup-resolver`, `libnetwork-setkey`. That takes a thirtieth of a second of processor
 * time until it has begun, half of what a container's start costs, and the tests start hundreds of
 * them. This library is loaded into the engine of the tests (`engine.sh`) and does these three acts
 * as the engine's own sources have them (docker/libnetwork: osl/namespace_linux.go, resolver_unix.go,
 * sandbox_externalkey_unix.go). Where anything is not as expected it does nothing, and the engine goes
 * on and does it itself.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Into the network of a file below the engine's `netns`; there is no way back, so last before the act. */
static int enter(const char *path) {
    int place = open(path, O_RDONLY | O_CLOEXEC);
    int entered = place >= 0 && setns(place, CLONE_NEWNET) == 0;
    if (place >= 0) close(place);
    return entered;
}

/* set-ipv6 NETWORK all false */
static void set_ipv6(char **words) {
    char path[256];
    const char *value = strcmp(words[3], "true") == 0 ? "0\n" : "1\n";
    if (strchr(words[2], '/') != NULL || !enter(words[1])) return;
    snprintf(path, sizeof path, "/proc/sys/net/ipv6/conf/%s/disable_ipv6", words[2]);
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file >= 0 && write(file, value, 2) == 2) _exit(0);
    if (file >= 0) close(file);
}

/* setup-resolver NETWORK ADDRESS:PORT-OF-UDP ADDRESS:PORT-OF-TCP: eleven runs of iptables, in one */
static void setup_resolver(char **words) {
    static const char *protocols[] = {"udp", "tcp"};
    static char iptables_restore[] = "/usr/sbin/iptables-restore", quiet[] = "--noflush", wait[] = "--wait";
    char *command[] = {iptables_restore, quiet, wait, NULL};
    if (access(iptables_restore, X_OK) != 0) return;
    int rules = memfd_create("rules", 0);
    if (rules < 0) return;
    dprintf(rules, "*nat\n:DOCKER_OUTPUT - [0:0]\n:DOCKER_POSTROUTING - [0:0]\n");
    for (int n = 0; n < 2; n++) {
        const char *place = words[2 + n], *colon = strrchr(place, ':');
        if (colon == NULL) return;
        int long_ip = (int)(colon - place);
        if (n == 0)
            dprintf(rules,
                    "-I OUTPUT -d %.*s -j DOCKER_OUTPUT\n-I POSTROUTING -d %.*s -j DOCKER_POSTROUTING\n",
                    long_ip, place, long_ip, place);
        dprintf(rules, "-I DOCKER_OUTPUT -d %.*s -p %s --dport 53 -j DNAT --to-destination %s\n",
                long_ip, place, protocols[n], place);
        dprintf(rules, "-I DOCKER_POSTROUTING -s %.*s -p %s --sport %s -j SNAT --to-source :53\n",
                long_ip, place, protocols[n], colon + 1);
    }
    dprintf(rules, "COMMIT\n");
    if (lseek(rules, 0, SEEK_SET) != 0 || !enter(words[1]) || dup2(rules, 0) != 0) return;
    unsetenv("LD_PRELOAD");
    execv(iptables_restore, command);
}

/* libnetwork-setkey -exec-root=FOLDER CONTAINER CONTROLLER, the container's state as JSON on the input */
static void set_key(char **words) {
    static const char option[] = "-exec-root=";
    char state[1 << 16], text[512], answer[64] = "";
    struct sockaddr_un place = {.sun_family = AF_UNIX};
    if (strncmp(words[1], option, sizeof option - 1) != 0) return;
    int size = snprintf(place.sun_path, sizeof place.sun_path, "%s/libnetwork/%s.sock",
                        words[1] + sizeof option - 1, words[3]);
    if (size < 0 || (size_t)size >= sizeof place.sun_path || strlen(words[2]) > 128) return;
    size_t have = 0;
    ssize_t more;
    while (have < sizeof state - 1 && (more = read(0, state + have, sizeof state - 1 - have)) > 0)
        have += (size_t)more;
    state[have] = 0;
    /* From here on the input is read: what goes wrong is told, not left to the engine. */
    char *told = strstr(state, "\"pid\":");
    long pid = told != NULL ? strtol(told + 6, NULL, 10) : 0;
    int link = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (pid <= 0 || link < 0 || connect(link, (struct sockaddr *)&place, sizeof place) != 0) goto failed;
    size = snprintf(text, sizeof text, "{\"ContainerID\":\"%s\",\"Key\":\"/proc/%ld/ns/net\"}", words[2], pid);
    if (write(link, text, (size_t)size) != size) goto failed;
    if (read(link, answer, sizeof answer - 1) > 0 && strcmp(answer, "success") == 0) _exit(0);
failed:
    dprintf(2, "libnetwork-setkey of the tests: %s\n", answer);
    _exit(1);
}

__attribute__((constructor)) static void before_all(int count, char **words) {
    if (count != 4) return;
    if (strcmp(words[0], "set-ipv6") == 0) set_ipv6(words);
    if (strcmp(words[0], "setup-resolver") == 0) setup_resolver(words);
    if (strcmp(words[0], "libnetwork-setkey") == 0) set_key(words);
}
