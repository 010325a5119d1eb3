"""`python -m edgegw` is `edgegw`."""

import sys

from edgegw.cli import main

if __name__ == "__main__":
    sys.exit(main())
