/* Copy, read or count folders with everything below them in one call, as long as the entries are plain.
 *
 * A root consists mostly of folders of plain files, and a copy spends most of its time in the dozen
 * system calls for each file. Each entry is either done completely, or left: then its copy does not
 * exist. Every unusual entry is left, and its path returned: a link, an ACL, a hole, a database that may
 * be open, a file that changes while it is copied, any error. So there are no messages here: the walk in
 * Python does the entries that are left, and reports what is wrong with them.
 *
 * `library.py` loads this library. If it was not built, or finds no OpenSSL, Python does everything,
 * slower.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "sha256.h"

#define CHUNK (1 << 20)     /* bytes read at a time */
#define POOL (1 << 22)      /* most bytes that wait for their hash, with padding */
#define ENOUGH (1 << 21)    /* waiting bytes above which all are hashed, while they are in the CPU cache */
#define LISTING (1 << 22)   /* bytes for the listings of all folders from the top to here */
#define NAMES (1 << 16)     /* most names in these listings */
#define FILES 512           /* most files that wait for their hash */
#define DEEPEST 32          /* most folders from the top to here: each takes descriptors */
#define PATH_BYTES 4096     /* bytes of a path in the lists, at most */
#define ATTRIBUTES 4096     /* most bytes of the names, or of one value, of copied attributes */
#define FORMERS 2           /* most earlier copies to link to */
#define READERS_OF_LISTS 6  /* most walks in the lists of these copies */
#define DIGITS 64           /* hexadecimal digits of a hash, as `sums.DIGITS` */
#define UNREAD '-'          /* as `pieces.UNREAD` */
#define INDEX_LINE 128      /* most bytes of a line of the index */
#define HEAD 40             /* most bytes of a TREE record before its path */
#define GET_FLAGS _IOR('f', 1, long) /* ioctl_iflags(2) */
#define HELD_FAST 0x30      /* immutable, append-only: as `inode_flags` */
#define OF_FOLDERS 0x40814008 /* flags that are inherited in a folder: as `inode_flags` */
#define VERSION 12          /* of the functions that `library.py` calls */
#define FAR 9000000000LL    /* seconds: beyond it a time in nanoseconds may not fit 64 bits */

#ifndef SOURCE
#define SOURCE ""
#endif

/* What became of an entry. LEFT: nothing was done with it; OVER: the call has done enough. Negative
 * (-errno): something was created for it and could not be removed. */
enum { LEFT = 0, DONE = 1, OVER = 2 };

/* An entry from getdents64(2); older glibc than 2.30 doesn't declare it. */
struct entry {
    uint64_t inode;
    int64_t next;
    unsigned short length;
    unsigned char type;
    char name[];
};

/* A file's state and hash in an earlier set. */
struct former_file {
    uint64_t device, inode;
    int64_t size, mtime_ns, ctime_ns;
    unsigned char digest[DIGEST];
};

/* The task for a subtree, as `pieces.Work`. READ only hashes and lists the files, COUNT only counts
 * them; neither changes anything, and both ignore attributes. */
enum { COPY = 0, READ = 1, COUNT = 2 };

/* Values on the board (`Board`). STOP: stop at once; SHARE: after one of SHARES shares of a call, leave
 * the rest to other workers. */
enum { STOP = 1, SHARE = 2, SHARES = 16 };

struct order {
    int64_t work;                     /* COPY, READ or COUNT */
    int64_t part, parts;              /* which part of the files to read, from 1; others are only listed */
    int64_t source, target;           /* the folder of the entries, and its copy */
    int64_t former[FORMERS];          /* that folder in earlier copies; -1: none */
    int64_t read_former[FORMERS], read_source[FORMERS]; /* before a file is linked: compare the
                                                           earlier copy, or the file, with the hash */
    int64_t links_tell, linkable;     /* as in `CopyOptions` and `Group` */
    int64_t settled_ns, calm_ns;      /* as in `CopyOptions` */
    int64_t largest;                  /* most bytes of a file; larger ones are left */
    int64_t most_bytes, most_entries; /* limits after which a call is over */
    int64_t device, inode;            /* of the destination, which is never entered */
    int64_t prefix;                   /* bytes before the tree's own paths in the lists */
    const char *snapshots;            /* folders with these names (form: see `tails`), and */
                                      /* folders on another disk, are left; NULL: none is */
    const int64_t *stop;              /* STOP, SHARE or 0; as `Board.address` */
};

/* Output buffers, in walk order: lines for the lists of a set, and entries left to the walk (`struct
 * told`). */
struct lists {
    char *sums, *index, *tree, *told;
    int64_t sums_room, index_room, tree_room, told_room;
    int64_t sums_used, index_used, tree_used, told_used;
    int64_t begun;                    /* how many of the call's names were begun */
    int64_t entries, folders, files, bytes, linked_files, linked_bytes;
    int64_t read;                     /* bytes of content read */
};

