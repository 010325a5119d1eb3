"""Where 2.1 puts the settings of a control of energy resources (SetDERControl, ReportDERControl)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from edgegw.model.commands.der import CONTROLS

KINDS: Final[Mapping[str, str]] = {wire: ours for ours, wire in CONTROLS.items()}
"""Our name of a DERControlEnumType."""

SETTINGS: Final[Mapping[str, str]] = {
    "EnterService": "enterService",
    "FixedPFAbsorb": "fixedPFAbsorb",
    "FixedPFInject": "fixedPFInject",
    "FixedVar": "fixedVar",
    "FreqDroop": "freqDroop",
    "Gradients": "gradient",
    "LimitMaxDischarge": "limitMaxDischarge",
}
"""The key of a control's settings; of all others it is `curve`."""
