"""Messages between two processes: whole, in order, and nobody waits who sends one."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

import pytest

from dualwrite.helper.channel import Sender, pack, pair, received

SMALL = 2_000_000  # bytes that may be kept beyond what the kernel holds


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = pair()
    with one, other:
        yield one, other


def test_what_is_sent_comes_whole_and_in_order(ends: tuple[socket.socket, socket.socket]) -> None:
    sender = Sender(ends[0])
    messages = [("write", number, "x" * size) for number, size in enumerate([0, 1, 300_000, 5_000_000, 7])]
    for message in messages:
        assert sender.send(pack(message))
    got = received(ends[1])
    assert [next(got) for _ in messages] == messages
    sender.close(1.0)
    assert list(got) == []


def test_many_threads_may_send(ends: tuple[socket.socket, socket.socket]) -> None:
    sender = Sender(ends[0])

    def send(thread: int) -> None:
        for number in range(200):
            assert sender.send(pack((thread, number, bytes(number * 50))))

    with ThreadPoolExecutor() as threads:
        got = threads.submit(lambda: list(received(ends[1])))
        list(threads.map(send, range(4)))
        sender.close(10.0)
        by_thread = sorted(((thread, number) for thread, number, _ in got.result()), key=lambda one: one[0])
    assert {thread: [n for _, n in each] for thread, each in groupby(by_thread, lambda one: one[0])} == {
        thread: list(range(200)) for thread in range(4)
    }


def test_where_nobody_reads_sending_does_not_wait_and_what_is_kept_is_bounded(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    sender = Sender(ends[0], most_bytes=SMALL)
    message = pack(bytes(100_000))
    begin, sent = time.monotonic(), 0
    while sender.send(message):
        sent += 1
        assert sent < 200
    assert time.monotonic() - begin < 5.0
    assert SMALL // len(message) <= sent
    assert not sender.send(message)
    # It reads again: nothing of what was taken is lost, and there is room.
    got = received(ends[1])
    assert [len(next(got)) for _ in range(sent)] == [100_000] * sent
    assert sender.send(message)
    assert len(next(got)) == 100_000


def test_one_message_may_be_larger_than_what_may_be_kept(ends: tuple[socket.socket, socket.socket]) -> None:
    sender = Sender(ends[0], most_bytes=SMALL)
    assert sender.send(pack(bytes(3 * SMALL)))
    assert len(next(received(ends[1]))) == 3 * SMALL


def test_where_the_reader_is_gone_nothing_is_taken(ends: tuple[socket.socket, socket.socket]) -> None:
    sender = Sender(ends[0])
    ends[1].close()
    assert not sender.send(pack("x"))
    sender.close(0.0)


def test_a_sender_that_dies_in_the_middle_of_a_message_ends_the_stream(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    whole = pack("whole")
    ends[0].sendall(whole + whole[:-1])
    ends[0].close()
    assert list(received(ends[1])) == ["whole"]


def test_who_is_silent_for_too_long_counts_as_gone(ends: tuple[socket.socket, socket.socket]) -> None:
    ends[1].setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("@ll", 0, 50_000))
    whole = pack("whole")
    ends[0].sendall(whole + whole[:-1])
    assert list(received(ends[1])) == ["whole"]
    assert list(received(ends[1])) == []


def test_closing_does_not_wait_for_a_reader_that_does_not_read(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    sender = Sender(ends[0])
    while sender.send(pack(bytes(1_000_000))):
        pass
    thread = threading.Thread(target=sender.close, args=(0.1,))
    thread.start()
    thread.join(5.0)
    assert not thread.is_alive()
