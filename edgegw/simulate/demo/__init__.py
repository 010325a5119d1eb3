"""`edgegw demo`: a whole site in one terminal, on temporary files and free loopback ports.

`show` is the play: it starts the parts (`children`) of the site that `plan` describes, lets cars come and go, cuts the
broker and brings it back, and watches through the gateway's own API (`gateway`). What is seen is drawn by `screen` or
said in plain lines by `lines`. In the end `proof` holds the cloud's database against the gateway's ledger, row by row.
"""

from __future__ import annotations

from collections.abc import Sequence


def main(words: Sequence[str]) -> int:
    """Run the demo; exit 0 when the proof holds, 1 when not or something failed, 2 usage."""
    from edgegw.simulate.demo.show import main as show

    return show(words)
