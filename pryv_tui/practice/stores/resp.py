"""Redis' append-only file: a sequence of commands in RESP, in the real format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Command = tuple[bytes, ...]


class Broken(ValueError):
    """The error for a file that can't be read any further. The file is valid up to `position`.

    `truncated`: the file only ends early, which Redis accepts when it starts.
    """

    def __init__(self, position: int, at: int, what: str, *, truncated: bool = False) -> None:
        super().__init__(what)
        self.position = position
        self.at = at
        self.truncated = truncated


def encode(command: Sequence[bytes | str]) -> bytes:
    """Return one command as RESP."""
    words = [word.encode() if isinstance(word, str) else word for word in command]
    head = b"*%d\r\n" % len(words)
    return head + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


def decode(data: bytes) -> Iterator[Command]:
    """Yield the commands of an append-only file.

    Raises:
        Broken: at the first place that is not valid.
    """
    position = 0
    while position < len(data):
        start = position
        count, position = _count(data, position, b"*", start)
        words = []
        for _ in range(count):
            length, position = _count(data, position, b"$", start)
            got, end = len(data) - position, position + length
            if got < length + 2:
                what = f"Expected to read {length + 2} bytes, got {got} bytes"
                raise Broken(start, position, what, truncated=True)
            if data[end : end + 2] != b"\r\n":
                what = f"Expected \\r\\n, got: {data[end : end + 2].hex()}"
                raise Broken(start, end, what)
            words.append(data[position:end])
            position = end + 2
        yield tuple(words)


def _count(data: bytes, position: int, mark: bytes, start: int) -> tuple[int, int]:
    if data[position : position + 1] != mark:
        got = data[position : position + 1]
        if not got:
            what = "Expected to read 1 bytes, got 0 bytes"
            raise Broken(start, position, what, truncated=True)
        raise Broken(start, position, f"Expected prefix '{mark.decode()}', got: '{chr(got[0])}'")
    end = data.find(b"\r\n", position)
    if end < 0:
        raise Broken(start, position, "Expected \\r\\n, got: 0000", truncated=True)
    try:
        return int(data[position + 1 : end]), end + 2
    except ValueError:
        raise Broken(start, position, "Expected a number") from None
