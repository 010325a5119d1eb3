"""edgegw: the gateway of an EV charging hub, between its stations, its meters and its cloud."""

__version__ = "0.1.0"
