/* Folders that hold nothing but plain files, copied, linked or compared in one call.
 *
 * Most of a root is such folders, and most of a copy's time goes into the dozen system calls that
 * each takes; `leaf_copier` and `leaf_checker` say what is to be done, and do it wherever this
 * doesn't. The rule here is all or nothing: a folder is done as a whole, or it is left, and nothing
 * is there that was not there before. Whatever is out of the ordinary is left: a link, an extended
 * attribute, a hole, a file that changes meanwhile, any error. So nothing here explains or reports.
 *
 * Loaded by `library.py`; where it was not built, or finds no OpenSSL, Python does the same, slower.
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
#define POOL (1 << 22)      /* bytes that wait for their hash at most, with their padding */
#define ENOUGH (1 << 21)    /* bytes that are hashed when so many wait: they still lie in the cache */
#define LISTING (1 << 16)   /* bytes of a folder's list of names */
#define FILES 512           /* most files of one folder */
#define FOLDER_BYTES 4096   /* as `leaf_look.FOLDER_BYTES` */
#define DIGITS 64           /* of a hash, as `sums.DIGITS` */
#define UNREAD '-'          /* as `leaf.UNREAD` */
#define INDEX_LINE 128      /* bytes that a line of the index takes at most */
#define HEAD 40             /* bytes, as `pool.HEAD_BYTES` */
#define GET_FLAGS _IOR('f', 1, long) /* ioctl_iflags(2) */
#define HELD_FAST 0x30      /* immutable, append-only: as `inode_flags` */
#define OF_FOLDERS 0x40814008 /* those that what is made in a folder inherits, likewise */
#define VERSION 8           /* of what `library.py` calls */
#define FAR 9000000000LL    /* seconds: beyond it a time in nanoseconds may not fit 64 bits */

#ifndef SOURCE
#define SOURCE ""
#endif

enum { LEFT = 0, DONE = 1 }; /* below 0: what it made could not be taken away, by errno */

/* As in the kernel's own list (getdents64(2)); the C library has it since glibc 2.30 only. */
struct entry {
    uint64_t inode;
    int64_t next;
    unsigned short length;
    unsigned char type;
    char name[];
};

/* What a former set says of a file, as `library.py` packs it; its name comes behind. */
struct former_file {
    uint64_t device, inode;
    int64_t size, mtime_ns, ctime_ns;
    unsigned char digest[DIGEST];
    uint32_t name_length;
} __attribute__((packed));

struct order {
    int64_t source, target, former;   /* the folders that hold it; former -1: there is none */
    int64_t links_tell, linkable;     /* as in `Setting` and `Kinds` */
    int64_t read_former, read_source; /* before a file is linked, and compared with its hash */
    int64_t settled_ns, most_bytes;
    int64_t calm_ns;                  /* as `same_file.calm_before` */
};

/* What the lists say of a run of folders, one after the other in each list. */
struct lists {
    char *sums, *index, *tree;
    int64_t sums_room, index_room, tree_room;
    int64_t sums_used, index_used, tree_used;
    int64_t folders, files, bytes, linked_files, linked_bytes;
    int64_t read;                     /* bytes of content */
    int64_t full;                     /* there was no room for the one that was left */
};

struct checked {
    int64_t folders, bytes, count;
    int64_t folder[FILES], file[FILES]; /* which are wrong, by their numbers */
};

struct leaves {
    void *crypto, *context;
    const void *sha256;
    int (*begin)(void *, const void *, void *);
    int (*update)(void *, const void *, size_t);
    int (*end)(void *, unsigned char *, unsigned int *);
    void (*free_context)(void *);
    unsigned char *chunk;
    unsigned char *pool;              /* none: each file is hashed by OpenSSL while it is read */
    size_t pool_used;
    struct piece pieces[FILES];       /* what waits there */
    int waiting, settled;             /* how many; and of folders that are done */
    char *listing, *tails;
    char *names[FILES];
    int count;
    int ahead, cold;                  /* when it is read ahead; the last folders came from the disk */
    uid_t uid;                        /* this process's: so whatever is made gets these, but in a */
    gid_t gid;                        /* folder that gives its own group */
};

int leaves_version(void)
{
    return VERSION;
}

/* Whether files are hashed two at a time. */
int leaves_pairs(const struct leaves *self)
{
    return self->pool != NULL;
}

/* Whether the last folders had to come from the disk. */
int leaves_cold(const struct leaves *self)
{
    return self->cold;
}

/* The SHA-256 of this file and those it includes when the library was built (`hatch_build.py`). */
const char *leaves_source(void)
{
    return SOURCE;
}