/* One walk's lines in the lists of an earlier copy, read in step with the present walk. */
struct reader {
    FILE *sums, *index;
    int former;
    int64_t prefix, left;             /* bytes before the tree's own paths; lines left */
    const int64_t *moved;             /* pairs of device numbers, old and present; ended by -1 */
    char *line, *path;                /* path: the present file's; NULL: no file */
    size_t room;
    int settled;
    struct former_file file;
};

/* The names in a folder, sorted: first the entries other than folders, then the folders. Before each name
 * is a byte with its kind, such as `DT_REG`. */
struct names {
    char **names;
    int count;
};

/* The companions of a file with a database's name: log, shared memory, journal. */
struct beside {
    struct stat status[3];            /* all zero for a missing one */
    int any;
};

struct subtrees {
    char path[PATH_BYTES + NAME_MAX + 2];/* of the present folder, ends with `/`; must be the first
                                            field: `NativeFolders.at` reads it in another thread */
    void *crypto, *context;
    const void *sha256;
    int (*begin)(void *, const void *, void *);
    int (*update)(void *, const void *, size_t);
    int (*end)(void *, unsigned char *, unsigned int *);
    void (*free_context)(void *);
    unsigned char *chunk;
    unsigned char *pool;
    int pairs;                        /* whether files are hashed in pairs; else OpenSSL hashes each */
    size_t pool_used;
    struct piece pieces[FILES];       /* the files that wait in the pool */
    int waiting;
    char *listing, *tails;
    char **names;
    int listed, named;                /* bytes and names in use */
    size_t path_length;
    int database;                     /* whether the present file has a database's name */
    struct beside beside;             /* its companions */
    struct reader readers[READERS_OF_LISTS];
    int ahead, cold;                  /* when to read ahead; whether the last folders came from disk */
    int reading;                      /* whether a read-ahead is running */
    int64_t from_disk;                /* bytes that read-aheads read from the disk */
    uid_t uid;                        /* this process's: new files get these, except in a */
    gid_t gid;                        /* folder that passes on its own group (setgid) */
};

int subtrees_version(void)
{
    return VERSION;
}

/* Whether files are hashed two at a time. */
int subtrees_pairs(const struct subtrees *self)
{
    return self->pairs;
}

/* Whether the last folders had to come from the disk. */
int subtrees_cold(const struct subtrees *self)
{
    return self->cold;
}

/* The SHA-256 of this file and those it includes, taken when the library was built (`hatch_build.py`). */
const char *subtrees_source(void)
{
    return SOURCE;
}

void subtrees_close(struct subtrees *self)
{
    if (!self)
        return;
    if (self->context)
        self->free_context(self->context);
    if (self->crypto)
        dlclose(self->crypto);
    for (int at = 0; at < READERS_OF_LISTS; at++) {
        struct reader *reader = &self->readers[at];
        if (reader->sums)
            fclose(reader->sums);
        if (reader->index)
            fclose(reader->index);
        free(reader->line);
    }
    free(self->chunk);
    free(self->pool);
    free(self->listing);
    free(self->names);
    free(self->tails);
    free(self);
}

/* See `folders.open_quietly`. */
static int open_quietly(int folder, const char *name, int flags)
{
    int fd = openat(folder, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NOATIME);
    if (fd < 0 && errno == EPERM)
        fd = openat(folder, name, flags | O_NOFOLLOW | O_CLOEXEC);
    return fd;
}

static int near(const struct timespec *time)
{
    return time->tv_sec < FAR && time->tv_sec > -FAR;
}

