/* One file: copy it, link it to an earlier copy, or read it. Part of `subtrees.c`, which includes it. */

/* Whether an open file is plain: regular, without holes, not too large. Its position is set to 0. */
static int plain(int fd, const struct stat *status, int64_t most)
{
    if (!S_ISREG(status->st_mode) || status->st_size > most || !near(&status->st_mtim) ||
        !near(&status->st_ctim))
        return 0;
    /* See `content.has_holes`. */
    return !status->st_size || (lseek(fd, 0, SEEK_HOLE) == status->st_size && lseek(fd, 0, SEEK_SET) == 0);
}

/* A folder's descriptors: the source, the copy, the earlier copies; -1: none. */
struct folder {
    int source, target, former[FORMERS];
};

static int same_time(const struct timespec *one, const struct timespec *other)
{
    return one->tv_sec == other->tv_sec && one->tv_nsec == other->tv_nsec;
}

/* Whether mtime and ctime are equal: a writer can reset the first, but not the second. */
static int same_times(const struct stat *one, const struct stat *other)
{
    return same_time(&one->st_mtim, &other->st_mtim) && same_time(&one->st_ctim, &other->st_ctim);
}

static int same_owner(const struct stat *one, const struct stat *other)
{
    return one->st_mode == other->st_mode && one->st_uid == other->st_uid &&
           one->st_gid == other->st_gid;
}

/* Whether the name still leads to the file that was read. A moved file stays open, and may
 * have been changed at its new place. A ctime from before the copy began proves that it was not moved
 * (`same_file`). */
static int its_own(const struct order *order, int folder, const char *name, const struct stat *status)
{
    struct stat now;
    if (near(&status->st_ctim) && ns(&status->st_ctim) < order->calm_ns)
        return 1;
    return !fstatat(folder, name, &now, AT_SYMLINK_NOFOLLOW) && now.st_dev == status->st_dev &&
           now.st_ino == status->st_ino;
}

/* Whether new files get this owner when they are created. If not, and the caller doesn't set it, `finish`
 * does; a failure then shows only after the content was written. */
static int ours(const struct subtrees *self, const struct stat *status)
{
    return status->st_uid == self->uid && status->st_gid == self->gid;
}

/* The mode to create a file or folder with. It is the final mode if group and others have equal rights (so
 * that the group at creation does not matter), neither may write, and the owner may read, write and, for a
 * folder, enter. Otherwise only the owner has rights until the file or folder is finished. */
static mode_t first_mode(const struct subtrees *self, const struct stat *status)
{
    mode_t mode = status->st_mode, mine = S_ISDIR(mode) ? 0700 : 0600;
    int at_once = ours(self, status) && (mode & (07022 | mine)) == mine &&
                  (mode >> 3 & 7) == (mode & 7);
    return at_once ? mode & 0777 : mine;
}

/* Sets the owner (if it differs), mode and times of an open file or folder, after all its content was
 * written. */
static int finish(int fd, const struct stat *status)
{
    struct stat made;
    struct timespec times[2] = {status->st_atim, status->st_mtim};
    /* Setgid folders and umasks may have changed the group and mode at creation. The mode comes after the
     * owner: chown(2) can clear setuid and setgid. */
    if (fstat(fd, &made))
        return LEFT;
    int another = made.st_uid != status->st_uid || made.st_gid != status->st_gid;
    if (another && fchown(fd, status->st_uid, status->st_gid))
        return LEFT;
    if ((another || made.st_mode != status->st_mode) && fchmod(fd, status->st_mode & 07777))
        return LEFT;
    return futimens(fd, times) == 0 ? DONE : LEFT;
}

/* Whether a file grants rights to whoever executes it: Python reports that (`privileges`). */
static int gives_rights(const struct stat *status)
{
    return status->st_mode & S_ISUID || (status->st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP);
}

/* Copies a file. If its hash is computed later, `later` is set, and the file is the last of `pieces`.
 * `size`: bytes written. */
static int copy_file(struct subtrees *self, const struct order *order, int source, int target,
                     const char *name, struct stat *status, unsigned char *digest, int *made,
                     int *later, int64_t *size)
{
    int done = LEFT, to = -1, waiting = self->waiting, holds = self->database && self->beside.any;
    size_t pool_used = self->pool_used;
    struct stat before;
    struct held held = {.shm = -1, .log = -1};
    int from = open_quietly(source, name, O_RDONLY | O_NONBLOCK);
    if (from < 0)
        return LEFT;
    if (fstat(from, &before) || !plain(from, &before, order->largest) ||
        (order->links_tell && before.st_nlink > 1) || gives_rights(&before) ||
        !ordinary(from, HELD_FAST) || (self->database && !holds && !is_closed(from)) ||
        (holds && hold(source, name, from, order->largest, &held) != DONE))
        goto out;
    *size = before.st_size;
    int ready = !holds || bring_together(self, from, before.st_size, &held, size) == DONE;
    waiting = self->waiting; /* `bring_together` may have hashed the waiting pieces */
    pool_used = self->pool_used;
    if (!ready)
        goto out;
    to = openat(target, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                first_mode(self, &before));
    if (to < 0)
        goto out;
    *made = 1;
    *later = can_wait(self, *size);
    if (*later && !holds && enough_waits(self, *size))
        put_hashes(self);
    waiting = self->waiting;
    pool_used = self->pool_used;
    if ((!ours(self, &before) && fchown(to, before.st_uid, before.st_gid)) ||
        (holds    ? put_together(self, to, *size, digest)
         : *later ? read_to_wait(self, from, to, *size)
                  : read_through(self, from, to, *size, digest)) != DONE ||
        fstat(from, status) ||
        status->st_size != before.st_size || !same_times(status, &before) ||
        !same_owner(status, &before) || (order->links_tell && status->st_nlink > 1) ||
        !its_own(order, source, name, status) ||
        (self->database && !as_it_was(source, name, from, holds ? &held : NULL)))
        goto out;
    if (holds) /* the state of the log that was merged */
        self->beside.status[LOG] = held.log_status;
    if (same_attributes(from, to, 1))
        done = finish(to, status);
out:
    if (to >= 0 && close(to))
        done = LEFT; /* a write error reported late (NFS, quotas) */
    if (done != DONE) { /* drop the file's data from the waiting pieces */
        self->waiting = waiting;
        self->pool_used = pool_used;
    }
    let_go(&held);
    close(from);
    return done;
}

