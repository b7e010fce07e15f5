"""What the network learns from, made afresh at each pass by a process of its own while the network learns the last one.

A pass holds every MNIST digit, distorted; every pen drawing of the training writers several times, rewritten with any
pen; and pictures of no digit.
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
NONE = 10
"""The label of what is no digit."""
HELD_BACK = 5000
"""The last MNIST training digits, which choices are made on and nothing is learnt from."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a pass holds: MNIST digits and pen drawings (None: all), copies of each drawing, pictures of no digit."""

    digits: int | None
    drawings: int | None
    copies: int
    others: int
    seed: int


@dataclass(frozen=True, slots=True)
class Epoch:
    """`rows` (n, 784) uint8, framed, 255 is the darkest ink; `labels` (n,) 0 to 10; in random order."""

    rows: NDArray[np.uint8]
    labels: NDArray[np.uint8]


def learnt() -> Digits:
    """The MNIST digits that the network learns from."""
    return data.training().part(0, -HELD_BACK)


def make(plan: Plan, digits: Digits, written: strokes.Written, number: int) -> Epoch:
    """The pass of this number: the same one each time."""
    random = np.random.default_rng([plan.seed, number])
    drawings = [pen.rewritten(drawing, random) for _ in range(plan.copies) for drawing in written.drawings]
    pens = [pen.any_pen(random) for _ in drawings]
    parts = (
        data.rows(distort(digits.images, random)),
        pen.framed(drawings, pens, pen.CANVAS // 2),
        negatives.learnt(plan.others, random),
    )
    labels = (digits.labels, *plan.copies * [written.labels], np.full(plan.others, NONE, dtype=np.uint8))
    rows = shifted(np.concatenate([np.rint(part * 255).astype(np.uint8) for part in parts]), random)
    order = random.permutation(len(rows))
    return Epoch(rows[order], np.concatenate(labels)[order])


def shifted(rows: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """The same framed pictures (n, 784), half of them a pixel off: a frame depends on a few pixels of ink."""
    images = np.pad(rows.reshape(-1, SIDE, SIDE), ((0, 0), (1, 1), (1, 1)))
    starts = random.integers(0, 3, (len(rows), 2))
    starts[random.uniform(size=len(rows)) >= SHIFTED] = 1
    windows = np.lib.stride_tricks.sliding_window_view(images, (SIDE, SIDE), axis=(1, 2))
    moved: NDArray[np.uint8] = windows[np.arange(len(rows)), starts[:, 0], starts[:, 1]].reshape(len(rows), -1)
    return moved


@contextmanager
def made_ahead(plan: Plan, count: int) -> Iterator[Iterator[Epoch]]:
    """Passes 0 to `count` - 1, each made while the one before is used; the process that makes them ends with the block.

    Raises:
        EOFError: that process has died.
    """
    context = get_context("spawn")
    here, there = context.Pipe(duplex=False)
    maker = context.Process(target=_send, args=(there, plan, count), daemon=True)
    maker.start()
    there.close()
    try:
        yield (here.recv() for _ in range(count))
    finally:
        maker.kill()
        maker.join()


def _send(there: Connection, plan: Plan, count: int) -> None:
    signal(SIGINT, SIG_IGN)  # Ctrl-C is for the process that trains, which ends this one
    with threadpool_limits(1):
        digits, written = learnt().part(0, plan.digits), strokes.training().some(plan.drawings)
        for number in range(count):
            there.send(make(plan, digits, written, number))
