/* Folders of a set: compared with what is listed, for `leaves.c`: it is a part of that file. */

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
    struct names found;
    int folder = open_quietly(holder, name, O_RDONLY | O_DIRECTORY);
    if (folder < 0)
        return LEFT;
    if ((head && !has_head(folder, head)) || list_files(self, folder, &found) != DONE)
        goto out;
    if (found.count > FILES - result->count - self->waiting)
        compare_hashes(self, result);
    if (found.count > FILES - result->count)
        goto out;
    for (; next < end; at++) {
        next = take_line(next, end, &line);
        if (!next || at == found.count || strlen(found.names[at]) != line.name_length ||
            memcmp(found.names[at], line.name, line.name_length) ||
            (*line.digits != UNREAD && digest_of(line.digits, digest) != DONE))
            goto out;
        /* Most folders hold one file: how large it is is seen when it is open. */
        if (found.count > 1 && (fstatat(folder, found.names[at], &status, AT_SYMLINK_NOFOLLOW) ||
                                !S_ISREG(status.st_mode) || (whole += status.st_size) > most))
            goto out;
    }
    if (at != found.count)
        goto out;
    for (at = 0, next = lines; at < found.count; at++) {
        next = take_line(next, end, &line);
        if (!next) /* it was there a moment ago */
            goto out;
        if (*line.digits == UNREAD)
            continue;
        digest_of(line.digits, digest);
        int fd = open_quietly(folder, found.names[at], O_RDONLY | O_NONBLOCK);
        if (fd < 0 && is_no_word(errno)) {
            done = -errno;
            goto out;
        }
        int known = fd >= 0 && !fstat(fd, &status);
        if (found.count == 1 && ((fd < 0 && errno == ENOENT) ||
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
    int begun = begin_ahead(self, &ahead, names, count, 0);
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
