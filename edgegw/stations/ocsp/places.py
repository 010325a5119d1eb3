"""Where a responder may be: its URL stands in a car's certificate, so anybody may have written it.

Without a say of the installer only public addresses are asked, on the usual ports: a car must not have the gateway talk
to the site's own network. A host that `ocpp.contracts.responders` names may be anywhere.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import urlsplit

PORTS: Final = {"http": 80, "https": 443}

MAX_URL: Final = 2000
"""Characters; OCPP 2.1 allows as many."""

_INTERNET_V6: Final = IPv6Network("2000::/3")
"""All that is given out for the internet (IANA). What Python calls global has more in it: NAT64 and addresses that hold
one of IPv4, which may be private, and the site's own of old (fec0::/10)."""

_INTO_V4: Final = tuple(map(IPv6Network, ("2002::/16", "2001::/32")))
"""6to4 and Teredo: within it, and they end up at an address of IPv4 too."""


class Barred(ValueError):
    """A URL that is not asked; the text says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """Of a responder. `listed`: the installer has named its host."""

    secure: bool
    host: str
    port: int
    path: str
    listed: bool

    @classmethod
    def of(cls, url: str, listed: Collection[str]) -> Place:
        """Raises Barred."""
        if len(url) > MAX_URL or not url.isascii() or not url.isprintable() or " " in url:
            raise Barred("it is no URL")
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").rstrip("."), parts.port
        except ValueError as error:
            raise Barred("it is no URL") from error
        if parts.scheme not in PORTS or not host or "@" in parts.netloc:
            raise Barred("it is no URL of http or https with a host and without a user")
        named = host in {each.lower().rstrip(".") for each in listed}
        usual = PORTS[parts.scheme]
        if port not in (None, usual) and not named:
            raise Barred(f"port {port} is asked of hosts in ocpp.contracts.responders alone")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(parts.scheme == "https", host, port if port is not None else usual, path, named)

    def may_be_at(self, address: str) -> bool:
        """Whether it may be asked at an IP address that its host's name stands for."""
        return self.listed or is_public(address)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet's, and not of a site, a link, a machine or a group."""
    found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        elif found not in _INTERNET_V6 or any(found in each for each in _INTO_V4):
            return False
    return found.is_global and not found.is_multicast