/* Whether the first `size` bytes of an open file have this hash. */
static int holds(struct subtrees *self, int fd, int64_t size, const unsigned char *wanted)
{
    unsigned char digest[DIGEST];
    return read_through(self, fd, -1, size, digest) == DONE &&
           !memcmp(digest, wanted, sizeof digest);
}

/* Whether a file still has the state that an earlier set recorded. */
static int unchanged(const struct former_file *file, const struct stat *status, int64_t changed)
{
    return file->device == status->st_dev && file->inode == status->st_ino &&
           file->size == status->st_size && file->mtime_ns == ns(&status->st_mtim) &&
           file->ctime_ns == changed;
}

/* Links to an earlier copy. LEFT, with nothing done, if a new copy would differ from the earlier one.
 * `size`: bytes of the linked file. */
static int link_file(struct subtrees *self, const struct order *order, const struct folder *folder,
                     int which, const char *name, const struct stat *status,
                     const unsigned char *digest, int *made, int64_t *size)
{
    int source = folder->source, former = folder->former[which];
    int done = LEFT;
    struct stat kept_status, file_status;
    /* With a merged log, a database's copy is longer than the database file. */
    int has_log = self->database && self->beside.status[LOG].st_size;
    int kept = open_quietly(former, name, O_RDONLY | O_NONBLOCK);
    int file = kept < 0 ? -1 : open_quietly(source, name, O_RDONLY | O_NONBLOCK);
    if (file < 0)
        goto out;
    if (fstat(kept, &kept_status) || !S_ISREG(kept_status.st_mode) ||
        (!has_log && kept_status.st_size != status->st_size) || !same_time(&kept_status.st_mtim, &status->st_mtim) ||
        !same_owner(&kept_status, status) || fstat(file, &file_status) ||
        file_status.st_dev != status->st_dev || file_status.st_ino != status->st_ino ||
        file_status.st_size != status->st_size || !same_times(&file_status, status) ||
        flagged(file, HELD_FAST) || flagged(kept, HELD_FAST) || !same_attributes(file, kept, 0) ||
        (order->read_former[which] && !holds(self, kept, kept_status.st_size, digest)) ||
        (order->read_source[which] && !holds(self, file, status->st_size, digest)))
        goto out;
    if (linkat(former, name, folder->target, name, 0) == 0) {
        *made = 1;
        *size = kept_status.st_size;
        done = DONE;
    }
out:
    if (kept >= 0)
        close(kept);
    if (file >= 0)
        close(file);
    return done;
}

/* Continues a CRC-32 as zlib computes it, without its final inversion. */
static uint32_t crc32_on(uint32_t crc, const char *text)
{
    for (; *text; text++) {
        crc ^= (unsigned char)*text;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return crc;
}

/* Whether a file is in the part to read, as `pieces.in_part`; `path`: its folder, ends with `/`. */
static int in_part(const struct order *order, const char *path, const char *name)
{
    return order->parts < 2 ||
           ~crc32_on(crc32_on(~0u, path), name) % order->parts + 1 == order->part;
}

/* Hashes a file without copying it; the hash may be computed `later`, as in `copy_file`. */
static int hash_file(struct subtrees *self, const struct order *order, int holder, const char *name,
                     struct stat *status, unsigned char *digest, int *later)
{
    int done = LEFT, fd = open_quietly(holder, name, O_RDONLY | O_NONBLOCK);
    if (fd < 0)
        return LEFT;
    if (fstat(fd, status) || !S_ISREG(status->st_mode) || status->st_size > order->largest)
        goto out;
    *later = can_wait(self, status->st_size);
    if (*later && enough_waits(self, status->st_size))
        put_hashes(self);
    errno = 0;
    done = *later ? read_to_wait(self, fd, -1, status->st_size)
                  : read_through(self, fd, -1, status->st_size, digest);
    if (done != DONE && errno == EIO) { /* unreadable: an all-zero hash, without a second attempt */
        memset(digest, 0, DIGEST);
        *later = 0;
        done = DONE;
    }
out:
    close(fd);
    return done;
}
