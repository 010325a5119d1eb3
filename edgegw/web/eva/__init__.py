"""EVA's way in: the voice socket (docs/voice-socket.md). She may propose what her tools are, and nothing else.

`messages` are the lines as values, `peer` is one client and its manners, `server` the socket, `figures` what /metrics
shows of her.
"""
