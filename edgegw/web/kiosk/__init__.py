"""The kiosk's screen: a paired browser with large buttons, which does what EVA does through the same tools and policy.

`desk` joins what belongs to the one driver who stands there: the hub's `Kiosk`, the screen's dialogue, what EVA says of
herself. `pairing` knows the browsers, `trials` makes guessing slow, `api` are the routes, `page/kiosk.*` the page.
"""
