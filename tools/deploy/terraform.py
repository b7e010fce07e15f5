"""Terraform: its command, retries while Google Cloud is eventually consistent, and services to untaint."""

import re
import time
from collections.abc import Sequence

from shared.terminal import say
from tools.deploy import process, texts

TERRAFORM = ("terraform", "-chdir=infra/terraform")

NOT_READY = (
    r"Cannot find metric(\(s\) that match| that matches) type",
    r"has not been used in project \S+ before or it is disabled",
    r"Unknown service account|[Ss]ervice account \S+ (does not exist|\(or it may not exist\))",
    r"Cloud Run Service Agent (\S+ )?(does not|must) have permission",
)
"""Google's errors about something that was created a moment ago."""

RETRIES, RETRY_SECONDS = 10, 60
"""Retries of a command that failed with such an error, and seconds between them. Google: 10 minutes for a metric."""


def run_with_retries(command: Sequence[str]) -> bool:
    """Run a command, again while it fails with one of `NOT_READY` or services were untainted; whether it succeeded."""
    for left in range(RETRIES, -1, -1):
        code, text = process.tee(command)
        retry = code and (untaint(text) or re.search("|".join(NOT_READY), text))
        if not retry or not left:
            break
        print(say(texts.RETRYING, seconds=RETRY_SECONDS, left=left), flush=True)
        time.sleep(RETRY_SECONDS)
    return code == 0


def untaint(text: str) -> bool:
    """Untaint the services that Terraform must replace and may not; whether there was one.

    A service that never became ready is tainted. With untaint, Terraform updates it in place.
    """
    addresses = re.findall(r"# (\S+) is tainted", text) if "without setting deletion_protection=" in text else []
    return 0 in [process.tee((*TERRAFORM, "untaint", address))[0] for address in addresses]
