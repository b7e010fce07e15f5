"""The last three steps of cloudbuild.yaml: `python -m tools.release candidate|smoke|traffic --project P --region R`.

`candidate` deploys each image that was built, by digest, to a tagged revision without traffic; `smoke` holds that
revision to its function's examples; `traffic` gives it the requests. A step that fails ends the build, so traffic moves
only where every function has passed; a service whose candidate failed gets the image back that serves. Between steps
`built/NAME` is the image by digest, `built/NAME.json` the revision.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tools import identity, smoke

TAG = "candidate"
BUILT = Path("built")


@dataclass(frozen=True)
class Place:
    """Where the services are."""

    project: str
    region: str

    def gcloud(self, *words: str) -> str:
        """What a `gcloud run` command prints.

        Raises:
            subprocess.CalledProcessError: it failed; its reason is on stderr.
        """
        command = ["gcloud", "run", *words, f"--project={self.project}", f"--region={self.region}", "--quiet"]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout

    def service(self, name: str) -> dict[str, Any]:
        """A function's service."""
        described: dict[str, Any] = json.loads(self.gcloud("services", "describe", service(name), "--format=json"))
        return described

    def status(self, name: str) -> dict[str, Any]:
        """The state of a function's service."""
        status: dict[str, Any] = self.service(name)["status"]
        return status


@dataclass(frozen=True)
class Candidate:
    """A deployed revision that has no traffic yet: its name, its own address, the service's address."""

    revision: str
    url: str
    audience: str


class Overtaken(Exception):
    """Another deployment came in between."""


def service(name: str) -> str:
    """The Cloud Run service of a function."""
    return f"augure-{name}".replace("_", "-")


def built() -> list[str]:
    """The functions whose image this build has pushed.

    Raises:
        FileNotFoundError: there is none.
    """
    names = sorted(file.name for file in BUILT.glob("*") if file.suffix != ".json")
    if not names:
        raise FileNotFoundError(f"{BUILT}/ names no image: the build step has pushed none")
    return names


def candidate(name: str, place: Place) -> None:
    """Deploy a function's image to a revision that only its tag reaches."""
    image = (BUILT / name).read_text("utf-8").strip()
    # Not with --tag: gcloud would then write the revision's name into the service, and Terraform would trip over it.
    place.gcloud("deploy", service(name), f"--image={image}", "--no-traffic")
    revision = place.status(name)["latestCreatedRevisionName"]
    place.gcloud("services", "update-traffic", service(name), f"--update-tags={TAG}={revision}")
    made = tagged(name, place.status(name))
    (BUILT / f"{name}.json").write_text(json.dumps(asdict(made)), "utf-8")
    print(f"{name}: {made.revision} is at {made.url}", flush=True)


def tagged(name: str, status: dict[str, Any]) -> Candidate:
    """The newest revision, which must be the tagged one.

    Raises:
        Overtaken: it is not.
    """
    [entry] = [target for target in status["traffic"] if target.get("tag") == TAG]
    if entry["revisionName"] != status["latestCreatedRevisionName"]:
        raise Overtaken(f"{name}: {status['latestCreatedRevisionName']} came after {entry['revisionName']}")
    return Candidate(entry["revisionName"], entry["url"], status["url"])


def recorded(name: str) -> Candidate:
    """The revision that the step `candidate` has deployed."""
    return Candidate(**json.loads((BUILT / f"{name}.json").read_text("utf-8")))


def smoke_test(name: str, place: Place) -> None:  # noqa: ARG001 - the three steps are called alike
    """Hold the candidate to its function's examples, with the identity of the build's account."""
    made = recorded(name)
    token = identity.from_build(made.audience)
    for line in smoke.check(name, smoke.Service(made.url, token)):
        print(line, flush=True)


def traffic(name: str, place: Place) -> None:
    """Give the newest revision all requests, if it is still the one that was tested.

    `--to-latest` and no revision by name: what Terraform changes afterwards (memory, environment) must be served too.
    """
    made, now = recorded(name), tagged(name, place.status(name))
    if now != made:
        raise Overtaken(f"{name}: {now.revision} came after {made.revision}, which was tested")
    place.gcloud("services", "update-traffic", service(name), "--to-latest")
    print(f"{name}: {made.revision} serves {made.audience}", flush=True)


def put_back(name: str, place: Place) -> None:
    """Have the service name the image that serves, not this build's: what Terraform changes next starts that image."""
    now = place.service(name)
    refused = now["spec"]["template"]["spec"]["containers"][0]["image"]
    serving = next(target["revisionName"] for target in now["status"]["traffic"] if target.get("percent"))
    image = place.gcloud("revisions", "describe", serving, "--format=value(spec.containers[0].image)").strip()
    if refused == (BUILT / name).read_text("utf-8").strip() != image:
        place.gcloud("deploy", service(name), f"--image={image}", "--no-traffic")
        print(f"{name}: {serving} serves, and its image is the service's again", flush=True)


STEPS: dict[str, Callable[[str, Place], None]] = {"candidate": candidate, "smoke": smoke_test, "traffic": traffic}


def main() -> int:
    """One step for every function; 1 where one of them fails, once all have been tried."""
    parser = argparse.ArgumentParser(description="Deploy, smoke-test and release what this build has pushed.")
    parser.add_argument("step", choices=list(STEPS))
    parser.add_argument("--project", required=True)
    parser.add_argument("--region", required=True)
    asked = parser.parse_args()
    place = Place(asked.project, asked.region)
    failed = [name for name in built() if not done(asked.step, name, place)]
    if asked.step != "traffic":
        for name in failed:
            try_to_put_back(name, place)
    return 1 if failed else 0


def done(step: str, name: str, place: Place) -> bool:
    """Whether a step succeeds for a function; says why where it does not."""
    try:
        STEPS[step](name, place)
    except (smoke.Failed, Overtaken, OSError, subprocess.CalledProcessError, LookupError, ValueError) as error:
        print(f"FAILED {step} {name}: {error}", file=sys.stderr, flush=True)
        return False
    return True


def try_to_put_back(name: str, place: Place) -> None:
    """`put_back`; says what a person has to do where it fails."""
    try:
        put_back(name, place)
    except (OSError, subprocess.CalledProcessError, LookupError, ValueError, StopIteration) as error:
        where = f"--project={place.project} --region={place.region}"
        print(
            f"FAILED to put the image back {name}: {error}\nUntil a build passes, Terraform may start the refused one. "
            f"Against that: gcloud run deploy {service(name)} --image=IMAGE_THAT_SERVES --no-traffic {where}",
            file=sys.stderr,
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(main())
