"""Started by `dualwrite.helper.handle`, never by hand."""

import sys

from dualwrite.helper.process import run

if __name__ == "__main__":
    sys.exit(run(int(sys.argv[1])))
