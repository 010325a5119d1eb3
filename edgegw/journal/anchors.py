"""Anchors: points of the hash chain, signed with the site's key (Ed25519), from which the ledger is proven.

A signature covers the hash of one fact and so, by the chain, every fact before it. Whoever holds the public key can
tell that none of them was changed, left out or put in since, also when older ones are no longer held. The key lies
in the storage folder: `site.key`, for the gateway alone, and `site.pub`, its public half, for all.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from edgegw.journal import durable
from edgegw.journal.connection import storage_error
from edgegw.journal.errors import StorageError
from edgegw.journal.rows import stamp
from edgegw.model.value import value

if TYPE_CHECKING:  # a library of 8 MB, wanted once a day: it is imported where it is used
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY_FILE, PUBLIC_FILE = "site.key", "site.pub"

_ANCHOR = "a.position, e.id, a.sequence, a.hash, a.signed_at, a.key, a.signature"
_JOINED = f"SELECT {_ANCHOR} FROM anchors a JOIN epochs e ON e.number = a.epoch"


class SiteKey:
    """The site's key. `public` is its public half, 32 bytes (RFC 8032)."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public: bytes = private.public_key().public_bytes_raw()

    @classmethod
    def open(cls, folder: Path) -> SiteKey:
        """Read the key in `folder`, or make it at the first time. Raises StorageError with what to do."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import (
            Encoding,
            NoEncryption,
            PrivateFormat,
            load_pem_private_key,
        )

        path = folder / KEY_FILE
        try:
            if not path.exists():
                new = Ed25519PrivateKey.generate()
                durable.create(path, new.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)
            private = load_pem_private_key(path.read_bytes(), None)
            if not isinstance(private, Ed25519PrivateKey):
                raise TypeError("it is of another kind")
            key = cls(private)
            if public_key(folder) != key.public:
                durable.replace(folder / PUBLIC_FILE, f"{key.public.hex()}\n".encode(), 0o644)
        except OSError as error:
            raise storage_error(error, path) from error
        except (ValueError, TypeError) as error:
            raise StorageError(
                f"{path}: this is no Ed25519 key in PEM ({error}); put the site's key back, or move the file away: "
                "then a new key is made, and what the old one has signed can be told only by its public half"
            ) from error
        return key

    def sign(self, text: bytes) -> bytes:
        """The signature of `text`, 64 bytes."""
        return self._private.sign(text)


def public_key(folder: Path) -> bytes | None:
    """The public half of the key in `folder`, 32 bytes; None while no key was made there. Raises OSError."""
    try:
        return bytes.fromhex((folder / PUBLIC_FILE).read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return None


@value()
class Anchor:
    """A signed point of the chain: `hash` is that of the fact at `position`, fact `sequence` of `epoch`."""

    position: int
    epoch: str
    sequence: int
    hash: bytes
    signed_at: str
    key: bytes
    signature: bytes

    def holds(self) -> bool:
        """Whether the signature is one of `key` over the other fields."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            public = Ed25519PublicKey.from_public_bytes(self.key)
            public.verify(self.signature, signed_text(self.epoch, self.sequence, self.hash, self.signed_at))
        except (InvalidSignature, ValueError):
            return False
        return True


def signed_text(epoch: str, sequence: int, hash: bytes, signed_at: str) -> bytes:
    """What an anchor's signature is over: five lines, the hash in hexadecimal, no newline at the end."""
    return f"edgegw anchor v1\n{epoch}\n{sequence}\n{hash.hex()}\n{signed_at}".encode()


def sign_at(connection: sqlite3.Connection, position: int, key: SiteKey, now: datetime) -> Anchor:
    """An anchor at `position`, not stored. Raises LookupError when no fact is held there."""
    row = connection.execute(
        "SELECT e.id, f.sequence, f.hash FROM facts f JOIN epochs e ON e.number = f.epoch WHERE f.position = ?",
        (position,),
    ).fetchone()
    if row is None:
        raise LookupError(f"no fact at position {position}")
    epoch, sequence, digest = row
    signed_at = stamp(now)
    signature = key.sign(signed_text(epoch, sequence, digest, signed_at))
    return Anchor(position, epoch, sequence, digest, signed_at, key.public, signature)


def store_anchor(connection: sqlite3.Connection, anchor: Anchor) -> None:
    """Store `anchor` inside the caller's transaction, unless its position has one."""
    connection.execute(
        "INSERT OR IGNORE INTO anchors (position, epoch, sequence, hash, signed_at, key, signature) "
        "SELECT ?, number, ?, ?, ?, ?, ? FROM epochs WHERE id = ?",
        (anchor.position, anchor.sequence, anchor.hash, anchor.signed_at, anchor.key, anchor.signature, anchor.epoch),
    )


def anchor_at(connection: sqlite3.Connection, position: int, key: SiteKey, now: datetime) -> Anchor:
    """Sign the chain up to `position` inside the caller's transaction; the anchor that is there if there is one.

    Raises LookupError when no fact is held at `position`, and sqlite3.Error.
    """
    row = connection.execute(f"{_JOINED} WHERE a.position = ?", (position,)).fetchone()
    if row is not None:
        return Anchor(*row)
    anchor = sign_at(connection, position, key, now)
    store_anchor(connection, anchor)
    return anchor


def anchors(connection: sqlite3.Connection, since: int = 0) -> list[Anchor]:
    """Every anchor at or behind position `since`, in the chain's order."""
    rows = connection.execute(f"{_JOINED} WHERE a.position >= ? ORDER BY a.position", (since,))
    return [Anchor(*row) for row in rows.fetchall()]
