"""Where a secret comes from: the environment, files, Vault."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgegw.scalars import Credential
from edgegw.settings import load
from edgegw.settings.credentials import Credentials, MissingCredential, credential, is_stored, variable
from edgegw.settings.named import named
from tests.settings.files import SITE, written


def test_a_containers_variable_goes_before_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = written(tmp_path, "site: {id: a}\nstations: []\n")
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "cp-01.x").write_text("of the file\n")
    assert credential(Credential(credential="cp-01.x"), file) == "of the file"
    assert variable("cp-01.x") == "EDGEGW_CREDENTIAL_CP_01_X"
    monkeypatch.setenv("EDGEGW_CREDENTIAL_CP_01_X", "of the container\n")
    assert credential(Credential(credential="cp-01.x"), file) == "of the container"
    assert is_stored("cp-01.x", file)
    assert not is_stored("cp-02", file)


def test_a_name_of_vault_without_one_is_told(tmp_path: Path) -> None:
    file = written(tmp_path, "site: {id: a}\nstations: [{id: CP01, password: {credential: 'vault:a#b'}}]\n")
    (warning,) = load(file).warnings
    assert "is to come from Vault, and secrets.vault is not set" in warning.message
    with pytest.raises(MissingCredential, match=r"secrets\.vault is not set"):
        Credentials(file).secret(Credential(credential="vault:a#b"))


def test_every_credential_of_a_file_is_named_with_its_place() -> None:
    found = {key: wanted.credential for key, wanted in named(load(SITE).settings)}
    assert found == {
        "stations[0].password": "cp01", "uplink.password": "mqtt", "voice.gemini.api_key": "gemini",
        "secrets.vault.token": "vault-token",
    }  # fmt: skip


def test_a_role_takes_the_tokens_place(tmp_path: Path) -> None:
    text = "secrets: {vault: {url: 'https://v', path: s, approle: {role_id: r}}}"
    file = written(tmp_path, f"site: {{id: a}}\nstations: []\n{text}\n")
    assert [wanted.credential for _, wanted in named(load(file).settings)] == ["vault-secret-id"]
