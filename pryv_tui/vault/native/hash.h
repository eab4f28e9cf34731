/* Reading, hashing and writing content, for `subtrees.c`: it is a part of that file. */

static int hash(struct subtrees *self, const unsigned char *data, size_t size, unsigned char *digest)
{
    return self->begin(self->context, self->sha256, NULL) &&
                   self->update(self->context, data, size) && self->end(self->context, digest, NULL)
               ? DONE
               : LEFT;
}

/* Whether two at a time come out as OpenSSL has them, one by one: of all lengths of padding, with
 * either of a pair the longer one. */
static int pairs_agree(struct subtrees *self)
{
    enum { PIECES = 2 * BLOCK + 1, LONGEST = 5 * BLOCK };
    unsigned char digest[DIGEST];
    for (int at = 0; at < PIECES; at++) {
        struct piece *piece = &self->pieces[at];
        piece->data = self->pool + at * padded(LONGEST);
        piece->size = at % 3 ? at : LONGEST - at;
        for (size_t byte = 0; byte < piece->size; byte++)
            piece->data[byte] = (unsigned char)(byte * 7 + at);
    }
    hash_pieces(self->pieces, PIECES);
    for (int at = 0; at < PIECES; at++) {
        struct piece *piece = &self->pieces[at];
        if (hash(self, piece->data, piece->size, digest) != DONE ||
            memcmp(digest, piece->digest, DIGEST))
            return 0;
    }
    return 1;
}

static int write_all(int to, const unsigned char *data, ssize_t size)
{
    for (ssize_t written = 0; written < size;) {
        ssize_t put = write(to, data + written, size - written);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return LEFT;
        written += put;
    }
    return DONE;
}

/* Whether a file's hash can wait: there is room for all of it. */
static int can_wait(const struct subtrees *self, int64_t size)
{
    return self->pairs && size <= ENOUGH;
}

/* Whether what waits is to be hashed before a file of that size is read. */
static int enough_waits(const struct subtrees *self, int64_t size)
{
    return self->pool_used >= ENOUGH || self->waiting == FILES ||
           self->pool_used + padded(size) > POOL;
}

/* Leaves what lies in `pool`, behind what waits there, to be hashed. */
static void leave_to_wait(struct subtrees *self, size_t size)
{
    struct piece *piece = &self->pieces[self->waiting++];
    piece->data = self->pool + self->pool_used;
    piece->size = size;
    self->pool_used += padded(size);
}

/* Reads `size` bytes, writes them to `to` if that is not -1, and leaves them to be hashed. */
static int read_to_wait(struct subtrees *self, int from, int to, int64_t size)
{
    unsigned char *data = self->pool + self->pool_used;
    for (int64_t done = 0; done < size;) {
        ssize_t got = read(from, data + done, size - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return LEFT;
        done += got;
    }
    if (to >= 0 && write_all(to, data, size) != DONE)
        return LEFT;
    leave_to_wait(self, size);
    return DONE;
}

static void put_digits(char *to, const unsigned char *digest)
{
    static const char digits[] = "0123456789abcdef";
    for (int at = 0; at < DIGEST; at++) {
        *to++ = digits[digest[at] >> 4];
        *to++ = digits[digest[at] & 15];
    }
}

/* Hashes what waits, and puts the hashes into their lines. */
static void put_hashes(struct subtrees *self)
{
    hash_pieces(self->pieces, self->waiting);
    for (int at = 0; at < self->waiting; at++)
        put_digits(self->pieces[at].digits, self->pieces[at].digest);
    self->waiting = 0;
    self->pool_used = 0;
}

/* Reads `size` bytes, hashes them, and writes them to `to` if that is not -1. */
static int read_through(struct subtrees *self, int from, int to, int64_t size, unsigned char *digest)
{
    int64_t done = 0;
    if (!self->begin(self->context, self->sha256, NULL))
        return LEFT;
    while (done < size) {
        size_t wanted = size - done < CHUNK ? (size_t)(size - done) : CHUNK;
        ssize_t got = read(from, self->chunk, wanted);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || !self->update(self->context, self->chunk, got))
            return LEFT;
        if (to >= 0 && write_all(to, self->chunk, got) != DONE)
            return LEFT;
        done += got;
    }
    return self->end(self->context, digest, NULL) ? DONE : LEFT;
}
