"""Commands about periodic event streams, which OCPP 2.1 brought (part 2, block N)."""

from __future__ import annotations

from collections.abc import Mapping

from edgegw.model.commands.argument import Argument, CommandName, Whole, maybe
from edgegw.model.commands.places import STATION

COMMANDS: Mapping[str, CommandName] = {
    "get_event_streams": CommandName(
        "Which streams of values a station has open. The result holds them.",
        (STATION,),
    ),
    "adjust_event_stream": CommandName(
        "Have a station send the values of a stream at another pace.",
        (
            STATION,
            Argument("stream", Whole(), "Number of the stream"),
            maybe("interval_s", Whole(), "Seconds after which its values are sent"),
            maybe("values", Whole(), "How many values are sent together"),
        ),
    ),
}
