"""OCPP 1.6-J, with the messages of the security whitepaper: `CODEC` translates it.

Connector n is EVSE n with its connector 1, and connector 0 is the station; an idTag is an ISO14443 token.
"""

from edgegw.stations.v16.codec import CODEC

__all__ = ["CODEC"]
