/* Copy, read or count folders with everything below them, and list them. Part of `subtrees.c`, which
 * includes it. */

/* An entry that a call leaves to the walk. After this come its path, then the name to continue with. */
struct told {
    int64_t sums, index, tree, files; /* what was listed before it */
    int64_t device, inode;            /* of a begun folder itself; else of the entry's folder */
    uint32_t kind, path, since;       /* lengths */
};

#define BESIDE 8 /* most names after a database's that are handled in the same call */

/* Kinds of left entries, as `pieces.Kind`: any entry other than a folder; a folder; a folder that was
 * begun, to be continued at `since` (empty: only to be finished); an entry whose rest can't be removed. */
enum { TOLD_FILE = 1, TOLD_FOLDER = 2, TOLD_BEGUN = 3, TOLD_FAILED = 4 };

static void tell(const struct subtrees *self, struct lists *lists, int kind, const char *name,
                 const struct stat *status, const char *since)
{
    size_t length = strlen(name), its = since ? strlen(since) + 1 : 0;
    struct told told = {
        lists->sums_used, lists->index_used, lists->tree_used, lists->files,
        status ? status->st_dev : 0, status ? status->st_ino : 0,
        kind, self->path_length + length, its,
    };
    char *to = lists->told + lists->told_used;
    memcpy(to, &told, sizeof told);
    to += sizeof told;
    memcpy(to, self->path, self->path_length);
    memcpy(to + self->path_length, name, length);
    if (its) /* including the byte for its kind */
        memcpy(to + told.path, since - 1, its);
    lists->told_used += sizeof told + told.path + its;
}

/* Whether a call has done enough, or should leave the rest to an idle worker. Deep in the tree a call does
 * a little more, since each unfinished folder above has to be continued later. */
static int is_much(const struct order *order, const struct lists *lists, int depth)
{
    int64_t said = order->stop ? __atomic_load_n(order->stop, __ATOMIC_RELAXED) : 0;
    int64_t entries = lists->entries - depth * order->most_entries / (4 * SHARES);
    int64_t shares = said == SHARE ? SHARES : 1;
    return said == STOP || entries * shares >= order->most_entries ||
           lists->read * shares >= order->most_bytes;
}

/* Whether a call has to end: it has done enough, or its buffers may have no room for another entry. */
static int enough(const struct subtrees *self, const struct order *order, const struct lists *lists,
                  int depth)
{
    int64_t path = self->path_length + NAME_MAX + 1;
    return is_much(order, lists, depth) ||
           lists->sums_used + (1 + BESIDE) * (DIGITS + 4 + 2 * path) > lists->sums_room ||
           lists->index_used + (1 + BESIDE) * INDEX_LINE > lists->index_room ||
           lists->tree_used + (depth + 1) * (HEAD + path) > lists->tree_room ||
           lists->told_used + (depth + 2 + BESIDE) * ((int64_t)sizeof(struct told) + path + NAME_MAX + 1) >
               lists->told_room;
}

/* Writes a file's line. `digest`: NULL if the file was not read; ignored if it is computed `later`. */
static void list_file(struct subtrees *self, const char *name, const unsigned char *digest, int later,
                      struct lists *lists)
{
    char *digits, *line = lists->sums + lists->sums_used;
    self->path[self->path_length] = 0;
    lists->sums_used += sums_line(line, self->path, name, &digits) - line;
    if (later)
        self->pieces[self->waiting - 1].digits = digits;
    else if (digest)
        put_digits(digits, digest);
    else
        memset(digits, UNREAD, DIGITS);
    lists->files++;
}

