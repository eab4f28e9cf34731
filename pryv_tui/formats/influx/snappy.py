"""Snappy, the compression of InfluxDB's write-ahead log: Google's block format.

A block is a length, then pieces to copy from the input or from the output (format_description.txt).
"""

from __future__ import annotations


def decompress(packed: bytes, most: int) -> bytes:
    """Unpack a block.

    Args:
        most: most bytes of the result.

    Raises:
        ValueError: the block is damaged, or unpacks to more.
    """
    try:
        size, at = varint(packed, 0)
        if size > most:
            raise ValueError(f"it unpacks to more than {most >> 20} MB")
        out = bytearray()
        while at < len(packed):
            tag = packed[at]
            kind, at = tag & 3, at + 1
            if kind == 0:
                length = (tag >> 2) + 1
                if length > 60:
                    more = length - 60
                    length = int.from_bytes(packed[at : at + more], "little") + 1
                    at += more
                out += packed[at : at + length]
                at += length
            else:
                if kind == 1:
                    length, back = (tag >> 2 & 7) + 4, tag >> 5 << 8 | packed[at]
                    at += 1
                else:
                    width = 2 if kind == 2 else 4
                    length = (tag >> 2) + 1
                    back = int.from_bytes(packed[at : at + width], "little")
                    at += width
                _repeat(out, back, length)
            if len(out) > size:
                break
    except IndexError:
        raise ValueError("it is cut off") from None
    if len(out) != size:
        raise ValueError("it does not unpack to the length that it gives")
    return bytes(out)


def _repeat(out: bytearray, back: int, length: int) -> None:
    """Append bytes that were unpacked before; the copied range may reach into the appended
    bytes."""
    start = len(out) - back
    if back <= 0 or start < 0:
        raise ValueError("it refers to bytes before its start")
    if back >= length:
        out += out[start : start + length]
        return
    piece = bytes(out[start:])
    out += (piece * (length // back + 1))[:length]


def varint(data: bytes, at: int) -> tuple[int, int]:
    """Decode a number as Go's `binary.Uvarint` does; return it and the offset after it.

    Raises:
        IndexError: the number is cut off.
        ValueError: it has more than 64 bits.
    """
    number = shift = 0
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return number, at
        if shift > 63:
            raise ValueError("a number is too long")
