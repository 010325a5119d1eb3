"""Whether a station shows its drivers what a charge costs: asked where the configuration leaves it to the station.

1.6 has a key of the OCA's note on California pricing for it, 2.x a variable (OCPP 2.0.1 part 2, I02).
"""

from __future__ import annotations

from edgegw.stations.errands.errand import Errand, Visit
from edgegw.stations.turns import Priority

KEY = "CustomDisplayCostAndPrice"


async def _ask(visit: Visit) -> None:
    if visit.hub.site.display_cost != "auto":
        return
    if visit.link.codec.version == "1.6":
        answer = await visit.link.call("GetConfiguration", {"key": [KEY]}, priority=Priority.COMFORT)
        values = [each.get("value") for each in answer.get("configurationKey", ()) if each.get("key") == KEY]
    else:
        variable = {
            "component": {"name": "TariffCostCtrlr"}, "variable": {"name": "Enabled", "instance": "Cost"},
        }  # fmt: skip
        answer = await visit.link.call("GetVariables", {"getVariableData": [variable]}, priority=Priority.COMFORT)
        values = [each.get("attributeValue") for each in answer.get("getVariableResult", ())]
    if any(str(value).casefold() == "true" for value in values):
        visit.hub.can_show_cost(visit.station)


ERRAND = Errand("cost_display", 55, _ask)