void leaves_close(struct leaves *self)
{
    if (!self)
        return;
    if (self->context)
        self->free_context(self->context);
    if (self->crypto)
        dlclose(self->crypto);
    free(self->chunk);
    free(self->pool);
    free(self->listing);
    free(self->tails);
    free(self);
}

/* As `folders.open_quietly`. */
static int open_quietly(int folder, const char *name, int flags)
{
    int fd = openat(folder, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NOATIME);
    if (fd < 0 && errno == EPERM)
        fd = openat(folder, name, flags | O_NOFOLLOW | O_CLOEXEC);
    return fd;
}

#include "ahead.h"

static int hash(struct leaves *self, const unsigned char *data, size_t size, unsigned char *digest)
{
    return self->begin(self->context, self->sha256, NULL) &&
                   self->update(self->context, data, size) && self->end(self->context, digest, NULL)
               ? DONE
               : LEFT;
}

/* Whether two at a time come out as OpenSSL has them, one by one: of all lengths of padding, with
 * either of a pair the longer one. */
static int pairs_agree(struct leaves *self)
{
    enum { PIECES = 2 * BLOCK + 1, LONGEST = 5 * BLOCK };
    unsigned char digest[DIGEST];
    for (int at = 0; at < PIECES; at++) {
        struct piece *piece = &self->pieces[at];
        piece->data = self->pool + at * padded(LONGEST);
        piece->size = at % 3 ? at : LONGEST - at;
        for (size_t byte = 0; byte < piece->size; byte++)
            piece->data[byte] = (unsigned char)(byte * 7 + at);
    }
    hash_pieces(self->pieces, PIECES);
    for (int at = 0; at < PIECES; at++) {
        struct piece *piece = &self->pieces[at];
        if (hash(self, piece->data, piece->size, digest) != DONE ||
            memcmp(digest, piece->digest, DIGEST))
            return 0;
    }
    return 1;
}

/* A worker's own; `tails`: names that end so are left, each with a NUL, an empty one last; `ahead`:
 * when folders are read ahead. */
struct leaves *leaves_open(const char *tails, size_t tails_length, int ahead)
{
    struct leaves *self = calloc(1, sizeof *self);
    if (!self)
        return NULL;
    self->ahead = ahead;
    self->uid = geteuid();
    self->gid = getegid();
    self->crypto = dlopen("libcrypto.so.3", RTLD_NOW);
    if (!self->crypto)
        self->crypto = dlopen("libcrypto.so.1.1", RTLD_NOW);
    self->chunk = malloc(CHUNK);
    self->listing = malloc(LISTING);
    self->tails = malloc(tails_length + 1);
    if (!self->crypto || !self->chunk || !self->listing || !self->tails)
        goto failed;
    memcpy(self->tails, tails, tails_length);
    self->tails[tails_length] = 0;
    void *(*create)(void) = dlsym(self->crypto, "EVP_MD_CTX_new");
    self->free_context = dlsym(self->crypto, "EVP_MD_CTX_free");
    self->begin = dlsym(self->crypto, "EVP_DigestInit_ex");
    self->update = dlsym(self->crypto, "EVP_DigestUpdate");
    self->end = dlsym(self->crypto, "EVP_DigestFinal_ex");
    /* From 3.0 on what is fetched once need not be looked up for each file. */
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
    if (pairs_here() && (self->pool = malloc(POOL)) && !pairs_agree(self)) {
        free(self->pool);
        self->pool = NULL;
    }
    return self;
failed:
    leaves_close(self);
    return NULL;
}

