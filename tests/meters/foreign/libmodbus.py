"""libmodbus's server (libmodbus5, which mbpoll brings) in a process of its own, unit 1.

python libmodbus.py tcp PORT REGISTERS.json, or rtu TTY REGISTERS.json: a list of [function, address, value].
"""

import ctypes
import json
import sys
from pathlib import Path

INPUTS, HOLDINGS = 0x200, 0x10000
LONGEST_FRAME = 260


class Mapping(ctypes.Structure):
    """modbus_mapping_t of modbus.h 3.1."""

    _fields_ = (
        *((name, ctypes.c_int) for name in ("nb_bits", "start_bits", "nb_input_bits", "start_input_bits")),
        *((name, ctypes.c_int) for name in ("nb_input_registers", "start_input_registers")),
        *((name, ctypes.c_int) for name in ("nb_registers", "start_registers")),
        *((name, ctypes.POINTER(ctypes.c_uint8)) for name in ("tab_bits", "tab_input_bits")),
        *((name, ctypes.POINTER(ctypes.c_uint16)) for name in ("tab_input_registers", "tab_registers")),
    )


def library() -> ctypes.CDLL:
    """Raises OSError when it is not installed."""
    lib = ctypes.CDLL("libmodbus.so.5")
    for name in ("modbus_new_tcp", "modbus_new_rtu"):
        getattr(lib, name).restype = ctypes.c_void_p
    lib.modbus_mapping_new.restype = ctypes.POINTER(Mapping)
    lib.modbus_new_tcp.argtypes = [ctypes.c_char_p, ctypes.c_int]
    lib.modbus_new_rtu.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.c_char, ctypes.c_int, ctypes.c_int]
    for name in ("modbus_connect", "modbus_close"):
        getattr(lib, name).argtypes = [ctypes.c_void_p]
    lib.modbus_set_slave.argtypes = lib.modbus_tcp_listen.argtypes = [ctypes.c_void_p, ctypes.c_int]
    lib.modbus_tcp_accept.argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_int)]
    lib.modbus_receive.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    lib.modbus_reply.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.POINTER(Mapping)]
    return lib


def main(kind: str, where: str, file: str) -> None:
    lib = library()
    mapping = lib.modbus_mapping_new(0, 0, HOLDINGS, INPUTS)
    for function, address, value in json.loads(Path(file).read_text()):
        tab = mapping.contents.tab_registers if function == 3 else mapping.contents.tab_input_registers
        tab[address] = value
    frame = ctypes.create_string_buffer(LONGEST_FRAME)
    if kind == "rtu":
        context = lib.modbus_new_rtu(where.encode(), 115200, b"N", 8, 1)
        lib.modbus_set_slave(context, 1)
        assert lib.modbus_connect(context) == 0
        print("ready", flush=True)
        while True:
            length = lib.modbus_receive(context, frame)
            if length > 0:
                lib.modbus_reply(context, frame, length, mapping)
    context = lib.modbus_new_tcp(b"127.0.0.1", int(where))
    listening = ctypes.c_int(lib.modbus_tcp_listen(context, 1))
    assert listening.value >= 0
    print("ready", flush=True)
    while lib.modbus_tcp_accept(context, ctypes.byref(listening)) >= 0:
        while (length := lib.modbus_receive(context, frame)) >= 0:
            lib.modbus_reply(context, frame, length, mapping)
        lib.modbus_close(context)


if __name__ == "__main__":
    main(*sys.argv[1:])
