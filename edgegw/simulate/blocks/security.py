"""What becomes of passwords and network profiles at a virtual station."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from edgegw.simulate.station import Station

PASSWORDS: Final = frozenset({"AuthorizationKey", "SecurityCtrlr.BasicAuthPassword"})


def take_password(station: Station, password: str) -> None:
    """Use another password from now on: the connection is made anew with it."""
    station.connection.log_in_with(password)


def take_up_network(station: Station) -> None:
    """Connect from now on as the network profile says that goes first; where there is none, as before."""
    first = station.settings.get("OCPPCommCtrlr.NetworkConfigurationPriority", "").partition(",")[0]
    profile = station.cabinet.networks.get(int(first)) if first.isdecimal() else None
    if profile is not None:
        station.connection.connect_to(profile["ocppCsmsUrl"])
