"""Decisions as functions of values: no I/O, no clock of their own, no library but the standard one."""
