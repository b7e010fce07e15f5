"""Random identifiers of requests and of log lines. They are unique, and no secret depends on them."""

import random


def unique(digits: int) -> str:
    """Random hexadecimal digits. Python seeds `random` again after a fork, so processes draw different ones.

    `secrets` takes twenty times as long: it calls the operating system each time.
    """
    return f"{random.getrandbits(4 * digits):0{digits}x}"
