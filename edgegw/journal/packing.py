"""Bodies of sample blocks as they lie on the disk: deflated with a dictionary of what stands in every one of them.

Most blocks hold two to fifteen readings, and more than half of their text is names, brackets and the same times again.
With the dictionary a block takes about a third of its bytes; without it, two thirds (tests/bench/wear.py). zlib writes
the dictionary's Adler-32 into the stream (RFC 1950 section 2.2), so a later dictionary can stand beside this one. The
file carries it as well (`ledger.block_dictionary`), for who reads it without edgegw. A block's identity lies as the 16
bytes of its UUID.
"""

from __future__ import annotations

import zlib
from uuid import UUID

DICTIONARY = (
    '"suspect","good","good","quality":[],"temperature_c":[],"soc_percent":[],"offered_w":[],"offered_a":['
    '],"power_factor":[],"apparent_va":[],"reactive_var":[],"frequency_hz":[],"current_n_a":[],"export_wh":['
    '],"import_l1_wh":[],"import_l2_wh":[],"import_l3_wh":[null,null,0,0,0,0.0,0.0,15000,16000,17000,18000,19000,'
    "21000,22000,23000,24000,25000,26000,27000,28000,29000,31000,32000,33000,34000,35000,36000,37000,38000,39000,"
    "41000,42000,43000,44000,45000,46000,47000,48000,49000,51000,52000,53000,54000,55000,56000,57000,58000,59000,"
    '{"start":"2026-01-01T00:00:00.000000Z","t":[0,10000,20000,30000,40000,50000],"t":[0],"t":[0,1000,2000,3000,'
    '4000,5000,6000,7000,8000,9000,10000,11000,12000,13000,14000],"import_wh":[],"power_w":[],"voltage_l1_v":['
    '],"current_l1_a":[],"power_l1_w":[],"voltage_l2_v":[],"current_l2_a":[],"power_l2_w":[],"voltage_l3_v":['
    '],"current_l3_a":[],"power_l3_w":['
)
"""What is likeliest stands last, where a reference to it is shortest. It never changes: files out there are packed
with it."""

_BYTES = DICTIONARY.encode()


def pack(body: str, started_at: str) -> bytes:
    """The stored form of a block's JSON, which begins with its start: that stands beside it already and is left out."""
    body = body.removeprefix(_start(started_at))
    packer = zlib.compressobj(zlib.Z_BEST_COMPRESSION, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zdict=_BYTES)
    return packer.compress(body.encode()) + packer.flush()


def unpack(stored: bytes | str, started_at: str) -> bytes:
    """The JSON of which `pack` made `stored`; text is from a ledger before schema 2. Raises zlib.error."""
    if isinstance(stored, str):
        return stored.encode()
    unpacker = zlib.decompressobj(zdict=_BYTES)
    body = unpacker.decompress(stored) + unpacker.flush()
    return body if body.startswith(b"{") else _start(started_at).encode() + body


def _start(started_at: str) -> str:
    return f'{{"start":"{started_at}",'


def pack_id(id: str) -> bytes:
    """The stored form of a block's identity."""
    return bytes.fromhex(id.replace("-", ""))


def unpack_id(stored: bytes | str) -> str:
    """The identity of which `pack_id` made `stored`; text is from a ledger before schema 2."""
    return stored if isinstance(stored, str) else str(UUID(bytes=stored))
