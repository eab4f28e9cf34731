/* The lists of earlier copies, read in step with the walk. Part of `subtrees.c`, which includes it. */

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

/* Undoes sha256sum's escapes in a name (`sums.parse_line`). */
static int unescape(char *path)
{
    char *to = path;
    for (; *path; path++, to++) {
        if (*path != '\\') {
            *to = *path;
            continue;
        }
        path++;
        if (*path != '\\' && *path != 'n' && *path != 'r')
            return LEFT;
        *to = *path == 'n' ? '\n' : *path == 'r' ? '\r' : '\\';
    }
    *to = 0;
    return DONE;
}

/* Reads the next file of a list. After the list's end, or an invalid line, no more files are known. */
static void read_next(struct reader *self)
{
    char line[INDEX_LINE], *end = line + 1;
    struct former_file *file = &self->file;
    ssize_t length;
    self->path = NULL;
    if (self->left <= 0 || !fgets(line, sizeof line, self->index) ||
        (length = getline(&self->line, &self->room, self->sums)) <= DIGITS + 3)
        goto over;
    self->left--;
    self->settled = *line == 's' || *line == 'S';
    file->device = strtoull(end, &end, 10);
    file->inode = strtoull(end, &end, 10);
    file->size = strtoll(end, &end, 10);
    file->mtime_ns = strtoll(end, &end, 10);
    file->ctime_ns = strtoll(end, &end, 10);
    int odd = *self->line == '\\';
    if (*end != '\n' || self->line[length - 1] != '\n' ||
        digest_of(self->line + odd, file->digest) != DONE || length <= DIGITS + 3 + odd + self->prefix)
        goto over;
    self->line[length - 1] = 0;
    for (const int64_t *pair = self->moved; pair && *pair != -1; pair += 2)
        if ((uint64_t)*pair == file->device) {
            file->device = pair[1];
            break;
        }
    self->path = self->line + DIGITS + 2 + odd;
    if (odd && unescape(self->path) != DONE)
        goto over;
    self->path += self->prefix;
    return;
over:
    self->path = NULL;
    self->left = 0;
}

/* Compares two paths in walk order: a folder's files, then its folders (`index.walk_key`). */
static int in_walk(const char *one, const char *other)
{
    size_t at = 0, begin = 0;
    for (; one[at] && one[at] == other[at]; at++)
        if (one[at] == '/')
            begin = at + 1;
    if (one[at] == other[at])
        return 0;
    int below = strchr(one + begin, '/') != NULL, other_below = strchr(other + begin, '/') != NULL;
    if (below != other_below)
        return below - other_below;
    unsigned char a = one[at] == '/' ? 0 : one[at], b = other[at] == '/' ? 0 : other[at];
    return a < b ? -1 : 1;
}

/* Returns a file's entry in the lists of an earlier copy; NULL: there is none, or its times don't prove
 * that the file is unchanged. In one call, paths must be asked for in walk order. */
static const struct former_file *former_of(struct subtrees *self, int former, const char *path)
{
    const struct former_file *found = NULL;
    for (int at = 0; at < READERS_OF_LISTS; at++) {
        struct reader *reader = &self->readers[at];
        int order = -1;
        if (!reader->sums || reader->former != former)
            continue;
        for (;;) {
            if (!reader->path && reader->left > 0)
                read_next(reader);
            if (!reader->path || (order = in_walk(reader->path, path)) >= 0)
                break;
            reader->path = NULL;
        }
        if (reader->path && !order)
            found = reader->settled ? &reader->file : NULL;
    }
    return found;
}

/* Opens the lists of an earlier copy, to read walk `at` in them; returns 0 if they can't be opened.
 * `moved`: see `struct reader`; the caller keeps and frees it. */
int subtrees_read(struct subtrees *self, int at, int former, const char *sums, const char *index,
                int64_t prefix, const int64_t *moved)
{
    struct reader *reader = &self->readers[at];
    reader->sums = fopen(sums, "re");
    reader->index = reader->sums ? fopen(index, "re") : NULL;
    reader->former = former;
    reader->prefix = prefix;
    reader->moved = moved;
    return reader->index != NULL;
}

/* Goes to the positions at which a call begins. `places`: for each walk, the offsets of its lines in both
 * lists, and the number of lines. */
static void seek_lists(struct subtrees *self, const int64_t *places)
{
    for (int at = 0; at < READERS_OF_LISTS; at++, places += 3) {
        struct reader *reader = &self->readers[at];
        if (!reader->index)
            continue;
        reader->path = NULL;
        reader->left = places[2];
        if (reader->left && (fseeko(reader->sums, places[0], SEEK_SET) ||
                             fseeko(reader->index, places[1], SEEK_SET)))
            reader->left = 0;
    }
}
