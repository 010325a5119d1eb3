"""Whether cars' certificates are good, found out by the gateway itself: their chains, and their status by OCSP.

    question ─► contracts ─► chain (roots)          what a certificate hangs on
                          └► responders (HTTP) ─► response (RFC 6960)     what its issuer says of it today

`chain`, `response` and `certid` do no I/O. Nothing here is imported unless `ocpp.contracts.ocsp` is `local`
(docs/decisions/0107).
"""
