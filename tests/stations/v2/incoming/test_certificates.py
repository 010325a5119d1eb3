"""What a 2.x station says: certificates."""

from __future__ import annotations

import pytest

from edgegw.model.facts import CertificateRequested, Fact
from edgegw.stations.codec import Codec, Payload, Tell
from tests.stations.peers import NOW
from tests.stations.v2.hearing import both, hear


@both
@pytest.mark.parametrize(
    ("action", "payload", "fact"),
    [
        ("SignCertificate", {"csr": "-----BEGIN"},
         CertificateRequested(station="CP01", at=NOW, csr="-----BEGIN", use="combined")),
        ("SignCertificate", {"csr": "-----BEGIN", "certificateType": "ChargingStationCertificate"},
         CertificateRequested(station="CP01", at=NOW, csr="-----BEGIN", use="station")),
        ("SignCertificate", {"csr": "-----BEGIN", "certificateType": "V2GCertificate"},
         CertificateRequested(station="CP01", at=NOW, csr="-----BEGIN", use="v2g")),
    ],
)  # fmt: skip
def test_what_a_station_only_tells(codec: Codec, action: str, payload: Payload, fact: Fact | None) -> None:
    heard = hear(codec, action, payload)
    assert isinstance(heard, Tell)
    assert heard.facts == ((fact,) if fact is not None else ())
