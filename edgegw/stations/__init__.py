"""The site's CSMS: OCPP 1.6-J, 2.0.1 and 2.1 over websockets, from a frame to a request of the hub and back.

`rpc` (frames), `schemas` and `intake` (validation, and what is mended before it is refused) and the codecs (`v16`,
`v2`: payloads to the site's own words) do no I/O. `server` is the service: `listeners` open its ports, the `doorkeeper`
decides who comes in, `links` are those who are here, `orders` reach them. `link` is one live websocket, and says which
way a frame goes.
"""
