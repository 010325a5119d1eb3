"""What travels over MQTT, described for others: one AsyncAPI 3.0 document with JSON Schemas (`edgegw schema --mqtt`).

Facts, state rows and commands are described by the very classes that make them. The codecs that have no class (events,
watermarks, presence, questions, desired state) have their schemas here, a module for each; tests hold what is really
encoded, and what is really refused, against them.
"""

from edgegw.uplink.contract.document import asyncapi

__all__ = ["asyncapi"]
