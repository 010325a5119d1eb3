"""The load loop: each second it shares what the feeders can carry among the cars, and no breaker is asked too much.

    meters, readings, state ─► view ─► Seen ─► balance ─► setpoints ─► service ─► stations
                                                  ▲                       │
                                                  └─── accepted, failed ◄─┘

`view` reads the hub into values. `balance` decides one turn on them, without I/O: it asks `beside` what flows beside
the cars, `ceilings` what each circuit may carry and `outside` what somebody else allows a station, `doubt` whether cars
draw where they are said to, `powers` what limits in watts leave, and `turn` who gets how much (`core.allocate`) and
which of that may be said now (`gate`). `held` remembers what each EVSE may be drawing by all that its station was
told, `judge` who does not keep to it. `service` runs the turns, sends the setpoints, each EVSE's on its own, and has
`notes` write down what is a fact.

Four rules keep the promise that on every circuit and phase the cars' limits and the building fit:

- What an EVSE counts is not what it was last told but the most that it may draw: of two limits while it obeys, the
  higher; of a limit that may not have arrived, that one; of a station that does not obey, all that it can. A raise is
  sent when it fits beside all of these, so others have been lowered, have answered and have had their time to obey
  (docs/decisions/0050).
- An EVSE without a transaction counts at its default limit, which it draws the moment a car starts. Where that room is
  wanted and a station says that no car is plugged in, it is held at 0 A first (docs/decisions/0051).
- A meter has the last word: what flows beyond what cars may draw is the building's, and a phase that stays above its
  breaker pauses all who are counted on it, and brings the file's wiring into doubt (docs/decisions/0057).
- What is not known is taken for the worse: a current that no station has claimed is the building's, and a meter that
  has gone silent stops the raises (5 s), then the building counts at its configured most (15 s), then every EVSE goes
  to its safe share, which is a fact (60 s).
"""
