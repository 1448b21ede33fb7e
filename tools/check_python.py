"""Say in one line what is wrong with this Python, if anything is."""

import sys

if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit(
        f"dualwrite needs Python 3.11 to 3.13, this is {sys.version.split()[0]}: make PYTHON=/path/to/python3.12 …"
    )
try:
    import ensurepip  # noqa: F401
    import venv  # noqa: F401
except ImportError:
    sys.exit("this Python has no venv: install it (Debian: apt-get install python3-venv)")
