"""How the gateway introduces itself to its broker: what the files say, now."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgegw.daemon.account import BrokerAccount
from edgegw.settings import load
from edgegw.settings.credentials import Credentials
from tests.support.certificates import Authority


def account(folder: Path, uplink: str) -> BrokerAccount:
    file = folder / "edgegw.yaml"
    file.write_text(f"site: {{id: paulista-01}}\nstations: [{{id: CP01}}]\nuplink: {uplink}\n")
    return BrokerAccount(load(file).settings, Credentials(file))


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    (tmp_path / "credentials").mkdir()
    path = tmp_path / "credentials" / "mqtt"
    path.write_text("old\n")
    return path


def test_a_changed_password_is_read_at_the_next_connection_and_seen_before(tmp_path: Path, secret: Path) -> None:
    made = account(tmp_path, "{brokers: ['mqtt://b'], username: hub, password: {credential: mqtt}}")
    before = made.fingerprint()
    assert (made().client_id, made().username, made().password, made().tls) == (
        "edgegw-paulista-01",
        "hub",
        "old",
        None,
    )
    assert made.fingerprint() == before
    secret.write_text("new\n")
    assert made().password == "new"
    assert made.fingerprint() != before


@pytest.mark.parametrize("renewed", ["ca.pem", "site.pem", "site.key"])
def test_each_file_of_tls_counts(tmp_path: Path, renewed: str) -> None:
    Authority(tmp_path).issue("site")
    made = account(
        tmp_path,
        f"{{brokers: ['mqtts://b'], tls: {{ca: {tmp_path}/ca.pem, certificate: {tmp_path}/site.pem, "
        f"key: {tmp_path}/site.key, alpn: [mqtt]}}}}",
    )
    assert made().tls is not None
    before = made.fingerprint()
    (tmp_path / renewed).write_text("half of a renewal")
    assert made.fingerprint() != before
    with pytest.raises(ValueError, match=r"uplink\.tls"):
        made()
    (tmp_path / renewed).unlink()
    assert made.fingerprint() != before
    with pytest.raises(ValueError, match="No such file"):
        made()


def test_a_password_that_is_not_stored_is_a_sentence_for_people(tmp_path: Path) -> None:
    made = account(tmp_path, "{brokers: ['mqtt://b'], username: hub, password: {credential: mqtt}}")
    with pytest.raises(ValueError, match="the credential mqtt is not stored"):
        made()
