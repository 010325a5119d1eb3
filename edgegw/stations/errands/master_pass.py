"""The group whose tokens end any transaction: a 2.x station acts on it itself, also while the hub is away (OCPP 2.0.1
part 2, C16). What a station without that function answers changes nothing."""

from __future__ import annotations

from edgegw.stations.errands.errand import Errand, Visit
from edgegw.stations.turns import Priority


async def _tell(visit: Visit) -> None:
    group = visit.hub.site.master_pass_group
    if group is None or visit.link.codec.version == "1.6":
        return
    variable = {
        "component": {"name": "AuthCtrlr"}, "variable": {"name": "MasterPassGroupId"}, "attributeValue": group,
    }  # fmt: skip
    await visit.link.call("SetVariables", {"setVariableData": [variable]}, priority=Priority.COMFORT)


ERRAND = Errand("master_pass", 50, _tell)
