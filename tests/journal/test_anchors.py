"""The site's key and the signatures over the chain."""

from __future__ import annotations

import stat
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from edgegw.journal import StorageError
from edgegw.journal.anchors import Anchor, SiteKey, anchor_at, anchors, public_key
from tests.journal.parts import NOON, a_journal, group, rows, status
from tests.journal.proofs import opened


async def three_facts(folder: Path) -> None:
    async with a_journal(folder) as journal:
        await journal.commit(group(status(number) for number in range(3)))


def test_the_key_is_made_once_and_is_nobody_elses(tmp_path: Path) -> None:
    first, again = SiteKey.open(tmp_path), SiteKey.open(tmp_path)
    assert first.public == again.public == public_key(tmp_path)
    assert stat.S_IMODE((tmp_path / "site.key").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["site.key", "site.pub"]
    assert SiteKey.open(_folder(tmp_path / "other")).public != first.public


def test_a_lost_public_half_is_written_again(tmp_path: Path) -> None:
    key = SiteKey.open(tmp_path)
    (tmp_path / "site.pub").unlink()
    assert public_key(tmp_path) is None
    SiteKey.open(tmp_path)
    assert public_key(tmp_path) == key.public


@pytest.mark.parametrize("content", [b"", b"not a key", None], ids=["empty", "text", "other kind"])
def test_a_key_file_that_holds_no_such_key_is_told_and_left(tmp_path: Path, content: bytes | None) -> None:
    if content is None:
        content = X25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "site.key").write_bytes(content)
    with pytest.raises(StorageError, match=r"site\.key: this is no Ed25519 key in PEM"):
        SiteKey.open(tmp_path)
    assert (tmp_path / "site.key").read_bytes() == content


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="No such file or directory"):
        SiteKey.open(tmp_path / "nowhere")


async def test_a_signature_is_over_epoch_number_hash_and_time(tmp_path: Path) -> None:
    await three_facts(tmp_path)
    key = SiteKey.open(tmp_path)
    with closing(opened(tmp_path)) as connection:
        anchor = anchor_at(connection, 2, key, NOON)
    ((epoch, digest),) = rows(tmp_path, "SELECT e.id, hash FROM facts, epochs e WHERE position = 2")
    text = f"edgegw anchor v1\n{epoch}\n2\n{digest.hex()}\n2026-03-02T12:00:00.000000Z"
    Ed25519PublicKey.from_public_bytes(anchor.key).verify(anchor.signature, text.encode())  # raises when it is not
    assert anchor.holds()
    for other in (
        {"epoch": "another"}, {"sequence": 3}, {"hash": bytes(32)}, {"signed_at": "2026-03-02T12:00:01.000000Z"},
        {"signature": bytes(64)}, {"key": bytes(31)}, {"key": SiteKey.open(_folder(tmp_path / "other")).public},
    ):  # fmt: skip
        assert not _other(anchor, **other).holds()


async def test_a_point_is_signed_once(tmp_path: Path) -> None:
    await three_facts(tmp_path)
    key = SiteKey.open(tmp_path)
    with closing(opened(tmp_path)) as connection:
        first = anchor_at(connection, 2, key, NOON)
        assert anchor_at(connection, 2, key, NOON + timedelta(days=1)) == first
        later = anchor_at(connection, 3, key, NOON)
        assert anchors(connection) == [first, later]
        assert anchors(connection, 3) == [later]


async def test_what_is_not_held_can_not_be_signed(tmp_path: Path) -> None:
    await three_facts(tmp_path)
    with closing(opened(tmp_path)) as connection, pytest.raises(LookupError):
        anchor_at(connection, 4, SiteKey.open(tmp_path), NOON)


def _folder(path: Path) -> Path:
    path.mkdir(exist_ok=True)
    return path


def _other(anchor: Anchor, **changed: object) -> Anchor:
    return replace(anchor, **changed)  # type: ignore[arg-type]
