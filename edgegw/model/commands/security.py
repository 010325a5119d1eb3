"""Commands for what a station proves itself with: passwords, security profiles, certificates."""

from __future__ import annotations

from collections.abc import Mapping

from edgegw.model.commands.argument import Argument, CommandName, Text, Whole, maybe
from edgegw.model.commands.places import STATION

COMMANDS: Mapping[str, CommandName] = {
    "rotate_password": CommandName(
        "Give a station a new password, which the gateway makes and nobody gets to see. Done when the station has "
        "taken it; the old one is good until the station has come back with the new one (password_confirmed).",
        (STATION,),
    ),
    "upgrade_security": CommandName(
        "Bring a station to a higher OCPP security profile, step by step: its password, the root certificate of the "
        "gateway, for profile 3 a certificate of its own, then the profile. Each step is a security_step_taken fact. "
        "Done when the station has taken the last one; that it has come back is security_profile_raised.",
        (
            STATION,
            Argument("profile", Whole(2, 3), "2 is TLS and a password, 3 is TLS and a certificate of its own"),
            maybe("url", Text(512), "Where it shall connect then, as wss://HOST:PORT/PATH without its identity; "
                  "needed for OCPP 2.x, and OCPP 1.6 has no message for it"),
            maybe("root", Text(5500), "PEM of the root above the gateway's certificate; needed when the listener's "
                  "file does not hold it"),
        ),
    ),
    "revoke_certificate": CommandName(
        "Take a certificate of a station back: who shows it is not let in any more.",
        (
            STATION,
            maybe("fingerprint", Text(95), "SHA-256 of the certificate in hex; of the newest that it took when "
                  "not said"),
            maybe("reason", Text(255), "Why"),
        ),
        at_station=False,
        restricts=True,
    ),
}  # fmt: skip
