"""Servers and folders for every tier; each fixture lives in the file named after its server."""

pytest_plugins = [
    "tests.fixtures.faults",
    "tests.fixtures.openwebui",
    "tests.fixtures.pocketbase",
    "tests.fixtures.postgres",
]
