"""Servers and folders for every tier; each fixture lives in the file named after its server."""

import signal

pytest_plugins = [
    "tests.fixtures.faults",
    "tests.fixtures.openwebui",
    "tests.fixtures.pocketbase",
    "tests.fixtures.postgres",
]

# A shell without job control starts what is to run beside it deaf to Ctrl-C, and so would be what the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)
