"""The steps of a build on stderr, each named, with its duration and a bar where its length is known."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from shared.errors import Text
from shared.terminal import say

Advance = Callable[[int, int], None]
"""Called with how much of a step is done, and with all of it."""


class Steps:
    """A list of steps that grows while they are done. A notebook shows none."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        columns = (
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}"),
            BarColumn(20),
            TimeElapsedColumn(),
        )
        self._progress = Progress(*columns, console=console, disable=console.is_jupyter)

    def __enter__(self) -> Self:
        """Show the steps."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the steps on the screen."""
        self._progress.stop()

    @contextmanager
    def step(self, name: Text) -> Iterator[Advance]:
        """Show one step while the block runs."""
        task = self._progress.add_task(say(name), total=None)
        yield lambda done, every: self._progress.update(task, completed=done, total=every)
        self._progress.update(task, completed=1, total=1)
