"""Reads an estimator's file in a process of its own, with limits. Standard input: the file; output: the verdict.

`python -I estimator_child.py MEMORY SECONDS`: limits of memory, bytes, and of CPU time.
Prints JSON: `{"reason": "", "values": {"type": ...}}`
if the file can be read, else the reason of `Unreadable`.
"""

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

_FORBIDDEN = ("os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty", "subprocess.Popen", "socket.", "pty.")
"""Audit events (PEP 578) of what no estimator does while it is read."""

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def limit(memory: int, seconds: int) -> None:
    """Limit this process: memory in bytes, CPU time in seconds, no file written, no process started, no network."""
    with contextlib.suppress(ImportError):  # Windows
        import resource  # noqa: PLC0415

        _set_limit(resource.RLIMIT_AS, memory)
        _set_limit(resource.RLIMIT_CPU, seconds)
        _set_limit(resource.RLIMIT_FSIZE, 0)
        _set_limit(resource.RLIMIT_CORE, 0)
    sys.addaudithook(_refuse)


def _set_limit(kind: int, value: int) -> None:
    import resource  # noqa: PLC0415

    hard = resource.getrlimit(kind)[1]
    bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
    with contextlib.suppress(ValueError, OSError):  # macOS refuses some
        resource.setrlimit(kind, (bound, bound))


def _refuse(event: str, args: tuple[Any, ...]) -> None:
    if event.startswith(_FORBIDDEN):
        raise PermissionError(event)
    if event == "open" and len(args) > 2 and isinstance(args[2], int) and args[2] & _WRITING:
        raise PermissionError(event)


def main() -> None:
    """Read standard input, print the verdict."""
    data = sys.stdin.buffer.read()
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    sys.dont_write_bytecode = True
    from training.new.estimator_file import Unreadable, load  # noqa: PLC0415

    limit(int(sys.argv[1]), int(sys.argv[2]))
    try:
        read = load(data)
        verdict: dict[str, Any] = {"reason": "", "values": {"type": type(read).__name__}}
    except Unreadable as error:
        verdict = {"reason": error.reason, "values": error.values}
    except RecursionError:
        verdict = {"reason": "other", "values": {"error": "RecursionError"}}
    sys.stdout.write(json.dumps(verdict))
    sys.stdout.flush()
    os._exit(0)  # no destructor of what was read runs


if __name__ == "__main__":
    main()
