"""A small MQTT broker for the demo on machines without mosquitto: 3.1.1 and 5, QoS 0 and 1, everything in memory.

`packets` reads and writes the wire, `switchboard` decides what goes where, `server` is the socket around both. It knows
retained messages, wills with their delay, sessions that outlive a connection, each client's Receive Maximum and
message expiry; not QoS 2, shared subscriptions, topic aliases or authentication. `python -m edgegw.simulate.broker`.
"""
