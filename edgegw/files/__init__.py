"""Files that go to stations and come from them: firmware, logs, diagnostics.

    order ─► offers ─► ticket in a URL ─► station ─► exchange (HTTP) ─► shelf ─► fact `file_received`

`shelf` keeps the files on disk, `tickets` says who may fetch or put what, `offers` puts a ticket into an order that
names a file of ours, `exchange` is what a station reaches with it, `service` its listener. `signature` proves
firmware; `multipart` and `ranges` read what HTTP clients send. The listener knows nothing but tickets: whoever is in
the stations' network does not reach the operators' API through it (docs/decisions/0092).
"""

from edgegw.files.shelf import FileRefused, Shelf, StoredFile

__all__ = ["FileRefused", "Shelf", "StoredFile"]
