/* Telling which folders hold no folders, and counting what those hold that hold nothing but plain
 * files, for `leaves.c`: it is a part of that file. */

struct counted {
    int64_t folders, files, bytes;
};

/* Adds an open folder to what is counted; LEFT, with nothing added, where it holds anything else, a
 * file with several names, or one that vanished. */
static int count_folder(struct leaves *self, int folder, struct counted *result)
{
    int64_t bytes = 0;
    if (list(self, folder) != DONE)
        return LEFT;
    for (int at = 0; at < self->count; at++) {
        struct stat status;
        if (fstatat(folder, self->names[at], &status, AT_SYMLINK_NOFOLLOW) ||
            !S_ISREG(status.st_mode) || status.st_nlink != 1)
            return LEFT;
        bytes += status.st_size;
    }
    result->folders++;
    result->files += self->count;
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

/* Tells of so many entries of one folder whether each is a folder that holds no folders, as
 * `leaf_look.is_leaf` does; `device` and `inode`: of one that is none, whatever it holds. */
void leaves_tell(int holder, const char *names, int count, uint64_t device, uint64_t inode, char *leaf)
{
    for (int at = 0; at < count; at++, names += strlen(names) + 1) {
        struct stat status;
        leaf[at] = !fstatat(holder, names, &status, AT_SYMLINK_NOFOLLOW) &&
                   S_ISDIR(status.st_mode) && status.st_nlink == 2 &&
                   status.st_size <= FOLDER_BYTES &&
                   (status.st_dev != device || status.st_ino != inode);
    }
}
