"""The command line. `main` is the console script: one line and a non-zero exit status for whatever a user can cause."""

from __future__ import annotations

import sys


def main() -> None:
    """Run `dualwrite`. Exit status 0: done; 1: refused or found different, and it says what; 2: wrong usage; 130: interrupted."""
    from dualwrite.cli.app import build
    from dualwrite.errors import DualwriteError

    try:
        build()()
    except DualwriteError as error:
        print(f"dualwrite: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        print(
            "dualwrite: interrupted; what is half done is on disk and goes on at the next start",
            file=sys.stderr,
        )
        raise SystemExit(130) from None
