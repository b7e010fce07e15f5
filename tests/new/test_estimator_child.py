"""The limits of the process that reads an estimator's file first."""

import os
import resource

import pytest

from training.new import estimator_child


@pytest.mark.parametrize(
    "event", ["os.system", "os.exec", "os.fork", "subprocess.Popen", "socket.connect", "pty.spawn"]
)
def test_program_or_connection_is_refused(event: str) -> None:
    with pytest.raises(PermissionError, match=event):
        estimator_child._refuse(event, ())


def test_file_is_opened_for_reading_only() -> None:
    estimator_child._refuse("open", ("file", "r", os.O_RDONLY))
    estimator_child._refuse("import", ("json",))
    for flags in (os.O_WRONLY, os.O_RDWR, os.O_RDONLY | os.O_CREAT):
        with pytest.raises(PermissionError):
            estimator_child._refuse("open", ("file", "w", flags))


def test_limits_are_set_below_those_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: dict[int, tuple[int, int]] = {}
    monkeypatch.setattr(resource, "setrlimit", limits.__setitem__)
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (0, 5 if kind == resource.RLIMIT_CPU else -1))
    hooks: list[object] = []
    monkeypatch.setattr("sys.addaudithook", hooks.append)
    estimator_child.limit(1000, 60)
    assert limits[resource.RLIMIT_AS] == (1000, 1000)
    assert limits[resource.RLIMIT_CPU] == (5, 5)
    assert limits[resource.RLIMIT_FSIZE] == (0, 0)
    assert hooks == [estimator_child._refuse]
