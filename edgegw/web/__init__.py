"""The local HTTP API, the page, metrics and health.

`server` listens: on the control socket with an installer's rights, on TCP read-only and masked while no users are
configured. `api` are the routes, `view` what they show, `problems` what they refuse, `stream` the changes as they
come, `metrics` what Prometheus reads, `page/` what a browser gets.
"""
