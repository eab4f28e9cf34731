/* Whole folders: copied or linked, and listed, for `leaves.c`: it is a part of that file. */

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