static int64_t ns(const struct timespec *time)
{
    return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

#include "ahead.h"
#include "hash.h"

/* Opens a handle for one worker; NULL: it can't be opened. `tails`: suffixes of names that databases may
 * have, each ended by a NUL, an empty one last; `ahead`: when folders are read ahead. */
struct subtrees *subtrees_open(const char *tails, size_t tails_length, int ahead)
{
    struct subtrees *self = calloc(1, sizeof *self);
    if (!self)
        return NULL;
    self->ahead = ahead;
    self->uid = geteuid();
    self->gid = getegid();
    self->crypto = dlopen("libcrypto.so.3", RTLD_NOW);
    if (!self->crypto)
        self->crypto = dlopen("libcrypto.so.1.1", RTLD_NOW);
    self->chunk = malloc(CHUNK);
    self->pool = malloc(POOL);
    self->listing = malloc(LISTING);
    self->names = malloc(NAMES * sizeof *self->names);
    self->tails = malloc(tails_length + 1);
    if (!self->crypto || !self->chunk || !self->pool || !self->listing || !self->names ||
        !self->tails)
        goto failed;
    memcpy(self->tails, tails, tails_length);
    self->tails[tails_length] = 0;
    void *(*create)(void) = dlsym(self->crypto, "EVP_MD_CTX_new");
    self->free_context = dlsym(self->crypto, "EVP_MD_CTX_free");
    self->begin = dlsym(self->crypto, "EVP_DigestInit_ex");
    self->update = dlsym(self->crypto, "EVP_DigestUpdate");
    self->end = dlsym(self->crypto, "EVP_DigestFinal_ex");
    /* OpenSSL 3: an algorithm fetched once need not be looked up for each file. */
    void *(*fetch)(void *, const char *, const char *) = dlsym(self->crypto, "EVP_MD_fetch");
    const void *(*plain)(void) = dlsym(self->crypto, "EVP_sha256");
    if (!create || !self->free_context || !self->begin || !self->update || !self->end || !plain)
        goto failed;
    self->sha256 = fetch ? fetch(NULL, "SHA256", NULL) : NULL;
    if (!self->sha256)
        self->sha256 = plain();
    self->context = create();
    if (!self->context || !self->sha256)
        goto failed;
    self->pairs = pairs_here() && pairs_agree(self);
    return self;
failed:
    subtrees_close(self);
    return NULL;
}

static int is_folder(const char *name)
{
    return name[-1] == DT_DIR;
}

static int by_bytes(const void *one, const void *other)
{
    const char *a = *(char *const *)one, *b = *(char *const *)other;
    return is_folder(a) != is_folder(b) ? is_folder(a) - is_folder(b) : strcmp(a, b);
}

static int is_one_of(const char *name, const char *names)
{
    for (; *names; names += strlen(names) + 1)
        if (!strcmp(name, names))
            return 1;
    return 0;
}

static int ends_so(const char *name, const char *tails)
{
    size_t length = strlen(name);
    for (; *tails; tails += strlen(tails) + 1) {
        size_t tail = strlen(tails);
        if (tail <= length && !memcmp(name + length - tail, tails, tail))
            return 1;
    }
    return 0;
}

/* Lists an open folder; LEFT if there is no room for its names. To free their room, set `listed` and
 * `named` back to their values before this call. */
static int list(struct subtrees *self, int folder, struct names *found)
{
    size_t used = self->listed;
    *found = (struct names){self->names + self->named, 0};
    for (;;) {
        long got = syscall(SYS_getdents64, folder, self->listing + used, LISTING - used);
        if (got < 0)
            return LEFT; /* also if there is no room for another name */
        if (got == 0)
            break;
        for (size_t end = used + got; used < end;) {
            struct entry *entry = (struct entry *)(self->listing + used);
            used += entry->length;
            if (entry->name[0] == '.' &&
                (!entry->name[1] || (entry->name[1] == '.' && !entry->name[2])))
                continue;
            struct stat status;
            if (self->named + found->count == NAMES)
                return LEFT;
            if (entry->type == DT_UNKNOWN &&
                !fstatat(folder, entry->name, &status, AT_SYMLINK_NOFOLLOW))
                entry->type = IFTODT(status.st_mode);
            found->names[found->count++] = entry->name;
        }
    }
    qsort(found->names, found->count, sizeof *found->names, by_bytes);
    self->listed = used;
    self->named += found->count;
    return DONE;
}

/* Whether an open file or folder has a flag of `mask`; a copy can't keep flags (`inode_flags`). */
static int flagged(int fd, unsigned int mask)
{
    unsigned int flags = 0;
    return ioctl(fd, GET_FLAGS, &flags) == 0 && (flags & mask);
}

/* Reads the names of an open file's or folder's attributes; returns their length in bytes. -1 if there are
 * too many, or others than `user.*` and `security.selinux`: those Python has to copy. */
static ssize_t attributes(int fd, char *names)
{
    ssize_t length = flistxattr(fd, names, ATTRIBUTES);
    if (length < 0)
        return errno == ENOTSUP || errno == ENOSYS ? 0 : -1;
    for (ssize_t at = 0; at < length; at += strlen(names + at) + 1)
        if (strncmp(names + at, "user.", 5) && strcmp(names + at, "security.selinux"))
            return -1;
    return length;
}

/* Whether a copy made here keeps everything of an open file or folder: it has no ACL and no such flag. */
static int ordinary(int fd, unsigned int mask)
{
    char names[ATTRIBUTES];
    return attributes(fd, names) >= 0 && !(mask && flagged(fd, mask));
}

/* Whether two open files or folders have the same attributes. With `carry`, those of the first are
 * copied to the second. */
static int same_attributes(int from, int to, int carry)
{
    char names[ATTRIBUTES], others[ATTRIBUTES], value[ATTRIBUTES], other[ATTRIBUTES];
    ssize_t length = attributes(from, names), its = attributes(to, others);
    if (length < 0 || its < 0)
        return 0;
    for (ssize_t at = 0; at < its; at += strlen(others + at) + 1)
        if (fgetxattr(from, others + at, NULL, 0) < 0)
            return 0;
    for (ssize_t at = 0; at < length; at += strlen(names + at) + 1) {
        ssize_t size = fgetxattr(from, names + at, value, sizeof value);
        if (size < 0)
            return 0;
        if (fgetxattr(to, names + at, other, sizeof other) == size && !memcmp(value, other, size))
            continue;
        if (!carry || fsetxattr(to, names + at, value, size, 0))
            return 0;
    }
    return 1;
}

#include "former.h"
#include "database.h"
#include "file.h"
#include "lines.h"
#include "subtree.h"
