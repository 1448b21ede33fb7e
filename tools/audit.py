"""Known holes in what is installed here: `pip-audit`, asked of OSV, and only where OSV can be trusted to answer.

    python tools/audit.py [--osv-url URL]

A package index alone knows of no vulnerabilities, and `pip-audit` takes a service that knows none for good news. So a
release that is known to be vulnerable is asked about first. Where the service is not reached, or does not know even that one,
nothing was audited: it says so in one line and succeeds, since a check must work without a network. Where it answers, a hole
in anything that is installed is a failure.
"""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request

OSV = "https://api.osv.dev/v1/query"
CANARY = {"package": {"name": "jinja2", "ecosystem": "PyPI"}, "version": "3.1.2"}  # CVE-2024-22195 and others
SECONDS = 5


def knows_vulnerabilities(url: str) -> str | None:
    """None where the service knows the canary's; otherwise why nothing can be audited."""
    asked = urllib.request.Request(  # noqa: S310 - https by default, and a test's own http
        url, data=json.dumps(CANARY).encode(), headers={"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(asked, timeout=SECONDS) as answer:  # noqa: S310
            found = json.load(answer)
    except (OSError, ValueError) as error:
        return f"{url} does not answer ({getattr(error, 'reason', None) or type(error).__name__})"
    if not (isinstance(found, dict) and found.get("vulns")):
        return f"{url} does not even know a vulnerability that everybody knows"
    return None


def main(arguments: list[str]) -> int:
    """The exit status: 0 where no hole is known or nothing could be asked, 1 where one is known."""
    url = arguments[1] if arguments[:1] == ["--osv-url"] and len(arguments) == 2 else OSV
    silent = knows_vulnerabilities(url)
    if silent is not None:
        print(f"audit: nothing was audited: {silent}")
        return 0
    command = [sys.executable, "-m", "pip_audit", "--local", "--skip-editable", "--progress-spinner", "off"]
    command += ["--vulnerability-service", "osv", "--osv-url", url]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
