"""A process that uploads one file and downloads it again, and says how much memory that took. Started by the memory tests."""

from __future__ import annotations

import hashlib
import io
import json
import resource
import sys
import time
from pathlib import Path

from repos import connect
from repos.interfaces import IFileContent
from repos.models import FileForm


def peak() -> int:
    """The largest this process has been, in bytes."""
    if sys.platform != "linux":
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
    # What `getrusage` says on Linux begins with the size of the process that started this one.
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def main(source: Path, target: Path) -> None:
    with connect(backend="pocketbase") as repos:
        files = repos.files
        assert isinstance(files, IFileContent)
        for name in ("small", "large"):
            assert files.insert_new_file("ann", FileForm(id=name, filename="f", path=str(source))) is not None
        try:
            # Once with a little, so that what is measured is not what the first request of all takes.
            files.upload_content("small", io.BytesIO(bytes(1_000_000)))
            files.download_content("small", target)
            before, begin = peak(), time.monotonic()
            uploaded = files.upload_content("large", source)
            up = time.monotonic()
            assert files.download_content("large", target)
            down = time.monotonic()
            grown = peak() - before
        finally:
            files.delete_file_by_id("small")
            files.delete_file_by_id("large")
    assert uploaded is not None
    with target.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    print(
        json.dumps(
            {
                "grown": grown,
                "peak": before + grown,
                "size": uploaded.size,
                "equal": uploaded.sha256 == found,
                "upload_seconds": up - begin,
                "download_seconds": down - up,
            }
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
