"""The clock of one running process moved, and of nothing else: no rights are needed beyond those over a child of one's own.

A Go program asks the kernel's vDSO for the time, code that the kernel maps into every process. On Linux whoever may trace a
process may also write there, as a debugger does for a breakpoint; the page becomes that process's own. What is written makes
the system call and adds so many seconds to the time of day; the monotonic clock stays as it is.
"""

from __future__ import annotations

import os
import platform
import signal
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

# mov eax, SYS_clock_gettime; syscall; test edi, edi (CLOCK_REALTIME); jne +7; add qword [rsi], seconds; ret
_CODE = b"\xb8\xe4\x00\x00\x00\x0f\x05\x85\xff\x75\x07\x48\x81\x06%b\xc3"
_LENGTH = 19
_SYMTAB, _STRTAB, _LOAD, _DYNAMIC = 6, 5, 1, 2


def can_be_moved() -> bool:
    """Whether this machine's processes have a clock that this module knows how to move."""
    return sys.platform == "linux" and platform.machine() == "x86_64"


@contextmanager
def moved(pid: int, seconds: int) -> Iterator[None]:
    """For the process of this number it is so many seconds later."""
    with Path("/proc", str(pid), "mem").open("r+b", buffering=0) as memory:
        place = _place_of(pid, memory, b"__vdso_clock_gettime")
        memory.seek(place)
        before = memory.read(_LENGTH)
        _write(pid, memory, place, _CODE % struct.pack("<i", seconds))
        try:
            yield
        finally:
            _write(pid, memory, place, before)


def _write(pid: int, memory: BinaryIO, place: int, code: bytes) -> None:
    """While no thread of the process is in the middle of what is written over."""
    while True:
        os.kill(pid, signal.SIGSTOP)
        try:
            counters = [_program_counter(task) for task in Path("/proc", str(pid), "task").iterdir()]
            if all(at is not None and not place <= at < place + _LENGTH for at in counters):
                memory.seek(place)
                memory.write(code)
                return
        finally:
            os.kill(pid, signal.SIGCONT)
        time.sleep(0.001)


def _program_counter(task: Path) -> int | None:
    """Where a stopped thread is; None while it still runs."""
    said = (task / "syscall").read_text().split()
    return None if said == ["running"] else int(said[-1], 16)


def _place_of(pid: int, memory: BinaryIO, name: bytes) -> int:
    maps = Path("/proc", str(pid), "maps").read_text().splitlines()
    first, _, last = next(line for line in maps if line.endswith("[vdso]")).split()[0].partition("-")
    base = int(first, 16)
    memory.seek(base)
    image = memory.read(int(last, 16) - base)
    (table,), (entries,) = struct.unpack_from("<Q", image, 32), struct.unpack_from("<H", image, 56)
    headers = [struct.unpack_from("<IIQQ", image, table + 56 * number) for number in range(entries)]
    offset = next(found for kind, _, found, _ in headers if kind == _DYNAMIC)
    tags: dict[int, int] = {}
    while (pair := struct.unpack_from("<QQ", image, offset))[0]:
        tags[pair[0]] = pair[1]
        offset += 16
    symbol = tags[_SYMTAB]
    # The table of strings follows that of symbols.
    while symbol < tags[_STRTAB]:
        text, _, _, _, value, size = struct.unpack_from("<IBBHQQ", image, symbol)
        start = tags[_STRTAB] + text
        if image[start : image.index(b"\0", start)] == name and size >= _LENGTH:
            return base + value
        symbol += 24
    raise LookupError(f"{name.decode()} is not in this machine's vDSO")