/* Copies a file, or links to an earlier copy of the file, and writes its line. */
static int copy_one(struct subtrees *self, const struct order *order, const struct folder *folder,
                    const char *name, struct lists *lists)
{
    unsigned char digest[DIGEST];
    struct stat status;
    int made = 0, later = 0, done = LEFT, seen = 0;
    int64_t size = 0, changed = 0, newest;
    strcpy(self->path + self->path_length, name);
    for (int at = 0; at < FORMERS && done != DONE && order->linkable; at++) {
        const struct former_file *known =
            folder->former[at] < 0 ? NULL : former_of(self, at, self->path + order->prefix);
        if (!known)
            continue;
        if (!seen++ && (fstatat(folder->source, name, &status, AT_SYMLINK_NOFOLLOW) ||
                        !S_ISREG(status.st_mode) || (order->links_tell && status.st_nlink > 1) ||
                        !near(&status.st_mtim) || !near(&status.st_ctim)))
            return LEFT;
        changed = last_change(self, &status, &newest);
        int reads = order->read_former[at] || order->read_source[at];
        if (!unchanged(known, &status, changed))
            continue;
        if (reads && status.st_size > order->largest)
            return LEFT;
        done = link_file(self, order, folder, at, name, &status, known->digest, &made, &size);
        memcpy(digest, known->digest, sizeof digest);
        if (done == DONE) {
            lists->linked_files++;
            lists->linked_bytes += size;
        }
        lists->read += reads ? status.st_size : 0;
    }
    if (done != DONE) {
        done = copy_file(self, order, folder->source, folder->target, name, &status, digest, &made,
                         &later, &size);
        if (done != DONE)
            return made && unlinkat(folder->target, name, 0) && errno != ENOENT ? -errno : LEFT;
        lists->read += size;
    }
    list_file(self, name, digest, later, lists);
    lists->index_used +=
        index_line(self, lists->index + lists->index_used, INDEX_LINE, order, &status);
    lists->bytes += size;
    return DONE;
}

/* Reads a file, if it is in the part to read, and writes its line. */
static int read_one(struct subtrees *self, const struct order *order, const struct folder *folder,
                    const char *name, struct lists *lists)
{
    unsigned char digest[DIGEST];
    struct stat status = {0};
    int later = 0, read = in_part(order, self->path + order->prefix, name);
    if (read) {
        if (hash_file(self, order, folder->source, name, &status, digest, &later) != DONE) {
            if (status.st_size > order->largest) /* reading it is enough work for one batch */
                lists->read += status.st_size;
            return LEFT;
        }
        lists->bytes += status.st_size;
        lists->read += status.st_size;
    } else if (fstatat(folder->source, name, &status, AT_SYMLINK_NOFOLLOW) || !S_ISREG(status.st_mode)) {
        return LEFT; /* only its name was handed out: it may be anything */
    }
    list_file(self, name, read ? digest : NULL, later, lists);
    return DONE;
}

/* Counts a file; LEFT if it has more than one name, or is not a regular file. */
static int count_one(const struct folder *folder, const char *name, struct lists *lists)
{
    struct stat status;
    if (fstatat(folder->source, name, &status, AT_SYMLINK_NOFOLLOW) || !S_ISREG(status.st_mode) ||
        status.st_nlink != 1)
        return LEFT;
    lists->bytes += status.st_size;
    lists->files++;
    return DONE;
}

static int do_folder(struct subtrees *self, const struct order *order, const struct folder *holder,
                     const char *name, int depth, struct lists *lists);

/* Starts to read a folder's entries ahead, if the last folders had to come from the disk. Only the topmost
 * folder with several entries is read ahead. */
static int begin_ahead(struct subtrees *self, const struct order *order, const struct folder *folder,
                       const struct names *names, struct ahead *ahead)
{
    int links = order->linkable && (folder->former[0] >= 0 || folder->former[1] >= 0);
    if (self->reading || names->count < 2 || self->ahead == AHEAD_NEVER ||
        (self->ahead == AHEAD_WHERE_COLD && !self->cold))
        return 0;
    *ahead = (struct ahead){
        .holder = folder->source,
        .former = links ? folder->former[0] : -1,
        /* If only a part is to be read, don't read other files ahead. */
        .content = (!links || order->read_source[0]) && order->parts < 2,
        .former_content = order->read_former[0],
        .most = order->most_bytes,
        .names = names->names,
        .count = names->count,
    };
    ahead_begin(ahead);
    return self->reading = 1;
}

