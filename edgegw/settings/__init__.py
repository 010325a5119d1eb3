"""The installer's file: every neighbour's settings joined, read with the place of every key.

`document` reads YAML and remembers where each key stands, `schema` is the whole file as one model, `checks` are the
rules that look across sections, `findings` turns what is wrong into lines that point, `load` does it all.
"""

from edgegw.settings.load import Invalid, Loaded, load
from edgegw.settings.schema import Settings

__all__ = ["Invalid", "Loaded", "Settings", "load"]
