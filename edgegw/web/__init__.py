"""The local HTTP API, the page, metrics and health.

`server` serves what `listeners` open: the control socket with an installer's rights, TCP read-only and masked while no
users are configured. `access` is the door that every request goes through first, `api` the routes, `query` how they
read, `view` what they show, `masks` what they hide from a guest, `problems` how they refuse, `stream` the changes as
they come, `metrics` what Prometheus reads, `openapi` and `schemas` the description of it all, `page/` what a browser
gets. `kiosk/` is the screen that a driver touches, `reader/` the card reader beside it, `eva/` the voice socket.
"""