static void end_ahead(struct subtrees *self, struct ahead *ahead, int begun)
{
    if (!begun)
        return;
    self->from_disk += ahead_end(ahead);
    self->reading = 0;
}

/* Does a folder's entries, and records those that it leaves; OVER: it stopped at entry number `at`. */
static int do_entries(struct subtrees *self, const struct order *order, const struct folder *folder,
                      const struct names *names, int depth, struct lists *lists, int *at, int *left)
{
    const char *database = "";
    struct stat here;
    int beside = 0, whole = 0;
    for (*at = 0; *at < names->count; ++*at) {
        const char *name = names->names[*at];
        size_t length = strlen(database);
        /* Possible companions of a database: left if the database is left, skipped if it is copied. */
        int may = length && !is_folder(name) && !strncmp(name, database, length) && name[length] == '-';
        if (may && whole && is_one_of(name + length, COMPANIONS))
            continue;
        int belongs = may && !whole && beside < BESIDE;
        beside = belongs ? beside + 1 : 0;
        if (!belongs && enough(self, order, lists, depth))
            return OVER;
        lists->entries++;
        int done = LEFT;
        if (is_folder(name))
            done = do_folder(self, order, folder, name, depth + 1, lists);
        else if ((self->database = ends_so(name, self->tails)) &&
                 (order->work != COPY || belongs || ends_so(name, COMPANIONS) ||
                  look_beside(folder->source, name, &self->beside) != DONE))
            whole = 0;
        else if (name[-1] == DT_REG)
            done = order->work == COPY   ? copy_one(self, order, folder, name, lists)
                   : order->work == READ ? read_one(self, order, folder, name, lists)
                                         : count_one(folder, name, lists);
        if (self->database && !is_folder(name) && !belongs && done >= 0) {
            database = name;
            whole = done == DONE;
        }
        self->path[self->path_length] = 0;
        if (done < 0) {
            tell(self, lists, TOLD_FAILED, name, NULL, NULL);
            return done;
        }
        if (done == LEFT) {
            tell(self, lists, is_folder(name) ? TOLD_FOLDER : TOLD_FILE, name,
                 fstat(folder->source, &here) ? NULL : &here, NULL);
            ++*left;
        }
        if (done == OVER) {
            ++*at;
            return OVER;
        }
    }
    return DONE;
}

/* Sets the attributes, owner, mode and times of a folder's copy; false if that fails. */
static int finish_folder(const struct order *order, const struct folder *holder, const char *name,
                         const struct folder *folder, struct stat *status)
{
    return !fstat(folder->source, status) && its_own(order, holder->source, name, status) &&
           same_attributes(folder->source, folder->target, 1) &&
           finish(folder->target, status) == DONE;
}

