"""Identifiers that are unique and no secret: of requests and of lines in the log."""

import random


def unique(digits: int) -> str:
    """So many random hexadecimal digits. Each process draws its own: Python seeds `random` anew after a fork.

    `secrets` asks the system each time, which takes twenty times as long.
    """
    return f"{random.getrandbits(4 * digits):0{digits}x}"
