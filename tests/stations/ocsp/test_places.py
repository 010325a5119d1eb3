"""Which URLs of responders are asked, as cars write them."""

from __future__ import annotations

import pytest

from edgegw.stations.ocsp.places import Barred, Place, is_public


@pytest.mark.parametrize(
    "url",
    [
        "ftp://ocsp.example/", "file:///etc/passwd", "http://", "http://me:pw@ocsp.example/", "http://[::1/", "//a/b",
        "http://ocsp.example:8080/", "http://ocsp.example:99999/", "http://ocsp.example/\r\nX: y", "http://ö/",
        "http://a/" + "x" * 2000, "gopher://ocsp.example:80/",
    ],
)  # fmt: skip
def test_what_is_no_responders_url_is_not_asked(url: str) -> None:
    with pytest.raises(Barred):
        Place.of(url, [])


def test_where_a_url_leads() -> None:
    assert Place.of("http://ocsp.example", []) == Place(False, "ocsp.example", 80, "/", False)
    assert Place.of("https://OCSP.example./a?b=c", []) == Place(True, "ocsp.example", 443, "/a?b=c", False)
    assert Place.of("http://hub.local:8080/x", ["Hub.local"]) == Place(False, "hub.local", 8080, "/x", True)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.9", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::",
        "ff02::1", "2001:0:a00:1::", "::10.0.0.1", "::ffff:0:10.0.0.1", "fec0::1",
    ],
)  # fmt: skip
def test_addresses_of_a_site_or_a_machine_are_not_public(address: str) -> None:
    assert not is_public(address)
    assert not Place.of("http://ocsp.example/", []).may_be_at(address)
    assert Place.of("http://ocsp.example/", ["ocsp.example"]).may_be_at(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)