/* Creates a folder's copy, and opens it and its earlier copies; `made`: whether it was created. */
static int make_folder(const struct subtrees *self, const struct folder *holder, const char *name,
                       const struct stat *status, struct folder *folder, int *made)
{
    if (!ordinary(folder->source, HELD_FAST | OF_FOLDERS) ||
        mkdirat(holder->target, name, first_mode(self, status)))
        return LEFT;
    *made = 1;
    folder->target = openat(holder->target, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    /* New files would inherit what this folder inherits; the HELD_FAST flags are never inherited. */
    if (folder->target < 0 || !ordinary(folder->target, 0) ||
        (!ours(self, status) && fchown(folder->target, status->st_uid, status->st_gid)))
        return LEFT;
    for (int one = 0; one < FORMERS; one++)
        if (holder->former[one] >= 0)
            folder->former[one] = open_quietly(holder->former[one], name, O_RDONLY | O_DIRECTORY);
    return DONE;
}

static int do_folder(struct subtrees *self, const struct order *order, const struct folder *holder,
                     const char *name, int depth, struct lists *lists)
{
    int done = LEFT, made = 0, at = 0, left = 0, listed = self->listed, named = self->named;
    size_t length = strlen(name), before_it = self->path_length;
    int64_t told = lists->told_used;
    struct stat status, above;
    struct names names;
    struct ahead ahead;
    struct folder folder = {-1, -1, {-1, -1}};
    int copies = order->work == COPY;
    if (depth > DEEPEST || before_it + length + 2 > PATH_BYTES)
        return LEFT;
    folder.source = open_quietly(holder->source, name, O_RDONLY | O_DIRECTORY);
    if (folder.source < 0)
        return LEFT;
    if (fstat(folder.source, &status) || fstat(holder->source, &above) ||
        (status.st_dev == (dev_t)order->device && status.st_ino == (ino_t)order->inode) ||
        (order->snapshots &&
         (status.st_dev != above.st_dev || is_one_of(name, order->snapshots))) ||
        list(self, folder.source, &names) != DONE ||
        (copies && make_folder(self, holder, name, &status, &folder, &made) != DONE))
        goto out;
    memcpy(self->path + before_it, name, length);
    memcpy(self->path + before_it + length, "/", 2);
    self->path_length += length + 1;
    int begun = begin_ahead(self, order, &folder, &names, &ahead);
    done = do_entries(self, order, &folder, &names, depth, lists, &at, &left);
    end_ahead(self, &ahead, begun);
    self->path_length = before_it;
    self->path[before_it] = 0;
    if (done < 0)
        goto out;
    /* The walk must still enter this folder, and the final mode may allow that to root only. */
    left += self->uid && lists->told_used > told;
    if (done == OVER && at < names.count)
        tell(self, lists, TOLD_BEGUN, name, &status, names.names[at]);
    else if (copies && (left || !finish_folder(order, holder, name, &folder, &status)))
        tell(self, lists, TOLD_BEGUN, name, &status, NULL);
    else {
        if (order->work != COUNT)
            lists->tree_used += 1 + snprintf(lists->tree + lists->tree_used,
                                         lists->tree_room - lists->tree_used, "d %o %u %u %s%s",
                                         status.st_mode & 07777, status.st_uid, status.st_gid,
                                         self->path, name);
        lists->folders++;
    }
out:
    if (made && done == LEFT && unlinkat(holder->target, name, AT_REMOVEDIR))
        done = -errno;
    for (int one = 0; one < FORMERS; one++)
        if (folder.former[one] >= 0)
            close(folder.former[one]);
    if (folder.target >= 0)
        close(folder.target);
    close(folder.source);
    self->listed = listed;
    self->named = named;
    return done;
}

/* Does entries of one folder with everything below them, until the call has to end. `lists` receives the
 * number of entries begun, the lines about the files done, and the entries left.
 *
 * `names`: `count` names in walk order, each after its kind and ended by a NUL; `lead`: prefix of the names
 * in the lists; `places`: positions of the first name in the lists of earlier copies (`seek_lists`).
 */
int subtrees_do(struct subtrees *self, const struct order *order, char *names, int count,
                const char *lead, const int64_t *places, struct lists *lists)
{
    struct folder holder = {order->source, order->target, {order->former[0], order->former[1]}};
    struct ahead ahead;
    struct names found = {self->names, 0};
    int64_t from_disk = read_from_disk();
    int at = 0, left = 0;
    lists->begun = 0;
    self->path_length = strlen(lead);
    if (self->path_length > PATH_BYTES || count > NAMES)
        return OVER;
    self->listed = 0;
    strcpy(self->path, lead);
    for (; found.count < count; names += strlen(names) + 1)
        self->names[found.count++] = ++names;
    self->named = count;
    seek_lists(self, places);
    self->from_disk = 0;
    int begun = begin_ahead(self, order, &holder, &found, &ahead);
    int done = do_entries(self, order, &holder, &found, 0, lists, &at, &left);
    lists->begun = at;
    end_ahead(self, &ahead, begun);
    if (lists->folders) /* this decides whether the next folders are read ahead */
        self->cold = self->from_disk + read_from_disk() - from_disk >= (int64_t)COLD * lists->folders;
    put_hashes(self);
    return done;
}
