"""edgegw: the gateway of an EV charging hub, between its stations, its meters and its cloud."""

__version__ = "0.1.0"

__built__ = "2026-11-01"
"""No clock that shows less is right: the month of the release, set with the version (docs/decisions/0017)."""
