"""A rehearsal with Prometheus beside it, both left running to be looked at: `make look`. Ctrl-C ends both.

Prometheus scrapes and judges every two seconds, with the rules of `grafana/prometheus`, so graphs and alerts fill while the rehearsal
runs. Everything is under one folder and listens on the loopback address.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from dualwrite.errors import ConfigurationError
from grafana.server import PrometheusServer

PAGE, PROMETHEUS = 9470, 9090
"""Where they are, unless somebody else is there."""
EVERY = 2.0
"""Seconds: a scrape of a busy process may take as long as that, and no longer."""


def free(wished: int) -> int:
    """That port, or any that is free."""
    for port in (wished, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            return found
    raise ConfigurationError("no port of 127.0.0.1 is free")


def look(folder: Path, rehearsal: list[str]) -> int:
    """Start both, wait for the rehearsal to be stopped, and end Prometheus; the rehearsal's exit status."""
    shutil.rmtree(folder, ignore_errors=True)
    page = f"127.0.0.1:{free(PAGE)}"
    command = [sys.executable, "-m", "dualwrite", "rehearse", "--work", str(folder / "rehearsal")]
    with PrometheusServer(folder / "prometheus", [page], every=EVERY, port=free(PROMETHEUS)) as server:
        print(f"page        http://{page}/          (once the rehearsal has both stores)")
        print(f"metrics     http://{page}/metrics")
        print(f"Prometheus  {server.url}/alerts   and {server.url}/graph", flush=True)
        running = subprocess.Popen([*command, "--metrics", page, "--stay", *rehearsal])
        # Ctrl-C reaches the rehearsal too, which then ends; it is waited for.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: running.terminate())
        return running.wait()


def main() -> int:
    """Options that are not ours are the rehearsal's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("build/look"))
    options, rehearsal = parser.parse_known_args()
    try:
        return look(options.folder.absolute(), rehearsal or ["--seconds", "30"])
    except ConfigurationError as error:
        print(f"look: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
