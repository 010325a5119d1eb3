"""What follows from the settings in force: what leaves the ledger when, and the configuration as it is shown."""

from __future__ import annotations

import re
from typing import Any

from edgegw.hub import Keep
from edgegw.settings import Settings


def keep(settings: Settings) -> Keep:
    """What leaves the ledger when: without a broker there is no cloud that could have a fact."""
    storage = settings.storage
    return Keep(storage.keep.facts, storage.keep.samples, bool(settings.uplink.brokers))


def effective(settings: Settings) -> dict[str, Any]:
    """The configuration in force, defaults filled in; credentials are names, so nothing in it is secret."""
    body: dict[str, Any] = settings.model_dump(mode="json", by_alias=True)
    body["uplink"]["brokers"] = [re.sub(r"//[^/@]*@", "//", url) for url in body["uplink"]["brokers"]]
    return body
