"""LZF, the compression that Redis uses for long strings (the format of liblzf)."""

from __future__ import annotations


def decompress(packed: bytes, size: int) -> bytes:
    """Unpack a string to exactly `size` bytes.

    Raises:
        ValueError: the packed string is damaged, or has another length.
    """
    out = bytearray()
    at = 0
    try:
        while at < len(packed):
            control = packed[at]
            at += 1
            if control < 32:  # control + 1 literal bytes follow
                out += packed[at : at + control + 1]
                at += control + 1
                continue
            length = control >> 5
            if length == 7:
                length += packed[at]
                at += 1
            start = len(out) - ((control & 31) << 8 | packed[at]) - 1
            at += 1
            if start < 0:
                raise ValueError("a compressed string refers to bytes before its start")
            for offset in range(length + 2):  # byte by byte: the range may overlap its own output
                out.append(out[start + offset])
            if len(out) > size:
                break
    except IndexError:
        raise ValueError("a compressed string is cut off") from None
    if len(out) != size:
        raise ValueError("a compressed string does not have the length that it gives")
    return bytes(out)
