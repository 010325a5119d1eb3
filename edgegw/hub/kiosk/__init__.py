"""The kiosk's side of the hub: dialogues, proofs and actions that wait for a driver's hand.

`kiosk` is the whole; what it decides by is `core.consent`, what it answers is made in `core.kiosk`. All of it is in
memory: after a restart nobody has shown a card, and nothing waits to be confirmed.
"""

from edgegw.hub.kiosk.kiosk import Kiosk

__all__ = ["Kiosk"]
