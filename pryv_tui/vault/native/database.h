/* Databases and their write-ahead logs. Part of `subtrees.c`, which includes it.
 *
 * A database with a log is locked as described in `hold.py`. The commits in its log are merged into the
 * copy, as SQLite does when it recovers a log and checkpoints it (wal.c, walIndexRecover and
 * walCheckpoint; https://sqlite.org/fileformat.html#the_write_ahead_log). Everything that SQLite refuses,
 * or may read differently, is left to SQLite.
 */
#include <endian.h>

#define DATABASE_HEAD 100   /* bytes */
#define LOG_HEAD 32
#define FRAME_HEAD 24
#define LOG_STEP (1 << 16)  /* bytes of a log read at a time: often only a few are committed */
#define LOG_MAGIC 0x377f0682
#define LOG_VERSION 3007000

enum { LOG = 0, SHM = 1, JOURNAL = 2 };

static const char COMPANIONS[] = "-wal\0-shm\0-journal\0"; /* as `names.COMPANIONS` */

/* Finds a file's companions, as `hold.beside` does; LEFT if one of them has to be copied separately. */
static int look_beside(int folder, const char *name, struct beside *found)
{
    char beside[2 * NAME_MAX];
    char *end = stpcpy(beside, name);
    const char *ending = COMPANIONS;
    found->any = 0;
    for (int at = 0; at < 3; at++, ending += strlen(ending) + 1) {
        struct stat *status = &found->status[at];
        strcpy(end, ending);
        if (fstatat(folder, beside, status, AT_SYMLINK_NOFOLLOW)) {
            if (errno != ENOENT)
                return LEFT;
            *status = (struct stat){0};
            continue;
        }
        found->any = 1;
        if (!S_ISREG(status->st_mode) || status->st_nlink > 1 || !near(&status->st_mtim) ||
            !near(&status->st_ctim) || (at == JOURNAL && status->st_size))
            return LEFT;
    }
    return DONE;
}

