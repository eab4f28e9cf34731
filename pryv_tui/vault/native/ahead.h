/* Read folders and files ahead, with several threads, when the disk is the bottleneck.
 *
 * Files that were not read recently are on the disk, each small one in several places. Who
 * reads them one by one waits for each, but disks serve many requests at once. Nothing is changed here,
 * and results and errors are dropped: a later read finds the data in memory, or asks the disk again.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#define READERS 8            /* threads */
#define READER_STACK (1 << 18)
#define READ_LISTING 8192    /* bytes of a folder's listing, read at a time */
#define READ_DEEP 8          /* most levels of folders */
#define READ_WHOLE (1 << 20) /* most bytes of a file: the kernel reads larger ones ahead by itself */
#define COLD 3072            /* bytes read from the disk per folder from which reading ahead is worth it */

enum { AHEAD_NEVER = 0, AHEAD_WHERE_COLD = 1, AHEAD_ALWAYS = 2 }; /* as `pieces.Ahead` */

/* One read-ahead, from `ahead_begin` to `ahead_end`; the caller must call both. */
struct ahead {
    int holder, former;      /* the folder of the entries, and its earlier copy; -1: no copy */
    int content, former_content; /* in each: whether to read files, or only their status */
    int64_t most;            /* most bytes of files to read */
    char **names;            /* each after its kind; they must exist until `ahead_end` */
    int count, started;
    pthread_t readers[READERS];
    int next, over;          /* index of the next entry; whether to stop */
    int64_t asked, from_disk;/* bytes */
};

/* Bytes that this thread read from disks. */
static int64_t read_from_disk(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_THREAD, &usage) ? 0 : (int64_t)usage.ru_inblock * 512;
}

static void read_file(struct ahead *self, int folder, const char *name, int content)
{
    struct stat status;
    if (!content) {
        (void)!fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW);
        return;
    }
    int fd = open_quietly(folder, name, O_RDONLY | O_NONBLOCK);
    if (fd < 0)
        return;
    if (!fstat(fd, &status) && S_ISREG(status.st_mode) && status.st_size <= READ_WHOLE) {
        if (__atomic_add_fetch(&self->asked, status.st_size, __ATOMIC_RELAXED) <= self->most)
            posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED);
        else /* the limit is reached: later calls read the rest */
            __atomic_store_n(&self->over, 1, __ATOMIC_RELAXED);
    }
    close(fd);
}

static int is_over(struct ahead *self)
{
    return __atomic_load_n(&self->over, __ATOMIC_RELAXED);
}

/* Reads a folder with everything below it, or a file. The byte before `name` is its kind. */
static void read_entry(struct ahead *self, int holder, const char *name, int content, int depth)
{
    _Alignas(struct entry) char listing[READ_LISTING];
    int folder = open_quietly(holder, name, O_RDONLY | O_DIRECTORY);
    if (folder < 0) {
        if (errno == ENOTDIR && name[-1] == DT_REG)
            read_file(self, holder, name, content);
        return;
    }
    while (!is_over(self)) {
        long got = syscall(SYS_getdents64, folder, listing, sizeof listing);
        if (got <= 0)
            break;
        for (long at = 0; at < got && !is_over(self);) {
            struct entry *entry = (struct entry *)(listing + at);
            at += entry->length;
            if (!strcmp(entry->name, ".") || !strcmp(entry->name, ".."))
                continue;
            if (entry->type == DT_REG)
                read_file(self, folder, entry->name, content);
            else if (entry->type == DT_DIR && depth < READ_DEEP)
                read_entry(self, folder, entry->name, content, depth + 1);
        }
    }
    close(folder);
}

static void *read_on(void *of)
{
    struct ahead *self = of;
    int at;
    while (!is_over(self) &&
           (at = __atomic_fetch_add(&self->next, 1, __ATOMIC_RELAXED)) < self->count) {
        read_entry(self, self->holder, self->names[at], self->content, 0);
        if (self->former >= 0 && !is_over(self))
            read_entry(self, self->former, self->names[at], self->former_content, 0);
    }
    __atomic_add_fetch(&self->from_disk, read_from_disk(), __ATOMIC_RELAXED);
    return NULL;
}

/* Starts a read-ahead with the second name, since the caller does the first one now. */
static void ahead_begin(struct ahead *self)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    self->started = self->over = 0;
    self->asked = self->from_disk = 0;
    self->next = 1;
    if (pthread_attr_init(&attributes))
        return;
    pthread_attr_setstacksize(&attributes, READER_STACK);
    /* Signals must go to other threads, which handle them. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (self->started < READERS && self->started < self->count - 1 &&
           !pthread_create(&self->readers[self->started], &attributes, read_on, self))
        self->started++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
}

/* Ends the read-ahead; returns the bytes that came from the disk. */
static int64_t ahead_end(struct ahead *self)
{
    __atomic_store_n(&self->over, 1, __ATOMIC_RELAXED);
    for (int at = 0; at < self->started; at++)
        pthread_join(self->readers[at], NULL);
    return self->from_disk;
}
