"""The process.

process      signals, exit codes, the log
app          the running gateway: start, reload, watchdog, drain
services     builds every service and joins it to the others: the only place that does
supervisor   keeps services alive
reload       what of a new file means which change (pure), and what speaks against it
notify       tells systemd
stalls       names the code that kept the event loop from running
lock         one gateway a ledger
control      the other side: commands that talk to a running gateway
"""
