"""Virtual stations, meters and sites: `edgegw simulate`, `edgegw demo`, and the tests' counterpart.

They speak OCPP and Modbus with frames and registers of their own and share no codec with the gateway, so that the two
cannot share a mistake. From Python::

    from edgegw.simulate import Car, Meter, Place, Station, World

    async with Station("CP01", "2.0.1", url="ws://127.0.0.1:9000/ocpp") as station:
        await station.until(lambda: station.booted)
        station.plug(Car(soc=0.4, phases=1))            # the cable goes into a car
        assert await station.present("04A1B2C3")        # a card; a transaction begins when it is accepted
        await station.until(lambda: station.places[1].power_w > 0)
        station.cut()                                   # the network is gone; charging goes on
        station.restore()                               # what was kept is delivered, with its own times
        await station.until(lambda: not station.waiting)
        station.unplug()                                # the transaction ends

`station.status()`, `.transactions`, `.profiles`, `.places[n]` (offered, drawn, power, register) show its state;
`.heard(action)` and `.said(action)` what was exchanged; `.silent`, `.obeys` and `.answers` make it a bad one. Several
stations and meters share a `World`, which somebody has to `step`; `Site` does it for a whole site::

    places = [Place(1, ("L1", "L2", "L3")), Place(1, ("L1", "L2"), line=True)]
    world = World(places, voltage_v=127, building=Building(20.0))
    meter = Meter(world.feeder(), "eastron-sdm630")     # a Modbus TCP server with the exact register map
    async with meter.serve() as port: ...               # meter.fault = "silence" | "exception" | "frozen" | None
"""

from edgegw.simulate.car import Car
from edgegw.simulate.meter import Meter
from edgegw.simulate.site import Site, Spot, Visit
from edgegw.simulate.station import Station
from edgegw.simulate.world import Building, Feeder, Place, World

__all__ = ["Building", "Car", "Feeder", "Meter", "Place", "Site", "Spot", "Station", "Visit", "World"]
