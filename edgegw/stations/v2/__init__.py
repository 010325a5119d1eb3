"""OCPP 2.0.1 and 2.1: `CODEC_201` and `CODEC_21` translate them. What differs stands in `dialect`."""

from edgegw.stations.v2.codec import CODEC_21, CODEC_201

__all__ = ["CODEC_21", "CODEC_201"]
