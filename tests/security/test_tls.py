"""TLS in front of a real PocketBase: who it is must be proved, and an authority of one's own can be named."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme

from dualwrite.errors import Unavailable
from dualwrite.pocketbase import EmbeddedPocketBase, PocketBase
from dualwrite.pocketbase.reach import exposure, is_loopback, obstacle
from tests.cli.command import assert_refused, run
from tests.cli.conftest import Place
from tests.fixtures.pocketbase import NEWEST, pocketbase_binary
from tests.pocketbase.notes import ENTITIES


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPocketBase]:
    with EmbeddedPocketBase(binary=pocketbase_binary(NEWEST)) as server:
        yield server


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """An authority that nobody knows."""
    return trustme.CA()


@contextmanager
def behind_tls(target: str, certificate: trustme.LeafCert) -> Iterator[str]:
    """A TLS server that hands on to a plain one; its URL."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    address = (urlsplit(target).hostname or "", urlsplit(target).port or 0)

    def pump(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)

    def serve(plain: socket.socket) -> None:
        with plain:
            try:
                client = context.wrap_socket(plain, server_side=True)
            except (ssl.SSLError, OSError):
                return  # who does not trust us hangs up
            with client, socket.create_connection(address) as upstream:
                back = threading.Thread(target=pump, args=(upstream, client))
                back.start()
                pump(client, upstream)
                back.join()

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=serve, args=(connection,))
            threads.append(thread)
            thread.start()

    threads: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting = threading.Thread(target=accept)
        accepting.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
    accepting.join()
    for thread in threads:
        thread.join(5)


@pytest.fixture
def secure(server: EmbeddedPocketBase, authority: trustme.CA) -> Iterator[str]:
    """The same PocketBase behind a certificate of that authority."""
    with behind_tls(server.url, authority.issue_cert("127.0.0.1")) as url:
        yield url


def connected(server: EmbeddedPocketBase, url: str) -> PocketBase:
    return PocketBase.connect(
        url, identity=server.identity, password=server.password, entities=ENTITIES, timeout=5.0
    )


def test_a_certificate_that_nobody_vouches_for_is_refused_before_anything_is_sent(
    server: EmbeddedPocketBase, secure: str
) -> None:
    with connected(server, secure) as pb:
        said = obstacle(pb.session)
        assert said is not None
        assert said.startswith(f"the certificate of {secure} is not trusted (")
        assert "SSL_CERT_FILE" in said
        with pytest.raises(Unavailable, match="certificate is not trusted") as refused:
            pb.records(ENTITIES[0]).count()
        assert "\n" not in str(refused.value)


def test_an_authority_of_ones_own_is_named_in_the_environment(
    server: EmbeddedPocketBase,
    authority: trustme.CA,
    secure: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    with connected(server, secure) as pb:
        assert obstacle(pb.session) is None


def test_a_certificate_for_another_name_is_refused(
    server: EmbeddedPocketBase, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    with (
        behind_tls(server.url, authority.issue_cert("elsewhere.example.com")) as url,
        connected(server, url) as pb,
    ):
        assert "certificate" in str(obstacle(pb.session))


def test_the_command_line_says_it_in_one_line(place: Place, secure: str) -> None:
    ended = run("init", "--pb", secure, settings=place.settings)
    assert_refused(ended, secure, "is not trusted", "SSL_CERT_FILE")
    place.assert_untouched()


@pytest.mark.parametrize("url", ["http://pocketbase:8090", "http://192.0.2.7", "http://[2001:db8::1]:8090"])
def test_doctor_says_what_others_can_read_on_the_way(url: str) -> None:
    with PocketBase.connect(url, identity="a@b.cd", password="x", entities=ENTITIES) as pb:
        assert str(exposure(pb.session)).startswith(f"{url} is reached without TLS")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1", "http://localhost", "http://[::1]:8090", "https://pb.example.com"]
)
def test_on_this_machine_and_with_tls_nobody_is_on_the_way(url: str) -> None:
    with PocketBase.connect(url, identity="a@b.cd", password="x", entities=ENTITIES) as pb:
        assert exposure(pb.session) is None


def test_doctor_prints_the_warning(place: Place) -> None:
    ended = run("doctor", "--json", "--pb", "http://pocketbase.invalid", settings=place.settings)
    (warning,) = ended.document["warnings"]
    assert warning.startswith("http://pocketbase.invalid is reached without TLS")
    assert (
        "! http://pocketbase.invalid"
        in run("doctor", "--pb", "http://pocketbase.invalid", settings=place.settings).out
    )


def test_a_name_that_only_looks_like_this_machine_is_not() -> None:
    assert not any(map(is_loopback, ("localhost.example.com", "127.0.0.1.example.com", "10.0.0.1", "")))
