"""How a command ends: its exit status, and one line on standard error where it did not do what was asked."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import typer

from dualwrite.cli.app import places
from dualwrite.errors import DualwriteError

DONE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130

# Typer uses click's errors or a copy of its own, by its release: the root of its usage errors is the same either way.
_UsageError: type[Exception] = next(
    kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException"
)


def ended(command: Callable[..., object], arguments: Sequence[str]) -> int:
    """Run the application with these arguments; returns the exit status."""
    try:
        status = command(list(arguments) or ["--help"], prog_name="dualwrite", standalone_mode=False)
    except DualwriteError as error:
        return _failed(error)
    except OSError as error:
        return _said(_of_system(error), FAILED)
    except _UsageError as error:
        return _said(f"{_message(error)} See `dualwrite {_command(arguments)}--help`", USAGE)
    except typer.Abort as abort:
        if isinstance(abort.__cause__, KeyboardInterrupt):
            return _interrupted()
        return _said("called off; nothing was done", FAILED)
    except KeyboardInterrupt:
        return _interrupted()
    # What typer makes of an interrupt, and of `typer.Exit`, is returned outside its standalone mode.
    return _interrupted() if status == INTERRUPTED else int(status) if isinstance(status, int) else DONE


def _failed(error: DualwriteError) -> int:
    return _said("; ".join([str(error), *getattr(error, "__notes__", ())]), FAILED)


def _interrupted() -> int:
    return _said("interrupted; what is half done is on disk and goes on at the next start", INTERRUPTED)


def _of_system(error: OSError) -> str:
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}" if error.filename is not None else reason


def _message(error: Exception) -> str:
    text = error.format_message() if hasattr(error, "format_message") else str(error)
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _command(arguments: Sequence[str]) -> str:
    return f"{arguments[0]} " if arguments and arguments[0] in places() else ""


def _said(text: str, status: int) -> int:
    print(f"dualwrite: {' '.join(text.split())}", file=sys.stderr)
    return status
