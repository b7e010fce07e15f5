"""Scribbles and shapes, as pen strokes: negatives.

`TRAINING` and `TEST` share no drawing function, so that the measured refusals hold for drawings of any kind.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .strokes import Drawing, Stroke

Random = np.random.Generator
Draw = Callable[[Random], Drawing]


def _line(*points: tuple[float, float]) -> Stroke:
    return np.array(points, dtype=np.float64)


def _ring(turns: float = 1.0, end: float = 1.0, corners: int = 60) -> Stroke:
    """A circle of radius 1; a spiral if `end`, its last radius, is smaller; a polygon if it has few corners."""
    angle = np.linspace(0, 2 * np.pi * turns, max(3, round(corners * turns)) + 1)
    around: Stroke = np.linspace(1, end, len(angle))[:, None] * np.stack([np.sin(angle), -np.cos(angle)], axis=1)
    return around


def _smooth(points: NDArray[np.float64], window: int) -> Stroke:
    kernel = np.hanning(window + 2)[1:-1]
    return np.stack([np.convolve(axis, kernel / kernel.sum(), "valid") for axis in points.T], axis=1)


def wander(random: Random) -> Drawing:
    """Two or more random walks, smoothed."""
    steps = random.normal(size=(random.integers(2, 5), random.integers(40, 150), 2))
    return tuple(_smooth(np.cumsum(step, axis=0), int(random.integers(3, 12))) for step in steps)


def coil(random: Random) -> Drawing:
    """A sum of four circular motions that crosses itself many times."""
    time = np.linspace(0, random.uniform(2, 6) * np.pi, 160)
    speeds, phases = random.uniform(-4, 4, (4, 2)), random.uniform(0, 2 * np.pi, (4, 2))
    heights = random.normal(0, 1, (4, 2))
    return (np.sum(heights * np.sin(time[:, None, None] * speeds + phases), axis=1),)


def hatching(random: Random) -> Drawing:
    """Zigzag lines, as in filling a surface."""
    count = int(random.integers(5, 16))
    across = np.tile([0.0, 1.0], count)[:count] + random.normal(0, 0.08, count)
    down = np.linspace(0, random.uniform(0.6, 1.6), count) + random.normal(0, 0.03, count)
    return (np.stack([across, down], axis=1),)


def polygon(random: Random) -> Drawing:
    """A triangle, a square or a pentagon."""
    return (_ring(corners=int(random.integers(3, 6))) * (1, random.uniform(0.7, 1.4)),)


def cross(random: Random) -> Drawing:
    """Two to four lines through one point."""
    angles = np.arange(count := random.integers(2, 5)) * np.pi / count + random.uniform(0, np.pi)
    return tuple(_line((-x, -y), (x, y)) for x, y in np.stack([np.cos(angles), np.sin(angles)], axis=1).tolist())


def spiral(random: Random) -> Drawing:
    """A spiral of two and a half turns or more."""
    return (_ring(random.uniform(2.5, 5), end=random.uniform(0, 0.3)),)


def rings(random: Random) -> Drawing:
    """Two to four concentric circles."""
    return tuple(_ring() * radius for radius in np.linspace(1, random.uniform(0.2, 0.5), random.integers(2, 5)))


def bars(random: Random) -> Drawing:
    """Parallel lines."""
    return tuple(_line((x, 0), (x, random.uniform(0.8, 2))) for x in np.linspace(0, 1, random.integers(2, 6)).tolist())


def grid(random: Random) -> Drawing:
    """A grid of crossing lines."""
    across, down = (np.linspace(0, 1, random.integers(3, 6)).tolist() for _ in "xy")
    return (*(_line((x, 0), (x, 1)) for x in across), *(_line((0, y), (1, y)) for y in down))


def wave(random: Random) -> Drawing:
    """A sine wave of three periods or more."""
    time = np.linspace(0, 1, 80)
    height = random.uniform(0.08, 0.3) * np.sin(2 * np.pi * random.uniform(3, 7) * time)
    return (np.stack([time, height], axis=1),)


def dots(random: Random) -> Drawing:
    """Points at random places."""
    return tuple(_line(tuple(point)) for point in random.uniform(0, 1, (random.integers(3, 12), 2)).tolist())


def tangle(random: Random) -> Drawing:
    """A smooth line through random points."""
    knots = random.uniform(0, 1, (random.integers(9, 20), 2))
    places = np.linspace(0, len(knots) - 1, 12 * len(knots))
    dense = np.stack([np.interp(places, np.arange(len(knots)), axis) for axis in knots.T], axis=1)
    return (_smooth(dense, 14),)


def zigzags(random: Random) -> Drawing:
    """Straight lines between random points, in two or three strokes."""
    return tuple(random.uniform(0, 1, (random.integers(4, 8), 2)) for _ in range(random.integers(2, 4)))


def star(random: Random) -> Drawing:
    """A star of five to eight points."""
    tips = int(random.integers(5, 9))
    radius = np.tile([1, random.uniform(0.3, 0.6)], tips + 1)[: 2 * tips + 1]
    return (_ring(corners=2 * tips) * radius[:, None],)


def heart(random: Random) -> Drawing:
    """A heart, as on a playing card."""
    time = np.linspace(0, 2 * np.pi, 60)
    height = 13 * np.cos(time) - 5 * np.cos(2 * time) - 2 * np.cos(3 * time) - np.cos(4 * time)
    return (np.stack([16 * np.sin(time) ** 3, -height * random.uniform(0.8, 1.2)], axis=1),)


def pebble(random: Random) -> Drawing:
    """A closed line with three to six bumps, too deep for a 0."""
    angle = np.linspace(0, 2 * np.pi, 90)
    bumps = np.cos(angle * random.integers(3, 7) + random.uniform(0, 2 * np.pi)) * random.uniform(0.2, 0.5)
    radius = 1 + bumps + random.normal(0, 0.1) * np.cos(2 * angle)
    return (radius[:, None] * np.stack([np.sin(angle), -np.cos(angle)], axis=1),)


def house(random: Random) -> Drawing:
    """Walls, a roof and a door."""
    roof, door = random.uniform(-0.8, -0.3), random.uniform(0.2, 0.5)
    walls = _line((0, 0), (0, 1), (1, 1), (1, 0), (0, 0), (0.5, roof), (1, 0))
    return walls, _line((door, 1), (door, 0.5), (door + 0.25, 0.5), (door + 0.25, 1))


def face(random: Random) -> Drawing:
    """A round face, two eyes and a mouth."""
    mouth = _ring(0.4) * (-0.5, random.uniform(-0.6, -0.4)) @ _turn(-0.4 * np.pi)
    return _ring(), _line((-0.35, -0.3), (-0.35, -0.2)), _line((0.35, -0.3), (0.35, -0.2)), mouth


def arrow(random: Random) -> Drawing:
    """An arrow in any direction, with an open head at both ends."""
    head, turn = random.uniform(0.15, 0.3), _turn(random.uniform(0, np.pi))
    right = _line((1 - head, -head), (1, 0), (1 - head, head))
    lines = _line((0, 0), (1, 0)), right, _line((head, -head), (0, 0), (head, head))
    return tuple(line @ turn for line in lines)


def moon(random: Random) -> Drawing:
    """A crescent."""
    outer = np.linspace(0.15 * np.pi, 1.85 * np.pi, 50)
    edge = np.stack([np.cos(outer), np.sin(outer)], axis=1)
    return (np.concatenate([edge, edge[::-1] * (random.uniform(0.4, 0.7), 0.9) + (0.25, 0), edge[:1]]),)


def bolt(random: Random) -> Drawing:
    """Lightning, closed."""
    slip = random.uniform(0.1, 0.25)
    return (_line((0.5, 0), (0, 0.55), (0.4, 0.5), (0.2, 1), (0.8, 0.4), (0.4, 0.45), (0.5 + slip, 0), (0.5, 0)),)


def fir(random: Random) -> Drawing:
    """A trunk and two or three triangles."""
    tops = np.arange(random.integers(2, 4)) * 0.6
    branches = (_line((-0.6, y + 1), (0, y), (0.6, y + 1), (-0.6, y + 1)) for y in tops.tolist())
    return (*branches, _line((0, tops[-1] + 1), (0, tops[-1] + 1.5)))


def fish(random: Random) -> Drawing:
    """Two arcs that cross at the tail, and an eye."""
    time = np.linspace(-1, 1.3, 40)
    arc = random.uniform(0.3, 0.6) * (1 - time**2)
    body = [np.stack([time, sign * arc], axis=1) for sign in (1, -1)]
    return (*body, _line((1.3, body[0][-1][1]), (1.3, body[1][-1][1])), _line((-0.6, -0.05), (-0.6, 0.02)))


def flag(random: Random) -> Drawing:
    """A pole and a waving flag in three stripes."""
    time = np.linspace(0, 1.2, 30)
    wave = random.uniform(0.04, 0.1) * np.sin(5 * time)
    stripes = tuple(np.stack([time, wave + y], axis=1) for y in (0.0, 0.25, 0.5, 0.75))
    return (_line((0, 0), (0, 2)), *stripes, _line((1.2, stripes[0][-1][1]), (1.2, stripes[3][-1][1])))


def _turn(angle: float) -> NDArray[np.float64]:
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


TRAINING: dict[str, tuple[Draw, ...]] = {
    "gribouillis": (wander, coil, hatching),
    "formes": (polygon, cross, spiral, rings, bars, grid, wave, dots, star, heart, arrow, pebble),
}
TEST: dict[str, tuple[Draw, ...]] = {
    "gribouillis": (tangle, zigzags),
    "formes": (house, face, moon, bolt, fir, fish, flag),
}
