"""Questions about the certificates of cars, over a real mosquitto, with a scripted cloud at the other end."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from edgegw.model.contracts import (
    CertificateHashes,
    CertificateWord,
    ContractQuestion,
    ContractWord,
    EvCertificate,
    EvCertificateQuestion,
    StatusQuestion,
)
from edgegw.uplink.codec import contracts
from edgegw.uplink.codec.messages import BadMessage
from tests.support.contract import complaints
from tests.support.mosquitto import Mosquitto
from tests.uplink.parts import open_hub
from tests.uplink.test_requests import answering, connected, counted

HASHES = CertificateHashes(
    hash_algorithm="sha256", issuer_name_hash="a", issuer_key_hash="b", serial_number="c", urls=("http://ocsp.example",)
)
CONTRACT = ContractQuestion(station="CP01", id_token="BR8AA1", hashes=(HASHES,))
EV = EvCertificateQuestion(station="CP01", action="install", schema="urn", exi="AAEC")
STATUS = StatusQuestion(station="CP01", certificates=(HASHES,))


@pytest.mark.parametrize(
    ("question", "said", "word"),
    [
        (CONTRACT, {"status": "certificate_revoked"}, ContractWord("certificate_revoked")),
        (EV, {"exi": "AwQF", "remaining": 1}, EvCertificate("AwQF", 1)),
        (
            STATUS,
            {"certificates": [{"status": "good", "ocsp": "MIIB", "next_update_at": "2026-12-01T00:00:00Z"}]},
            (CertificateWord("good", "MIIB", datetime(2026, 12, 1, tzinfo=UTC)),),
        ),
    ],
)
async def test_the_cloud_is_asked_about_the_certificates_of_cars(
    tmp_path: Path, broker: Mosquitto, question: Any, said: dict[str, Any], word: Any
) -> None:
    async with (
        open_hub(tmp_path / "hub") as hub,
        answering(broker.url, lambda asked: said) as cloud,
        connected(hub, broker.url) as service,
    ):
        assert await service.enquire(question) == word
        (asked,) = cloud.asked
    name = contracts.NAMES[type(question)]
    assert complaints(name, asked) == []
    assert complaints(f"{name}_answer", {"id": asked["id"], **said}) == []


async def test_an_answer_that_is_not_understood_is_counted_and_none(tmp_path: Path, broker: Mosquitto) -> None:
    before = counted("dropped", "contract_status")
    async with (
        open_hub(tmp_path / "hub") as hub,
        answering(broker.url, lambda asked: {"status": "fine"}),
        connected(hub, broker.url) as service,
    ):
        assert await service.enquire(CONTRACT) is None
    assert counted("dropped", "contract_status") == before + 1


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (CONTRACT, {"status": "fine"}), (CONTRACT, {}), (EV, {}), (EV, {"exi": ""}),
        (EV, {"exi": "A", "remaining": -1}),
        (STATUS, {"certificates": []}), (STATUS, {"certificates": [{}]}), (STATUS, {"certificates": ["good"]}),
        (STATUS, {"certificates": [{"status": "good", "next_update_at": "2026-12-01"}]}),
        (STATUS, {"certificates": [{"status": "good", "next_update_at": 5}]}),
        (STATUS, {"certificates": [{"status": "good", "ocsp": 5}]}),
    ],
)  # fmt: skip
def test_an_answer_about_certificates_that_is_none_is_refused(question: Any, said: dict[str, Any]) -> None:
    with pytest.raises(BadMessage):
        contracts.answer(question, said)
