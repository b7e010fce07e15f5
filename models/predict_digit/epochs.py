"""The training data of each epoch, made by a second process while the network learns the epoch before.

An epoch holds distorted MNIST digits, several rewritten copies of each pen drawing of the training writers, with any
pen, and negatives (pictures without a digit).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from signal import SIG_IGN, SIGINT, signal

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from functions.predict_digit.preprocessing import SIDE

from . import data, negatives, pen, strokes
from .data import Digits
from .distort import distort

SHIFTED = 0.5
"""Share of pictures that are shifted, at most by a pixel."""
NO_DIGIT = 10
"""Label of a negative."""
VALIDATION_DIGITS = 5000
"""Number of MNIST training digits, the last ones, that serve for validation."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The content of an epoch.

    Attributes:
        digits: MNIST digits; None: all.
        drawings: pen drawings; None: all.
        copies: copies of each pen drawing.
        negatives: pictures without a digit.
        seed: of every epoch.
    """

    digits: int | None
    drawings: int | None
    copies: int
    negatives: int
    seed: int


@dataclass(frozen=True, slots=True)
class Epoch:
    """`rows` (n, 784) uint8, framed, 255 is the darkest ink; `labels` (n,) 0 to 10; in random order."""

    rows: NDArray[np.uint8]
    labels: NDArray[np.uint8]


def training_digits() -> Digits:
    """The MNIST digits that the network learns from."""
    return data.training().slice(0, -VALIDATION_DIGITS)


def make_epoch(plan: Plan, digits: Digits, written: strokes.PenDigits, number: int) -> Epoch:
    """Make one epoch; the same arguments give the same epoch.

    Args:
        plan: its content.
        digits: MNIST digits.
        written: pen drawings.
        number: of the epoch, from 0.
    """
    random = np.random.default_rng([plan.seed, number])
    drawings = [pen.rewritten(drawing, random) for _ in range(plan.copies) for drawing in written.drawings]
    pens = [pen.any_pen(random) for _ in drawings]
    sets = (
        data.rows(distort(digits.images, random)),
        pen.framed(drawings, pens, pen.CANVAS // 2),
        negatives.training_rows(plan.negatives, random),
    )
    labels = (digits.labels, *plan.copies * [written.labels], np.full(plan.negatives, NO_DIGIT, dtype=np.uint8))
    rows = shifted(np.concatenate([np.rint(rows * 255).astype(np.uint8) for rows in sets]), random)
    order = random.permutation(len(rows))
    return Epoch(rows[order], np.concatenate(labels)[order])


def shifted(rows: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """Shift half of the framed pictures (n, 784) by a pixel: the frame depends on a few pixels of ink."""
    images = np.pad(rows.reshape(-1, SIDE, SIDE), ((0, 0), (1, 1), (1, 1)))
    starts = random.integers(0, 3, (len(rows), 2))
    starts[random.uniform(size=len(rows)) >= SHIFTED] = 1
    windows = np.lib.stride_tricks.sliding_window_view(images, (SIDE, SIDE), axis=(1, 2))
    moved: NDArray[np.uint8] = windows[np.arange(len(rows)), starts[:, 0], starts[:, 1]].reshape(len(rows), -1)
    return moved


@contextmanager
def prefetched(plan: Plan, count: int) -> Iterator[Iterator[Epoch]]:
    """Epochs 0 to `count` - 1, each made by a second process while the one before is used.

    The process ends with the block.

    Raises:
        EOFError: the process has died.
    """
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(sender, plan, count), daemon=True)
    process.start()
    sender.close()
    try:
        yield (receiver.recv() for _ in range(count))
    finally:
        process.kill()
        process.join()


def _send(sender: Connection, plan: Plan, count: int) -> None:
    signal(SIGINT, SIG_IGN)  # the parent handles Ctrl-C and ends this process
    with threadpool_limits(1):
        digits, written = training_digits().slice(0, plan.digits), strokes.training().sample(plan.drawings)
        for number in range(count):
            sender.send(make_epoch(plan, digits, written, number))
