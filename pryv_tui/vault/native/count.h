/* Counting what folders hold that hold nothing but plain files, for `leaves.c`: it is a part of that file. */

struct counted {
    int64_t folders, files, bytes;
};

/* Adds an open folder to what is counted; LEFT, with nothing added, where it holds anything else, a
 * file with several names, or one that vanished. */
static int count_folder(struct leaves *self, int folder, struct counted *result)
{
    int64_t bytes = 0;
    struct names found;
    if (list_files(self, folder, &found) != DONE)
        return LEFT;
    for (int at = 0; at < found.count; at++) {
        struct stat status;
        if (fstatat(folder, found.names[at], &status, AT_SYMLINK_NOFOLLOW) ||
            !S_ISREG(status.st_mode) || status.st_nlink != 1)
            return LEFT;
        bytes += status.st_size;
    }
    result->folders++;
    result->files += found.count;
    result->bytes += bytes;
    return DONE;
}

/* Counts what so many folders of one folder hold; `left` says of each whether it was left.
 * `names`: as for `leaves_copy`. */
void leaves_count(struct leaves *self, int holder, const char *names, int count, char *left,
                  struct counted *result)
{
    for (int at = 0; at < count; at++, names += strlen(names) + 1) {
        int folder = open_quietly(holder, names, O_RDONLY | O_DIRECTORY);
        left[at] = folder < 0 || count_folder(self, folder, result) != DONE;
        if (folder >= 0)
            close(folder);
    }
}
