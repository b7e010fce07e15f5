"""From nothing to answering addresses, and back: `make deploy PROJECT=...`, `make destroy PROJECT=...`.

A step that is done is skipped, or can be repeated: after a failure the same command continues.
`--dry-run` runs nothing and prints the same commands as a shell script.
"""

import argparse
import os
import shlex
import shutil
import sys
from collections.abc import Sequence

from shared.terminal import localize, say
from tools.deploy import process, texts
from tools.deploy.step import StepFailed
from tools.deploy.steps import deploy_steps, destroy_steps, state_bucket
from tools.deploy.target import Target


def deploy(target: Target) -> None:
    """Run every step and print the addresses.

    Raises:
        StepFailed: a step has failed.
    """
    require("gcloud", "terraform")
    names = target.functions()
    addresses = [step.run() for step in deploy_steps(target)][-len(names) :]  # of the smoke tests
    print()
    for name, url in zip(names, addresses, strict=True):
        print(f"{name}  {url}")


def destroy(target: Target) -> None:
    """Ask for confirmation, then take everything down.

    Raises:
        StepFailed: a step has failed, or the confirmation did not come.
    """
    require("gcloud", "terraform")
    if not state_bucket(target).is_done():
        raise StepFailed(say(texts.NOT_DEPLOYED, project=target.project, bucket=target.state))
    confirm(target)
    for step in destroy_steps(target):
        step.run()
    print(say(texts.PROJECT_STAYS, project=target.project))


def confirm(target: Target) -> None:
    """Ask for the project's name.

    Raises:
        StepFailed: another answer came.
    """
    print(say(texts.CONFIRM, project=target.project), end="", flush=True)
    if sys.stdin.readline().strip() != target.project:
        raise StepFailed(say(texts.NOT_CONFIRMED))


def require(*programs: str) -> None:
    """Check that programs are installed.

    Raises:
        StepFailed: one is missing.
    """
    missing = [name for name in programs if shutil.which(name) is None]
    if missing:
        raise StepFailed(say(texts.NOT_INSTALLED, names=say((" et ", " and ")).join(missing)))


def script(target: Target, action: str) -> str:
    """The commands of `deploy` or `destroy` as a shell script."""
    steps = deploy_steps(target) if action == "deploy" else destroy_steps(target)
    folder = shlex.quote(os.path.relpath(process.ROOT))
    return "\n\n".join(["set -e", f"cd {folder}", *(step.shell() for step in steps)])


def parser() -> argparse.ArgumentParser:
    """The options of the command line."""
    options = argparse.ArgumentParser(prog="python -m tools.deploy", description=say(texts.DESCRIPTION))
    options.add_argument("action", choices=["deploy", "destroy"])
    options.add_argument("--project", required=True, help=say(("projet Google Cloud", "Google Cloud project")))
    options.add_argument("--region", default="europe-west9", help=say(("défaut : %(default)s", "default: %(default)s")))
    for name, metavar, text in (
        ("--build-region", "REGION", texts.BUILD_REGION),
        ("--billing", "ACCOUNT", texts.BILLING),
        ("--function", "NAME", texts.FUNCTION),
        ("--email", "EMAIL", texts.EMAIL),
    ):
        options.add_argument(name, default="", metavar=metavar, help=say(text))
    options.add_argument("--dry-run", action="store_true", help=say(texts.DRY_RUN))
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 1 if a step has failed."""
    localize()
    options = parser()
    values = options.parse_args(arguments)
    if not values.project:
        options.error(say(texts.WHICH_PROJECT))
    build_region = values.build_region or values.region
    target = Target(values.project, values.region, build_region, values.billing, values.function, values.email)
    try:
        if values.dry_run:
            print(script(target, values.action))
        else:
            (deploy if values.action == "deploy" else destroy)(target)
    except StepFailed as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
