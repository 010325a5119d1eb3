"""Secrets out of Vault, from a server that speaks its API over TLS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edgegw.scalars import Credential
from edgegw.settings.credentials import MissingCredential
from edgegw.settings.schema import Vault as VaultSettings
from edgegw.settings.vault import AGAIN_S, Vault
from tests.support.vault import ROLE, ROOT, SECRET_ID, VaultServer, vault

BY_ROLE = {"approle": {"role_id": ROLE}}


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def client(server: VaultServer, clock: Clock, *, shown: str = "", **more: Any) -> Vault:
    """A Vault that shows what it should, or `shown`."""
    settings = VaultSettings(url=server.url, path="secret/edgegw", ca=server.ca, timeout="1s", **more)

    def secret_of(wanted: Credential) -> str:
        return shown or {"vault-token": ROOT, "vault-secret-id": SECRET_ID}[wanted.credential]

    return Vault(settings, secret_of, clock)


def test_a_secret_is_a_key_of_a_path_below_that_of_the_file(tmp_path: Path) -> None:
    with vault(tmp_path) as server:
        server.secrets = {"secret/edgegw/stations/row a": {"cp01": "hush\n"}, "secret/edgegw": {"mqtt": "psst"}}
        one = client(server, Clock())
        assert one.secret("vault:stations/row a#cp01") == "hush"
        assert one.secret("vault:#mqtt") == "psst"
        assert server.asked == [
            "GET /v1/auth/token/lookup-self", "GET /v1/secret/data/edgegw/stations/row%20a",
            "GET /v1/secret/data/edgegw",
        ]  # fmt: skip


def test_what_is_not_there_is_told_by_name_and_place_and_never_by_value(tmp_path: Path) -> None:
    with vault(tmp_path) as server:
        server.secrets = {"secret/edgegw/a": {"mqtt": "psst", "number": 7}}
        one = client(server, Clock())
        for name, text in (
            ("vault:b#x", "there is nothing at secret/edgegw/b"), ("vault:a", "names no key"),
            ("vault:a#x", "no text under x there; it has: mqtt, number"), ("vault:a#number", "no text under number"),
        ):  # fmt: skip
            with pytest.raises(MissingCredential, match=text) as error:
                one.secret(name)
            assert "psst" not in str(error.value)


def test_a_secret_is_asked_for_again_when_it_is_old_and_the_last_one_counts_while_vault_is_away(
    tmp_path: Path,
) -> None:
    clock = Clock()
    with vault(tmp_path) as server:
        server.secrets = {"secret/edgegw/a": {"k": "old"}}
        one = client(server, clock, refresh="60s")
        assert one.secret("vault:a#k") == "old"
        server.secrets["secret/edgegw/a"] = {"k": "new"}
        clock.now_s = 59.0
        assert one.secret("vault:a#k") == "old"
        clock.now_s = 60.0
        assert one.secret("vault:a#k") == "new"
        server.sealed = True
        clock.now_s = 121.0
        assert one.secret("vault:a#k") == "new"
        assert one.trouble == f"{server.url}: it is sealed, or in maintenance (Vault is sealed)"
        server.sealed = False
        assert one.secret("vault:a#k") == "new"
        assert one.trouble is None
    clock.now_s = 200.0
    assert one.secret("vault:a#k") == "new"
    with pytest.raises(MissingCredential, match="Connection refused"):
        one.secret("vault:b#k")


def test_a_role_logs_in_once_and_its_token_is_renewed_at_two_thirds_of_its_life(tmp_path: Path) -> None:
    clock = Clock()
    with vault(tmp_path, life_s=60.0) as server:
        server.secrets = {"secret/edgegw/a": {"k": "v"}}
        one = client(server, clock, refresh="1s", **BY_ROLE)
        for clock.now_s in (0.0, 20.0, 39.0, 41.0, 60.0):
            assert one.secret("vault:a#k") == "v"
        logins = [each for each in server.asked if not each.startswith("GET")]
        assert logins == ["POST /v1/auth/approle/login", "POST /v1/auth/token/renew-self"]


def test_a_token_that_vault_no_longer_takes_is_replaced_by_a_new_login(tmp_path: Path) -> None:
    clock = Clock()
    with vault(tmp_path) as server:
        server.secrets = {"secret/edgegw/a": {"k": "v"}}
        one = client(server, clock, refresh="1s", **BY_ROLE)
        one.secret("vault:a#k")
        server.tokens.clear()
        clock.now_s = 2.0
        assert one.secret("vault:a#k") == "v"
        assert one.trouble is None
        assert server.asked.count("POST /v1/auth/approle/login") == 2


def test_a_wrong_token_or_role_is_told_as_vault_tells_it(tmp_path: Path) -> None:
    with vault(tmp_path) as server:
        server.secrets = {"secret/edgegw/a": {"k": "v"}}
        with pytest.raises(MissingCredential, match="the token or role may not read it"):
            client(server, Clock(), shown="hvs.wrong").secret("vault:a#k")
        with pytest.raises(MissingCredential, match="invalid role or secret ID") as error:
            client(server, Clock(), shown="canary-51aa", **BY_ROLE).secret("vault:a#k")
        assert "canary" not in str(error.value)


def test_a_vault_that_hangs_is_waited_for_once_and_not_by_each_station(tmp_path: Path) -> None:
    clock = Clock()
    with vault(tmp_path) as server:
        server.secrets = {"secret/edgegw/a": {"k": "v"}}
        server.hangs_s = 1.5
        one = client(server, clock)
        for _ in range(3):
            with pytest.raises(MissingCredential, match="did not answer in time"):
                one.secret("vault:a#k")
        assert len(server.asked) == 1
        server.hangs_s = 0.0
        clock.now_s = AGAIN_S
        assert one.secret("vault:a#k") == "v"


def test_a_vault_of_another_authority_is_not_believed(tmp_path: Path) -> None:
    with vault(tmp_path) as server:
        other = tmp_path / "other"
        other.mkdir()
        with vault(other) as impostor:
            server.url = impostor.url
            with pytest.raises(MissingCredential, match="certificate verify failed"):
                client(server, Clock()).secret("vault:a#k")
            assert impostor.asked == []
