"""The process.

process      signals, exit codes
log          to stderr, with journald's levels
app          the running gateway: start, reload, watchdog, drain
services     builds every service and joins it to the others: the only place that does
supervisor   keeps services alive
reload       what of a new file means which change (pure), and what speaks against it
notify       tells systemd
stalls       names the code that kept the event loop from running
care         signs each day's facts, and erases what is personal when asked
forgetting   has the stations forget a person whose values were erased
account      how the gateway introduces itself to its broker
control      the other side: commands that talk to a running gateway
ledger       the other side: commands on the ledger, with a running gateway or without one
"""
