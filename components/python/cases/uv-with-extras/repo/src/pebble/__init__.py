"""Pebbles."""

import msgpack


def packed(size: int) -> bytes:
    return msgpack.packb(size)
