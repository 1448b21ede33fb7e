"""multipart/form-data that is made while it is sent, so that a file of any size takes no memory."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping

from dualwrite.content import Fingerprint, Meter, Source

_FILE_NAME = (
    "content"  # a name of ours: people's file names stay out of URLs and logs; the server adds a suffix
)


class FileForm:
    """A body of a few texts and one file. `sent` is the fingerprint of what was last read and sent whole.

    Names and texts are of our own making: nothing in them needs to be quoted.
    """

    def __init__(
        self, texts: Mapping[str, str], field: str, source: Source, watch: Callable[[int], None]
    ) -> None:
        boundary = secrets.token_hex(16)
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
            for name, text in texts.items()
        ]
        parts.append(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"; filename="{_FILE_NAME}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self.sent: Fingerprint | None = None
        self._head = "".join(parts).encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self._source = source
        self._watch = watch

    def __len__(self) -> int:
        return len(self._head) + self._source.size + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        meter = Meter(self._watch)
        yield self._head
        yield from meter.through(self._source.chunks())
        self.sent = meter.fingerprint
        yield self._tail
