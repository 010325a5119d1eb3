"""Files that go to stations and come from them: firmware, logs, diagnostics.

    order ─► offers ─► ticket in a URL ─► station ─► exchange (HTTP) ─┬► handover ─► shelf ─► fact `file_received`
                                                   └► ftp ────────────┘

`shelf` keeps the files on disk, `tickets` says who may fetch or put what, `offers` puts a ticket into an order that
names a file of ours, `exchange` and `ftp` are what a station reaches with it, `service` their listeners. `signature`
proves firmware; `multipart` and `ranges` read what HTTP clients send, `passive` is a data connection of FTP. The
listeners know nothing but tickets: whoever is in the stations' network does not reach the operators' API through them
(docs/decisions/0092, 0108).
"""

from edgegw.files.shelf import FileRefused, Shelf, StoredFile

__all__ = ["FileRefused", "Shelf", "StoredFile"]
