"""Stations presented to another CSMS at the same time, over OCPP of their own version, one websocket a station.

    station ─CALL─► link ─► hub ═ commit ═► answer          the gateway is the station's CSMS, and stays it
                     │                └─ with the facts: what the other CSMS is still to be told
                     └─► presence ─► queue ─► wire ─► the other CSMS
    station ◄─CALL─ link ◄─ hub ◄─ orders ◄────┘             what it may ask for goes in like any other command

authority    who answers the station, and what the other CSMS may do: a table
sorts        what is told in any case and in order, what only in its newest form, what only while it can be told
numbers      transaction ids of 1.6, which each CSMS gives out itself, and numbers of remote starts
answers      what the other CSMS's answer means for the station
message, queue, kept  what is to be told of one station, in memory and behind that in the ledger
wire         one websocket, as a station speaks
telling      what goes out over it, in which order, and how often: `pace`
orders       what the other CSMS asks of a station
presence     one station there
forwarding   all of them; `service` keeps their connections
"""
