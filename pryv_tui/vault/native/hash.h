/* Read, hash and write content. Part of `subtrees.c`, which includes it. */

static int hash(struct subtrees *self, const unsigned char *data, size_t size, unsigned char *digest)
{
    return self->begin(self->context, self->sha256, NULL) &&
                   self->update(self->context, data, size) && self->end(self->context, digest, NULL)
               ? DONE
               : LEFT;
}

/* Whether hashing in pairs gives OpenSSL's results: for all lengths of padding, and with the first or the
 * second piece of a pair longer. */
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

/* Whether a file can be hashed later: files are hashed in pairs, and it is small enough for the pool. */
static int can_wait(const struct subtrees *self, int64_t size)
{
    return self->pairs && size <= ENOUGH;
}

/* Whether the waiting pieces have to be hashed before a file of this size is read. */
static int enough_waits(const struct subtrees *self, int64_t size)
{
    return self->pool_used >= ENOUGH || self->waiting == FILES ||
           self->pool_used + padded(size) > POOL;
}

/* Adds the data at the end of the pool to the pieces that wait for their hash. */
static void leave_to_wait(struct subtrees *self, size_t size)
{
    struct piece *piece = &self->pieces[self->waiting++];
    piece->data = self->pool + self->pool_used;
    piece->size = size;
    self->pool_used += padded(size);
}

/* Reads `size` bytes, writes them to `to` (-1: nowhere), and keeps them in the pool to be hashed later. */
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

/* Hashes all waiting pieces, and writes the hashes to their lines. */
static void put_hashes(struct subtrees *self)
{
    hash_pieces(self->pieces, self->waiting);
    for (int at = 0; at < self->waiting; at++)
        put_digits(self->pieces[at].digits, self->pieces[at].digest);
    self->waiting = 0;
    self->pool_used = 0;
}

/* Reads `size` bytes, hashes them, and writes them to `to` (-1: nowhere). */
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
