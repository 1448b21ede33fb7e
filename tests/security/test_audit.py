"""The audit in `make check`: silent about nothing, red where a hole is known, and honest where nobody could be asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tools import audit

HOLE = {
    "id": "GHSA-xxxx-xxxx-xxxx",
    "modified": "2026-01-01T00:00:00Z",
    "published": "2026-01-01T00:00:00Z",
    "summary": "a hole",
    "affected": [
        {
            "package": {"name": "jinja2", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "999"}]}],
            "versions": [],
        }
    ],
}


@contextmanager
def osv(*vulnerable: str) -> Iterator[str]:
    """A service that knows one hole in these packages, and in every release of theirs; its URL."""

    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            is_canary = asked == audit.CANARY and bool(vulnerable)
            known = is_canary or asked["package"]["name"] in vulnerable[1:]
            body = json.dumps({"vulns": [HOLE]} if known else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
        server.shutdown()
        thread.join()


def test_where_nobody_answers_one_line_says_that_nothing_was_audited(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert audit.main(["--osv-url", "http://127.0.0.1:9/v1/query"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("audit: nothing was audited: http://127.0.0.1:9/v1/query does not answer (")


def test_a_service_that_knows_no_hole_at_all_is_not_believed(capsys: pytest.CaptureFixture[str]) -> None:
    with osv() as url:
        assert audit.main(["--osv-url", url]) == 0
    assert "does not even know a vulnerability that everybody knows" in capsys.readouterr().out


@pytest.mark.parametrize(("vulnerable", "status"), [((), 0), (("jinja2",), 1)], ids=["none known", "a hole"])
def test_a_hole_in_what_is_installed_is_a_failure(
    vulnerable: tuple[str, ...], status: int, capfd: pytest.CaptureFixture[str]
) -> None:
    with osv("the canary", *vulnerable) as url:
        assert audit.main(["--osv-url", url]) == status
    assert ("GHSA-xxxx-xxxx-xxxx" in capfd.readouterr().out) is bool(vulnerable)
