"""MQTT for asyncio: one connection, one network thread (paho's), and a small face that awaits.

    Brokers     the list of endpoints, in order of preference; `connect()` tries them with back-off until one answers
      └ Link    one connection from its CONNACK to its end; publish, subscribe, messages, acknowledge, close

A `Link` gets a client object of its own, so that nothing of an older connection can be sent again behind the caller's
back: paho keeps unacknowledged publishes in memory and, on a reconnect, sends all of them at once, whatever the window
and the broker's Receive Maximum say. What is in flight is the caller's to know and to repeat.

    MqttError
     ├─ ConnectFailed      no connection: unreachable, refused, bad credentials (`code` is the broker's reason, if any)
     └─ ConnectionLost     the link ended; what was not acknowledged may or may not have arrived

`link` is the only importer of paho. Callbacks run on paho's thread and do nothing but hand over to the event loop.
"""

from edgegw.mqtt.brokers import Backoff, Brokers
from edgegw.mqtt.link import Link
from edgegw.mqtt.reasons import NO_SUBSCRIBERS, PACKET_TOO_LARGE, PAYLOAD_INVALID
from edgegw.mqtt.tls import tls_context
from edgegw.mqtt.values import (
    MQTT_5,
    MQTT_311,
    Account,
    ConnectFailed,
    ConnectionLost,
    Endpoint,
    Message,
    MqttError,
    Properties,
    Will,
    endpoint,
)

__all__ = [
    "MQTT_5", "MQTT_311", "NO_SUBSCRIBERS", "PACKET_TOO_LARGE", "PAYLOAD_INVALID", "Account", "Backoff", "Brokers",
    "ConnectFailed", "ConnectionLost", "Endpoint", "Link", "Message", "MqttError", "Properties", "Will", "endpoint",
    "tls_context",
]  # fmt: skip
