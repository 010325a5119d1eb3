"""The gateway as the certificate authority of its stations (OCPP 2.0.1 part 2, use cases A02 and A03).

request      what speaks against a station's request for a certificate
authority    the authority: its key and certificate in a folder, what it signs, the list of what it took back
service      the stations' requests answered, certificates renewed in time, the list of revoked ones kept
"""
