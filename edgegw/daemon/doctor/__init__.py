"""`edgegw doctor`: what is wrong with a site, why that matters, and the command that mends it.

    machine, credentials, hub, neighbours (what is so)  ─►  checks (pure)  ─►  Finding  ─►  texts (three languages)

What was gathered is a value, so that each check can be tried on what a machine never shows here. With a running gateway
it is asked through its control socket; without one, meters and broker are asked directly.
"""
