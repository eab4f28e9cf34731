/* Lines for the lists of a set. Part of `subtrees.c`, which includes it. */

/* Writes a path with sha256sum's escapes; returns its end, and sets `mark` if anything was escaped. */
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

/* Writes a line with room for the hash, and sets `digits` to that place; returns the line's end. */
static char *sums_line(char *to, const char *path, const char *name, char **digits)
{
    char *begin = to;
    int mark = 0;
    *digits = to;
    to += DIGITS;
    *to++ = ' ';
    *to++ = ' ';
    to = escaped(to, path, &mark);
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

static int index_line(struct subtrees *self, char *to, size_t room, const struct order *order,
                      const struct stat *status)
{
    int64_t newest, changed = last_change(self, status, &newest);
    char mark = order->linkable && newest < order->settled_ns ? 's' : 'x';
    if (status->st_nlink > 1)
        mark -= 'a' - 'A';
    return snprintf(to, room, "%c %llu %llu %lld %lld %lld\n", mark,
                    (unsigned long long)status->st_dev, (unsigned long long)status->st_ino,
                    (long long)status->st_size, (long long)ns(&status->st_mtim),
                    (long long)changed);
}
