"""The door: four ways in (request, submit, record, observe) and two ways to look (state and latest, changes).

The hub decides serially, on one event loop, on `pending`: the state with everything that is on its way to the disk. It
shows `state`, which is durable. What it tells anyone is told after the commit. When a commit fails, pending is dropped,
the durable state is read again, and everybody who waits gets a JournalError: a station sends its request again, and its
retry key finds the answer if the commit was durable after all.

    request ─┐
    submit  ─┼─► decide on pending ─► fold into pending ─► journal ═ commit ═► fold into state ─► answer, changes()
    record  ─┘
    observe ───► the block being filled ───────────────────┘ (with the next fact, or after the linger)

`door` is the hub itself, `ledger` its two states and their commits, `answering` what a station is answered, `asking`
who is asked about a token before, `dispatch` the life of a command, `readings` the newest ones and the blocks being
filled, `metering` what of them a bill needs, `keeping` the room on the disk and what goes for it, `clock` the site's
time and `timekeeping` its correction, `wishes` what comes due by itself, `tasks` what goes on meanwhile.
"""

from edgegw.hub.clock import SiteClock, utc_now
from edgegw.hub.dispatch import AnswerLost, Ending, Executor
from edgegw.hub.door import Hub
from edgegw.hub.keeping import Keep, Storage
from edgegw.hub.ledger import Published

__all__ = ["AnswerLost", "Ending", "Executor", "Hub", "Keep", "Published", "SiteClock", "Storage", "utc_now"]
