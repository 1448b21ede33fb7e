"""The command line. `main` is the console script: one line and a non-zero exit status for whatever a user can cause."""

from __future__ import annotations

import sys


def main() -> None:
    """Run `dualwrite`. Exit status 0: done; 1: refused or found different, and it says what; 2: wrong usage; 130: interrupted."""
    try:
        from dualwrite.cli.app import build
        from dualwrite.cli.ending import ended
        from dualwrite.cli.output import log_to_terminal
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    log_to_terminal()
    words = sys.argv[1:]
    raise SystemExit(ended(build(words), words))