static int by_bytes(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
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

/* The names in an open folder, sorted; LEFT where one is no regular file or not to be taken. */
static int list(struct leaves *self, int folder)
{
    size_t used = 0;
    self->count = 0;
    for (;;) {
        long got = syscall(SYS_getdents64, folder, self->listing + used, LISTING - used);
        if (got < 0)
            return LEFT; /* also where there is no room left for a name */
        if (got == 0)
            break;
        for (size_t end = used + got; used < end;) {
            struct entry *entry = (struct entry *)(self->listing + used);
            used += entry->length;
            if (entry->name[0] == '.' &&
                (!entry->name[1] || (entry->name[1] == '.' && !entry->name[2])))
                continue;
            if (entry->type != DT_REG || self->count == FILES ||
                ends_so(entry->name, self->tails))
                return LEFT;
            self->names[self->count++] = entry->name;
        }
    }
    qsort(self->names, self->count, sizeof *self->names, by_bytes);
    return DONE;
}

#include "count.h"

/* Whether an open file or folder has one of these flags (`inode_flags`): a copy loses them. */
static int flagged(int fd, unsigned int mask)
{
    unsigned int flags = 0;
    return ioctl(fd, GET_FLAGS, &flags) == 0 && (flags & mask);
}

/* Whether an open file or folder certainly has no extended attributes, no ACL, and no flag that is
 * worth a word. */
static int bare(int fd)
{
    ssize_t length = flistxattr(fd, NULL, 0);
    return (length == 0 || (length < 0 && (errno == ENOTSUP || errno == ENOSYS))) &&
           !flagged(fd, HELD_FAST);
}

static int near(const struct timespec *time)
{
    return time->tv_sec < FAR && time->tv_sec > -FAR;
}

static int64_t ns(const struct timespec *time)
{
    return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

/* Whether an open file can be read as it is: regular, without holes, not too large. */
static int plain(int fd, const struct stat *status, int64_t most)
{
    if (!S_ISREG(status->st_mode) || status->st_size > most || !near(&status->st_mtim) ||
        !near(&status->st_ctim))
        return 0;
    /* As `content.has_holes`. */
    return !status->st_size || (lseek(fd, 0, SEEK_HOLE) == status->st_size && lseek(fd, 0, SEEK_SET) == 0);
}

static int write_all(int to, const unsigned char *data, ssize_t size)
{
    for (ssize_t written = 0; written < size;) {
        ssize_t put = write(to, data + written, size - written);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return LEFT;
        written += put;
    }
    return DONE;
}

/* Whether a file's hash can wait: there is room for all of it. */
static int can_wait(const struct leaves *self, int64_t size)
{
    return self->pool && size <= ENOUGH;
}

/* Whether what waits is to be hashed before a file of that size is read. */
static int enough_waits(const struct leaves *self, int64_t size)
{
    return self->pool_used >= ENOUGH || self->waiting == FILES ||
           self->pool_used + padded(size) > POOL;
}

/* Reads `size` bytes, writes them to `to` if that is not -1, and leaves them to be hashed. */
static int read_to_wait(struct leaves *self, int from, int to, int64_t size)
{
    unsigned char *data = self->pool + self->pool_used;
    for (int64_t done = 0; done < size;) {
        ssize_t got = read(from, data + done, size - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return LEFT;
        done += got;
    }
    if (to >= 0 && write_all(to, data, size) != DONE)
        return LEFT;
    struct piece *piece = &self->pieces[self->waiting++];
    piece->data = data;
    piece->size = size;
    self->pool_used += padded(size);
    return DONE;
}

/* Hashes what waits; so many of `pieces` as it returns have their digest then. */
static int take_hashes(struct leaves *self)
{
    int count = self->waiting;
    hash_pieces(self->pieces, count);
    self->waiting = self->settled = 0;
    self->pool_used = 0;
    return count;
}

/* Reads `size` bytes, hashes them, and writes them to `to` if that is not -1. */
static int read_through(struct leaves *self, int from, int to, int64_t size, unsigned char *digest)
{
    int64_t done = 0;
    if (!self->begin(self->context, self->sha256, NULL))
        return LEFT;
    while (done < size) {
        size_t wanted = size - done < CHUNK ? (size_t)(size - done) : CHUNK;
        ssize_t got = read(from, self->chunk, wanted);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || !self->update(self->context, self->chunk, got))
            return LEFT;
        if (to >= 0 && write_all(to, self->chunk, got) != DONE)
            return LEFT;
        done += got;
    }
    return self->end(self->context, digest, NULL) ? DONE : LEFT;
}

static int same_time(const struct timespec *one, const struct timespec *other)
{
    return one->tv_sec == other->tv_sec && one->tv_nsec == other->tv_nsec;
}

/* Whether nobody wrote to a file: who does can put the first back, but not the second. */
static int same_times(const struct stat *one, const struct stat *other)
{
    return same_time(&one->st_mtim, &other->st_mtim) && same_time(&one->st_ctim, &other->st_ctim);
}

static int same_owner(const struct stat *one, const struct stat *other)
{
    return one->st_mode == other->st_mode && one->st_uid == other->st_uid &&
           one->st_gid == other->st_gid;
}

/* Whether what is open, and has been read, is what its name leads to: what was moved meanwhile is
 * open under its new name, and may have got other content with that. What changed last before the
 * copy began was not moved since (`same_file`). */
static int its_own(const struct order *order, int folder, const char *name, const struct stat *status)
{
    struct stat now;
    if (near(&status->st_ctim) && ns(&status->st_ctim) < order->calm_ns)
        return 1;
    return !fstatat(folder, name, &now, AT_SYMLINK_NOFOLLOW) && now.st_dev == status->st_dev &&
           now.st_ino == status->st_ino;
}

/* Whether what is made gets that owner by being made; where it doesn't, `finish` gives it, and what
 * can't be given shows then, when the content is written already. */
static int ours(const struct leaves *self, const struct stat *status)
{
    return status->st_uid == self->uid && status->st_gid == self->gid;
}

/* The mode to make a file or folder with: its own where that is the same for everybody else,
 * whichever group it gets at first, where nobody else may write to it and we can do all we have to;
 * else it is the owner's alone until it is finished. */
static mode_t first_mode(const struct leaves *self, const struct stat *status)
{
    mode_t mode = status->st_mode, mine = S_ISDIR(mode) ? 0700 : 0600;
    int at_once = ours(self, status) && (mode & (07022 | mine)) == mine &&
                  (mode >> 3 & 7) == (mode & 7);
    return at_once ? mode & 0777 : mine;
}

/* Gives what is open its owner (if it did not get that before), mode and times, when nothing will
 * be written to it any more. */
static int finish(int fd, const struct stat *status)
{
    struct stat made;
    struct timespec times[2] = {status->st_atim, status->st_mtim};
    /* Setgid folders and umasks: what it was made with is not always what it got. The mode comes
     * last: a change of owner can take setuid and setgid away (chown(2)). */
    if (fstat(fd, &made))
        return LEFT;
    int another = made.st_uid != status->st_uid || made.st_gid != status->st_gid;
    if (another && fchown(fd, status->st_uid, status->st_gid))
        return LEFT;
    if ((another || made.st_mode != status->st_mode) && fchmod(fd, status->st_mode & 07777))
        return LEFT;
    return futimens(fd, times) == 0 ? DONE : LEFT;
}

static void put_digits(char *to, const unsigned char *digest)
{
    static const char digits[] = "0123456789abcdef";
    for (int at = 0; at < DIGEST; at++) {
        *to++ = digits[digest[at] >> 4];
        *to++ = digits[digest[at] & 15];
    }
}

/* Puts the hashes that waited into their lines. */
static void put_hashes(struct leaves *self)
{
    int count = take_hashes(self);
    for (int at = 0; at < count; at++)
        put_digits(self->pieces[at].digits, self->pieces[at].digest);
}

/* Where a file's hash waits, `later` is set, and the last of `pieces` is the file. */
static int copy_file(struct leaves *self, const struct order *order, int source, int target,
                     const char *name, struct stat *status, unsigned char *digest, int *made,
                     int *later)
{
    int done = LEFT, to = -1;
    struct stat before;
    int from = open_quietly(source, name, O_RDONLY | O_NONBLOCK);
    if (from < 0)
        return LEFT;
    if (fstat(from, &before) || !plain(from, &before, order->most_bytes) ||
        (order->links_tell && before.st_nlink > 1) || !bare(from))
        goto out;
    to = openat(target, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                first_mode(self, &before));
    if (to < 0)
        goto out;
    *made = 1;
    *later = can_wait(self, before.st_size);
    if (*later && enough_waits(self, before.st_size))
        put_hashes(self);
    if ((!ours(self, &before) && fchown(to, before.st_uid, before.st_gid)) ||
        (*later ? read_to_wait(self, from, to, before.st_size)
                : read_through(self, from, to, before.st_size, digest)) != DONE ||
        fstat(from, status) ||
        status->st_size != before.st_size || !same_times(status, &before) ||
        !same_owner(status, &before) || (order->links_tell && status->st_nlink > 1) ||
        !its_own(order, source, name, status))
        goto out;
    done = finish(to, status);
out:
    if (to >= 0 && close(to))
        done = LEFT; /* a write that failed late (NFS, quotas) */
    close(from);
    return done;
}

/* Whether so many bytes of an open file are those of a hash. */
static int holds(struct leaves *self, int fd, int64_t size, const unsigned char *wanted)
{
    unsigned char digest[DIGEST];
    return read_through(self, fd, -1, size, digest) == DONE &&
           !memcmp(digest, wanted, sizeof digest);
}

/* The former set's word on a file, if it still is what it was at its source. */
static const struct former_file *unchanged(const char *entries, int64_t length, const char *name,
                                           const struct stat *status)
{
    size_t wanted = strlen(name);
    for (const char *end = entries + length; entries < end;) {
        const struct former_file *file = (const struct former_file *)entries;
        const char *its = entries + sizeof *file;
        entries = its + file->name_length;
        if (file->name_length == wanted && !memcmp(its, name, wanted))
            return file->device == status->st_dev && file->inode == status->st_ino &&
                           file->size == status->st_size &&
                           file->mtime_ns == ns(&status->st_mtim) &&
                           file->ctime_ns == ns(&status->st_ctim)
                       ? file
                       : NULL;
    }
    return NULL;
}

/* Links to a former copy; LEFT with nothing done where that is not what a new one would be. */
static int link_file(struct leaves *self, const struct order *order, int source, int target,
                     int former, const char *name, const struct stat *status,
                     const unsigned char *digest, int *made)
{
    int done = LEFT;
    struct stat kept_status, file_status;
    int kept = open_quietly(former, name, O_RDONLY | O_NONBLOCK);
    int file = kept < 0 ? -1 : open_quietly(source, name, O_RDONLY | O_NONBLOCK);
    if (file < 0)
        goto out;
    if (fstat(kept, &kept_status) || !S_ISREG(kept_status.st_mode) ||
        kept_status.st_size != status->st_size || !same_time(&kept_status.st_mtim, &status->st_mtim) ||
        !same_owner(&kept_status, status) || fstat(file, &file_status) ||
        file_status.st_dev != status->st_dev || file_status.st_ino != status->st_ino ||
        file_status.st_size != status->st_size || !same_times(&file_status, status) ||
        !bare(file) || !bare(kept) ||
        (order->read_former && !holds(self, kept, status->st_size, digest)) ||
        (order->read_source && !holds(self, file, status->st_size, digest)))
        goto out;
    if (linkat(former, name, target, name, 0) == 0) {
        *made = 1;
        done = DONE;
    }
out:
    if (kept >= 0)
        close(kept);
    if (file >= 0)
        close(file);
    return done;
}

/* A path as sha256sum writes it; returns where it ends, `mark` tells whether anything is escaped. */
static char *escaped(char *to, const char *from, int *mark)
{
    for (; *from; from++) {
        char letter = *from == '\\' ? '\\' : *from == '\n' ? 'n' : *from == '\r' ? 'r' : 0;
        if (letter) {
            *to++ = '\\';
            *to++ = letter;
            *mark = 1;
        } else {
            *to++ = *from;
        }
    }
    return to;
}

/* A line but for its hash, which goes to `digits`; returns where it ends. */
static char *sums_line(char *to, const char *path, const char *name, char **digits)
{
    char *begin = to;
    int mark = 0;
    *digits = to;
    to += DIGITS;
    *to++ = ' ';
    *to++ = ' ';
    to = escaped(to, path, &mark);
    *to++ = '/';
    to = escaped(to, name, &mark);
    *to++ = '\n';
    if (mark) {
        memmove(begin + 1, begin, to - begin);
        *begin = '\\';
        to++;
        ++*digits;
    }
    return to;
}

static int index_line(char *to, size_t room, const struct order *order, const struct stat *status)
{
    int64_t changed = ns(&status->st_mtim), told = ns(&status->st_ctim);
    int calm = (changed > told ? changed : told) < order->settled_ns;
    char mark = order->linkable && calm ? 's' : 'x';
    if (status->st_nlink > 1)
        mark -= 'a' - 'A';
    return snprintf(to, room, "%c %llu %llu %lld %lld %lld\n", mark,
                    (unsigned long long)status->st_dev, (unsigned long long)status->st_ino,
                    (long long)status->st_size, (long long)changed, (long long)told);
}

/* What is known of one folder while it is copied. */
struct folder {
    int source, target, former;
    const char *path;                 /* as the lists say it */
    const char *entries;              /* `former_file`s, so many bytes */
    int64_t entries_length;
    int made;                         /* files that are there at the destination */
};

/* Copies all files of a folder, and lists them. */
static int fill(struct leaves *self, const struct order *order, struct folder *folder,
                struct lists *lists)
{
    int64_t most = 70 + 2 * strlen(folder->path);
    for (int at = 0; at < self->count; at++) {
        const char *name = self->names[at];
        unsigned char digest[DIGEST];
        char *digits;
        struct stat status;
        const struct former_file *known = NULL;
        int one = 0, later = 0, done = LEFT;
        if (lists->sums_used + most + 2 * (int64_t)strlen(name) > lists->sums_room ||
            lists->index_used + INDEX_LINE > lists->index_room) {
            lists->full = 1;
            return LEFT;
        }
        if (folder->former >= 0 && order->linkable) {
            if (fstatat(folder->source, name, &status, AT_SYMLINK_NOFOLLOW) ||
                !S_ISREG(status.st_mode) || (order->links_tell && status.st_nlink > 1) ||
                !near(&status.st_mtim) || !near(&status.st_ctim))
                return LEFT;
            known = unchanged(folder->entries, folder->entries_length, name, &status);
            if (known) {
                if ((order->read_former || order->read_source) &&
                    status.st_size > order->most_bytes)
                    return LEFT;
                done = link_file(self, order, folder->source, folder->target, folder->former, name,
                                 &status, known->digest, &one);
                memcpy(digest, known->digest, sizeof digest);
            }
        }
        if (done == DONE) {
            lists->linked_files++;
            lists->linked_bytes += status.st_size;
            if (order->read_former || order->read_source)
                lists->read += status.st_size;
        } else {
            done = copy_file(self, order, folder->source, folder->target, name, &status, digest,
                             &one, &later);
            lists->read += status.st_size;
        }
        folder->made += one;
        if (done != DONE)
            return LEFT;
        lists->bytes += status.st_size;
        if (lists->read > order->most_bytes) {
            lists->full = 1;
            return LEFT;
        }
        char *line = lists->sums + lists->sums_used;
        lists->sums_used += sums_line(line, folder->path, name, &digits) - line;
        if (later)
            self->pieces[self->waiting - 1].digits = digits;
        else
            put_digits(digits, digest);
        lists->index_used += index_line(lists->index + lists->index_used, INDEX_LINE, order,
                                        &status);
    }
    lists->files += self->count;
    return DONE;
}

static int copy_folder(struct leaves *self, const struct order *order, const char *name,
                       struct folder *folder, struct lists *lists)
{
    int done = LEFT, made_folder = 0;
    struct stat before, after;
    folder->target = folder->former = -1;
    folder->made = 0;
    folder->source = open_quietly(order->source, name, O_RDONLY | O_DIRECTORY);
    if (folder->source < 0)
        return LEFT;
    if (fstat(folder->source, &before) || list(self, folder->source) != DONE ||
        !bare(folder->source) || flagged(folder->source, OF_FOLDERS) || mkdirat(order->target, name, first_mode(self, &before)))
        goto out;
    made_folder = 1;
    folder->target = openat(order->target, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    /* What it inherits its files would inherit too. */
    if (folder->target < 0 || !bare(folder->target) ||
        (!ours(self, &before) && fchown(folder->target, before.st_uid, before.st_gid)))
        goto out;
    if (order->former >= 0 && folder->entries_length)
        folder->former = open_quietly(order->former, name, O_RDONLY | O_DIRECTORY);
    if (fill(self, order, folder, lists) != DONE || fstat(folder->source, &after) ||
        !same_owner(&after, &before) || !same_times(&after, &before) ||
        !its_own(order, order->source, name, &after) || finish(folder->target, &after) != DONE)
        goto out; /* what was moved away and back has another time by now, and is done anew */
    int64_t room = lists->tree_room - lists->tree_used;
    int length = snprintf(lists->tree + lists->tree_used, room, "d %o %u %u %s",
                          after.st_mode & 07777, after.st_uid, after.st_gid, folder->path);
    if (length < 0 || length + 1 > room) {
        lists->full = 1;
        goto out;
    }
    lists->tree_used += length + 1; /* with its NUL */
    lists->folders++;
    done = DONE;
out:
    if (made_folder && done != DONE) {
        for (int at = 0; at < folder->made; at++)
            if (unlinkat(folder->target, self->names[at], 0) && errno != ENOENT)
                done = -errno;
        if (unlinkat(order->target, name, AT_REMOVEDIR))
            done = -errno;
    }
    if (folder->target >= 0)
        close(folder->target);
    if (folder->former >= 0)
        close(folder->former);
    close(folder->source);
    return done;
}

/* Reads so many folders ahead while they are done, if the last ones had to come from the disk. */
static int begin_ahead(struct leaves *self, struct ahead *ahead, const char *names, int count)
{
    if (count < 2 || self->ahead == AHEAD_NEVER ||
        (self->ahead == AHEAD_WHERE_COLD && !self->cold))
        return 0;
    ahead_begin(ahead, names, count);
    return 1;
}

/* Ends that, if it was begun, and sees whether the next ones are to be read ahead. */
static void end_ahead(struct leaves *self, struct ahead *ahead, int begun, int64_t before, int done)
{
    int64_t from_disk = read_from_disk() - before;
    if (begun)
        from_disk += ahead_end(ahead);
    self->cold = done > 0 && from_disk >= (int64_t)COLD * done;
}

/* Copies folders of one folder, up to the first that is left, or that has no room in the lists or
 * in `most_bytes` beside those before it; `folders` says how many are done.
 *
 * `names`: so many names, each with a NUL; `lead` stands before each in the lists; `entries`: what a
 * former set says of their files, `lengths` of them, in bytes, each folder's after the other.
 */
int leaves_copy(struct leaves *self, const struct order *order, const char *names, int count,
                const char *lead, const char *entries, const int64_t *lengths, struct lists *lists)
{
    size_t lead_length = strlen(lead);
    int links = order->former >= 0 && order->linkable;
    struct folder folder = {.entries = entries};
    struct ahead ahead = {
        .holder = order->source,
        .former = links ? order->former : -1,
        .content = !links || order->read_source,
        .former_content = order->read_former,
        .most = order->most_bytes,
    };
    int64_t from_disk = read_from_disk();
    int begun = begin_ahead(self, &ahead, names, count);
    char *path = malloc(lead_length + NAME_MAX + 2);
    int done = path ? DONE : LEFT;
    if (path)
        memcpy(path, lead, lead_length);
    folder.path = path;
    for (int at = 0; at < count && done == DONE; at++) {
        size_t length = strlen(names);
        struct lists before = *lists;
        if (length > NAME_MAX)
            break;
        self->settled = self->waiting;
        memcpy(path + lead_length, names, length + 1);
        folder.entries_length = lengths ? lengths[at] : 0;
        done = copy_folder(self, order, names, &folder, lists);
        if (done != DONE) {
            before.full = lists->full;
            *lists = before;
            self->waiting = self->settled;
        }
        names += length + 1;
        folder.entries += folder.entries_length;
    }
    end_ahead(self, &ahead, begun, from_disk, lists->folders);
    put_hashes(self);
    free(path);
    return done;
}

/* A line of a list of hashes: `<64 digits>  <path>/<name>\n`, nothing escaped. */
struct line {
    const char *digits, *name;
    size_t name_length;
};

/* Takes a line apart; returns where the next one begins, NULL where this is none. */
static const char *take_line(const char *from, const char *end, struct line *line)
{
    const char *stop = memchr(from, '\n', end - from);
    if (!stop || stop - from <= DIGITS + 2)
        return NULL;
    line->digits = from;
    line->name = from + DIGITS + 2;
    const char *slash = memrchr(line->name, '/', stop - line->name);
    if (slash)
        line->name = slash + 1;
    line->name_length = stop - line->name;
    return stop + 1;
}

static int value_of(char digit)
{
    return digit >= '0' && digit <= '9' ? digit - '0'
           : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static int digest_of(const char *digits, unsigned char *digest)
{
    for (int at = 0; at < DIGEST; at++) {
        int high = value_of(digits[2 * at]), low = value_of(digits[2 * at + 1]);
        if (high < 0 || low < 0)
            return LEFT;
        digest[at] = high << 4 | low;
    }
    return DONE;
}

static void say_wrong(struct checked *result, int64_t folder, int64_t file)
{
    result->folder[result->count] = folder;
    result->file[result->count++] = file;
}

/* Compares what waited. */
static void compare_hashes(struct leaves *self, struct checked *result)
{
    int count = take_hashes(self);
    for (int at = 0; at < count; at++) {
        const struct piece *piece = &self->pieces[at];
        if (memcmp(piece->digest, piece->wanted, DIGEST))
            say_wrong(result, piece->folder, piece->file);
    }
}

/* Whether nothing could be opened now, or not by this user, or the file server is gone: that says
 * nothing of the file. As `reading.MEANS`, `reading.RIGHTS` and `reading.GONE`. */
static int is_no_word(int error)
{
    switch (error) {
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EACCES:
    case EPERM:
    case ESTALE:
    case ENOTCONN:
    case ETIMEDOUT:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENETDOWN:
    case ENETUNREACH:
    case ESHUTDOWN:
    case ECONNRESET:
    case ECONNABORTED:
    case ECONNREFUSED:
        return 1;
    default:
        return 0;
    }
}

/* Whether an open folder's record in `TREE` begins so. */
static int has_head(int folder, const char *head)
{
    struct stat status;
    char its[HEAD];
    if (fstat(folder, &status))
        return 0;
    snprintf(its, sizeof its, "d %o %u %u ", status.st_mode & 07777, status.st_uid, status.st_gid);
    return !strcmp(its, head);
}

/* Compares a folder; LEFT, with nothing read, where it is not what is listed (`head`, if that is not
 * NULL), where it does not hold just what is listed, in that order, where that is more than `most`
 * bytes, or where so many are wrong already that there may be no room to say so; below 0, by errno,
 * where a file can't be read for want of descriptors, memory, rights or a server. */
static int check_folder(struct leaves *self, int holder, const char *name, const char *head,
                        const char *lines, int64_t length, int64_t most, struct checked *result)
{
    int done = LEFT, at = 0;
    int64_t whole = 0;
    struct stat status;
    struct line line;
    const char *next = lines, *end = lines + length;
    unsigned char digest[DIGEST];
    int folder = open_quietly(holder, name, O_RDONLY | O_DIRECTORY);
    if (folder < 0)
        return LEFT;
    if ((head && !has_head(folder, head)) || list(self, folder) != DONE)
        goto out;
    if (self->count > FILES - result->count - self->waiting)
        compare_hashes(self, result);
    if (self->count > FILES - result->count)
        goto out;
    for (; next < end; at++) {
        next = take_line(next, end, &line);
        if (!next || at == self->count || strlen(self->names[at]) != line.name_length ||
            memcmp(self->names[at], line.name, line.name_length) ||
            (*line.digits != UNREAD && digest_of(line.digits, digest) != DONE))
            goto out;
        /* Most folders hold one file: how large it is is seen when it is open. */
        if (self->count > 1 && (fstatat(folder, self->names[at], &status, AT_SYMLINK_NOFOLLOW) ||
                                !S_ISREG(status.st_mode) || (whole += status.st_size) > most))
            goto out;
    }
    if (at != self->count)
        goto out;
    for (at = 0, next = lines; at < self->count; at++) {
        next = take_line(next, end, &line);
        if (!next) /* it was there a moment ago */
            goto out;
        if (*line.digits == UNREAD)
            continue;
        digest_of(line.digits, digest);
        int fd = open_quietly(folder, self->names[at], O_RDONLY | O_NONBLOCK);
        if (fd < 0 && is_no_word(errno)) {
            done = -errno;
            goto out;
        }
        int known = fd >= 0 && !fstat(fd, &status);
        if (self->count == 1 && ((fd < 0 && errno == ENOENT) ||
                                 (known && (!S_ISREG(status.st_mode) || status.st_size > most)))) {
            if (fd >= 0)
                close(fd);
            goto out; /* nothing was read */
        }
        int good = known && S_ISREG(status.st_mode);
        errno = 0; /* a file server may ask for rights only now */
        if (good && can_wait(self, status.st_size)) {
            if (enough_waits(self, status.st_size))
                compare_hashes(self, result);
            good = read_to_wait(self, fd, -1, status.st_size) == DONE;
            if (good) {
                struct piece *piece = &self->pieces[self->waiting - 1];
                memcpy(piece->wanted, digest, DIGEST);
                piece->folder = result->folders;
                piece->file = at;
            }
        } else if (good) {
            good = holds(self, fd, status.st_size, digest);
        }
        if (known && !good && is_no_word(errno)) {
            done = -errno;
            close(fd);
            goto out;
        }
        if (fd >= 0)
            close(fd);
        if (known)
            result->bytes += status.st_size;
        if (!good)
            say_wrong(result, result->folders, at);
    }
    result->folders++;
    done = DONE;
out:
    close(folder);
    return done;
}

/* Compares folders of one folder of a set with what is listed, up to the first that is left, or
 * until `most` bytes were read; `folders` says how many are compared.
 *
 * `names`: so many names, each with a NUL; `heads`: what is listed of these folders, likewise, or
 * NULL; `lines`: of their files, `lengths` of them in bytes, each folder's after the other. What was
 * read wrong once is not read again. Returns less than 0 where nothing can be said (`check_folder`).
 */
int leaves_check(struct leaves *self, int holder, const char *names, int count, const char *heads,
                 const char *lines, const int64_t *lengths, int64_t most, struct checked *result)
{
    /* Where only a part is read, what lies next to it is not to be read either. */
    int whole = *lines != UNREAD && !strstr(lines, (const char[]){'\n', UNREAD, 0});
    struct ahead ahead = {.holder = holder, .former = -1, .content = whole, .most = most};
    int64_t from_disk = read_from_disk();
    int begun = begin_ahead(self, &ahead, names, count);
    result->folders = result->bytes = result->count = 0;
    int done = DONE;
    for (int at = 0; at < count && result->bytes < most; at++) {
        done = check_folder(self, holder, names, heads, lines, lengths[at], most, result);
        if (done != DONE)
            break;
        if (heads)
            heads += strlen(heads) + 1;
        names += strlen(names) + 1;
        lines += lengths[at];
    }
    end_ahead(self, &ahead, begun, from_disk, result->folders);
    compare_hashes(self, result);
    return done < 0 ? done : 0;
}