/* Locks bytes of an open file until it is closed, or unlocks them (`hold._set`). */
static int lock(int fd, int kind, int64_t start, int64_t length)
{
    struct flock lock = {.l_type = kind, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

/* See `hold.keep_log`. */
static int keeps_log(int fd)
{
    return lock(fd, F_RDLCK, 0x40000002, 510);
}

/* Whether an open file without companions is not a database, or is one that nobody has open
 * (`copy.wants_backup`). Such a file is copied like any other, unless a companion appears; the lock taken
 * here keeps an appearing companion in place. */
static int is_closed(int fd)
{
    char head[20];
    ssize_t got = pread(fd, head, sizeof head, 0);
    int is_one = got >= 16 && !memcmp(head, "SQLite format 3", 16);
    return got >= 0 && (!is_one || (got == 20 && head[18] == 2 && head[19] == 2 && keeps_log(fd)));
}

/* A locked database: nobody can change it until all these descriptors are closed. */
struct held {
    int shm, log;             /* descriptors; log -1: there is none, or it is empty */
    struct stat shm_status, log_status;
    unsigned char head[DATABASE_HEAD], log_head[LOG_HEAD];
    size_t page;              /* page size in the log, in bytes */
    int64_t first, count;     /* the log's frames that are in `chunk` */
    int64_t committed, pages; /* number of committed frames; the database's pages with them */
    uint32_t sums[2];         /* checksum over the log's header and the committed frames */
};

static void let_go(struct held *held)
{
    if (held->shm >= 0)
        close(held->shm);
    if (held->log >= 0)
        close(held->log);
}

/* Opens a database's companion: the file with the database's name and `ending`. */
static int open_beside(int folder, const char *name, const char *ending, struct stat *status)
{
    char beside[2 * NAME_MAX];
    snprintf(beside, sizeof beside, "%s%s", name, ending);
    int fd = open_quietly(folder, beside, O_RDONLY | O_NONBLOCK);
    if (fd >= 0 && (fstat(fd, status) || !S_ISREG(status->st_mode) ||
                    !near(&status->st_mtim) || !near(&status->st_ctim))) {
        close(fd);
        errno = EINVAL;
        return -1;
    }
    return fd;
}

/* Locks an open database in write-ahead mode, as `hold.hold` does; LEFT if that fails, or the log has more
 * than `most` bytes. The caller has to call `let_go` in any case. */
static int hold(int folder, const char *name, int from, int64_t most, struct held *held)
{
    if (!lock(from, F_RDLCK, 0x40000000, 1))
        return LEFT;
    int shared = keeps_log(from);
    lock(from, F_UNLCK, 0x40000000, 1);
    if (!shared || pread(from, held->head, DATABASE_HEAD, 0) != DATABASE_HEAD ||
        memcmp(held->head, "SQLite format 3", 16) || held->head[18] != 2 || held->head[19] != 2)
        return LEFT;
    held->shm = open_beside(folder, name, "-shm", &held->shm_status);
    if (held->shm < 0 || !lock(held->shm, F_RDLCK, 123, 1))
        return LEFT;
    held->log = open_beside(folder, name, "-wal", &held->log_status);
    if (held->log < 0)
        return errno == ENOENT ? DONE : LEFT;
    if (!held->log_status.st_size) {
        close(held->log);
        held->log = -1;
        return DONE;
    }
    /* The header may be newer than the status; frames are counted by the length in the status. */
    return held->log_status.st_size <= most &&
                   pread(held->log, held->log_head, LOG_HEAD, 0) == LOG_HEAD &&
                   held->log_status.st_size >= LOG_HEAD
               ? DONE
               : LEFT;
}

static int same_inode(const struct stat *one, const struct stat *other)
{
    return one->st_dev == other->st_dev && one->st_ino == other->st_ino;
}

/* Whether a database has not changed since it was locked, or is still closed (`held` is NULL), as
 * `Held.as_it_was`; the caller checks the file itself and its name. */
static int as_it_was(int folder, const char *name, int from, const struct held *held)
{
    unsigned char head[DATABASE_HEAD];
    struct beside found;
    struct stat log;
    if (look_beside(folder, name, &found) != DONE)
        return 0;
    if (!held)
        return !found.any;
    if (pread(from, head, DATABASE_HEAD, 0) != DATABASE_HEAD || memcmp(head, held->head, DATABASE_HEAD) ||
        !same_inode(&found.status[SHM], &held->shm_status))
        return 0;
    /* The log may only have grown. */
    return held->log < 0 ||
           (same_inode(&found.status[LOG], &held->log_status) && !fstat(held->log, &log) &&
            log.st_size >= held->log_status.st_size &&
            pread(held->log, head, LOG_HEAD, 0) == LOG_HEAD && !memcmp(head, held->log_head, LOG_HEAD));
}

static uint32_t big(const unsigned char *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return be32toh(value);
}

static uint32_t little(const unsigned char *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return le32toh(value);
}

/* Continues a log's checksum; `size` is a multiple of 8 bytes. */
static void add_up(uint32_t *sums, const unsigned char *data, size_t size, int is_big)
{
    uint32_t one = sums[0], other = sums[1];
    for (const unsigned char *end = data + size; data < end; data += 8) {
        one += (is_big ? big(data) : little(data)) + other;
        other += (is_big ? big(data + 4) : little(data + 4)) + one;
    }
    sums[0] = one;
    sums[1] = other;
}

static int adds_up(const uint32_t *sums, const unsigned char *told)
{
    return sums[0] == big(told) && sums[1] == big(told + 4);
}

/* Reads frame number `at` of the log; NULL: it can't be read. The caller has to ask for frames in order,
 * but may start again from the first. */
static const unsigned char *frame_at(struct subtrees *self, struct held *held, int64_t at)
{
    size_t frame = FRAME_HEAD + held->page;
    if (at < held->first || at >= held->first + held->count) {
        int64_t step = LOG_STEP > frame ? LOG_STEP / frame : 1;
        if (at != held->first + held->count || (held->count + step) * frame > CHUNK) {
            held->first = at;
            held->count = 0;
        }
        ssize_t got = pread(held->log, self->chunk + held->count * frame, step * frame,
                            LOG_HEAD + at * frame);
        if (got < (ssize_t)frame)
            return NULL;
        held->count += got / frame;
    }
    return self->chunk + (at - held->first) * frame;
}

/* Whether a frame is the next valid one of its log. `sums`: in: checksum before it; out: with it. */
static int goes_on(const struct held *held, const unsigned char *frame, uint32_t *sums)
{
    int is_big = big(held->log_head) & 1;
    if (!big(frame) || memcmp(frame + 8, held->log_head + 16, 8)) /* written before the log was restarted */
        return 0;
    add_up(sums, frame, 8, is_big);
    add_up(sums, frame + FRAME_HEAD, held->page, is_big);
    return adds_up(sums, frame + 16);
}

/* Finds the committed frames of a log; LEFT if it can't be read, or a later SQLite wrote it. */
static int find_commit(struct subtrees *self, struct held *held)
{
    const unsigned char *head = held->log_head, *frame;
    uint32_t magic = big(head), page = big(head + 8), sums[2] = {0, 0};
    if ((magic & ~1u) != LOG_MAGIC || page < 512 || page > 65536 || page & (page - 1))
        return DONE; /* SQLite treats such a log as empty, here and below */
    add_up(sums, head, LOG_HEAD - 8, magic & 1);
    if (!adds_up(sums, head + LOG_HEAD - 8))
        return DONE;
    if (big(head + 4) != LOG_VERSION)
        return LEFT;
    held->page = page;
    int64_t frames = (held->log_status.st_size - LOG_HEAD) / (FRAME_HEAD + held->page);
    for (int64_t at = 0; at < frames; at++) {
        if (!(frame = frame_at(self, held, at)))
            return LEFT;
        if (!goes_on(held, frame, sums))
            break;
        if (big(frame + 4)) {
            held->committed = at + 1;
            held->pages = big(frame + 4);
            memcpy(held->sums, sums, sizeof sums);
        }
    }
    return DONE;
}

/* Whether the rows listed in the first page are inside it (https://sqlite.org/fileformat.html#b_tree_pages). */
static int rows_lie(const unsigned char *data, size_t page, size_t rows)
{
    size_t first = data[100] == 5 ? 112 : 108, end = first + 2 * rows;
    for (size_t at = first; at < end; at += 2) {
        size_t place = end > page ? 0 : data[at] << 8 | data[at + 1];
        if (place < end || place + 4 > page)
            return 0;
    }
    return 1;
}

static size_t page_size(const unsigned char *head)
{
    return head[16] << 8 | head[17] << 16;
}

/* Whether SQLite would open a database of `size` bytes (btree.c, lockBtree), and find the rows of its
 * schema in the first page. False if the length is not what the header says, or the text is not
 * UTF-8. The content of the rows is for the step `Check SQLite`, as in a closed database. */
static int opens(const unsigned char *data, int64_t size)
{
    size_t page = page_size(data), rows = data[103] << 8 | data[104];
    if (page < 512 || page > 65536 || page & (page - 1) || size < (int64_t)page || size % page)
        return 0;
    return !memcmp(data, "SQLite format 3", 16) && data[18] == 2 && data[19] == 2 &&
           page - data[20] >= 480 && !memcmp(data + 21, "\100\040\040", 3) &&
           (memcmp(data + 24, data + 92, 4) || big(data + 28) == size / page) &&
           big(data + 44) <= 4 && big(data + 56) <= 1 && (data[100] == 5 || data[100] == 13) && rows_lie(data, page, rows);
}

/* Copies the committed frames of a log to their pages in `data`, which has room for all pages; LEFT if
 * the log changed since `find_commit`. Locks stop SQLite, but no other program that can write to
 * the log. So frames that are no longer in memory are checked again, and only checked ones are used. */
static int put_frames(struct subtrees *self, struct held *held, unsigned char *data)
{
    int again = held->first > 0;
    uint32_t sums[2] = {0, 0};
    add_up(sums, held->log_head, LOG_HEAD - 8, big(held->log_head) & 1);
    for (int64_t at = 0; at < held->committed; at++) {
        const unsigned char *frame = frame_at(self, held, at);
        if (!frame || (again && !goes_on(held, frame, sums)))
            return LEFT;
        uint32_t before = big(frame) - 1; /* page 0 does not exist: its number becomes larger than all pages */
        if (before < held->pages) /* pages after the last were cut off later */
            memcpy(data + before * held->page, frame + FRAME_HEAD, held->page);
    }
    return again && memcmp(sums, held->sums, sizeof sums) ? LEFT : DONE;
}

/* Builds a locked database, with its log merged, at the end of the pool, and sets `size`; LEFT if there
 * is no room, or SQLite has to do it. `before`: the size of the database file. */
static int bring_together(struct subtrees *self, int from, int64_t before, struct held *held,
                          int64_t *size)
{
    if (held->log >= 0 && find_commit(self, held) != DONE)
        return LEFT;
    *size = held->committed ? held->pages * (int64_t)held->page : before;
    int64_t room = *size > before ? *size : before;
    if (room > ENOUGH || room < DATABASE_HEAD ||
        (held->committed && (held->page != page_size(held->head) ||
                             *size > before + held->committed * (int64_t)held->page)))
        return LEFT;
    if (enough_waits(self, room))
        put_hashes(self);
    unsigned char *data = self->pool + self->pool_used;
    if (pread(from, data, before, 0) != before)
        return LEFT;
    memset(data + before, 0, room - before);
    return put_frames(self, held, data) == DONE && opens(data, *size) ? DONE : LEFT;
}

/* Writes the database from `bring_together`, and hashes it, or lets it wait for its hash. */
static int put_together(struct subtrees *self, int to, int64_t size, unsigned char *digest)
{
    const unsigned char *data = self->pool + self->pool_used;
    if (write_all(to, data, size) != DONE)
        return LEFT;
    if (!self->pairs)
        return hash(self, data, size, digest);
    leave_to_wait(self, size);
    return DONE;
}

/* Returns a file's ctime; for a database whose log is not empty, the number from `hold.with_log`.
 * `newest`: set to the newest time of the file and its log. */
static int64_t last_change(struct subtrees *self, const struct stat *status, int64_t *newest)
{
    const struct stat *log = &self->beside.status[LOG];
    int64_t changed = ns(&status->st_mtim), told = ns(&status->st_ctim);
    uint64_t high = 0;
    unsigned char digest[DIGEST] = {0};
    char text[128];
    *newest = changed > told ? changed : told;
    if (!self->database || !log->st_size)
        return told;
    int length = snprintf(text, sizeof text, "%lld %llu %lld %lld %lld", (long long)told,
                          (unsigned long long)log->st_ino, (long long)log->st_size,
                          (long long)ns(&log->st_mtim), (long long)ns(&log->st_ctim));
    *newest = *newest > ns(&log->st_mtim) ? *newest : ns(&log->st_mtim);
    *newest = *newest > ns(&log->st_ctim) ? *newest : ns(&log->st_ctim);
    if (hash(self, (unsigned char *)text, length, digest) != DONE)
        *newest = INT64_MAX; /* so that no later set links to it */
    for (int at = 0; at < 8; at++)
        high = high << 8 | digest[at];
    return -1 - (int64_t)(high >> 2);
}
