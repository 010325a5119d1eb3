"""What a driver at the kiosk is told: short texts that may be read aloud, with the figures beside them. Pure.

places      the bays that a kiosk speaks for: their names, and how each stands
status      which are free, plugged, charging, out of order
prices      what a kWh costs now and next, and the fees
charges     a driver's own running charge and his last ones
wishes      a distance as energy, an hour as a moment
figures     money, energy, power and times as the languages write them
sentences   the texts themselves, in each language
quoting     what others wrote (names, notes), as data
masking     a transcript without what tells who spoke
"""
