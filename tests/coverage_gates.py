"""Two extensions of pytest-cov: a minimum coverage per package, and tests without tracing.

`--cov-gate=PACKAGE=PERCENT` fails a run that covers less of a package. The marker `untraced` is for slow tests.
"""

import os
import sys
from collections.abc import Iterator

import pytest
from coverage import Coverage

_FAILED: pytest.StashKey[list[str]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the option."""
    parser.addoption(
        "--cov-gate",
        action="append",
        default=[],
        metavar="PACKAGE=PERCENT",
        help="fail if less of a package is covered, lines and branches",
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> Iterator[None]:
    """Check the gates after pytest-cov has combined the data of all processes."""
    result = yield
    gates = session.config.getoption("--cov-gate")
    if gates and not hasattr(session.config, "workerinput"):
        session.config.stash[_FAILED] = failed = misses(gates)
        session.testsfailed += len(failed)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Run an `untraced` test without tracing its thread.

    pytest-cov's `no_cover` stops the tracing of other threads for good, also of the event loop of later tests.
    """
    if item.get_closest_marker("untraced") is None:
        return (yield)
    trace = sys.gettrace()
    sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(trace)


def misses(gates: list[str]) -> list[str]:
    """One sentence per failed gate."""
    coverage = Coverage()
    coverage.load()
    found = []
    for package, _, percent in (gate.partition("=") for gate in gates):
        with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123  # a device
            total = coverage.report(include=[f"{package}/*"], file=nowhere)
        if total < float(percent):
            found.append(f"FAIL {package}: {total:.2f} % covered, {percent} % required")
    return found


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the failed gates."""
    for line in config.stash.get(_FAILED, []):
        terminalreporter.write_line(line, red=True)
