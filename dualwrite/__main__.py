"""`python -m dualwrite` is the command line."""

from dualwrite.cli import main

main()
