"""Site meters: drivers (what stands in which register) -> plan (which reads) -> bus (one owner task a line).

`edgegw.meters.modbus` is the only importer of pymodbus.
"""
