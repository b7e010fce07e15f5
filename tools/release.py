"""The last three steps of cloudbuild.yaml: `python -m tools.release candidate|smoke|traffic --project P --region R`.

`candidate` deploys each new image, by digest, to a tagged revision without traffic; `smoke` replays the function's
examples on that revision; `traffic` sends all requests to it. A failing step ends the build, so traffic moves only if
every function has passed; a service whose candidate failed is set back to the image that serves. Between steps
`built/NAME` holds the image by digest, `built/NAME.json` the revision.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from shared.terminal import localize, say
from tools import identity, smoke
from tools.package import service_name

TAG = "candidate"
"""Tag of the revision to test."""

BUILT = Path("built")
"""Folder in which the steps of a build leave their results."""

NOT_RESTORED = (
    (
        "ÉCHEC du retour à l'image qui sert {name} : {error}\n"
        "Jusqu'à une construction réussie, Terraform peut démarrer l'image refusée. Pour l'éviter : {command}"
    ),
    (
        "FAILED to put the image back {name}: {error}\n"
        "Until a build passes, Terraform may start the refused image. To prevent it: {command}"
    ),
)


@dataclass(frozen=True)
class CloudRun:
    """Cloud Run in one project and region."""

    project: str
    region: str

    def gcloud(self, *words: str) -> str:
        """The output of a `gcloud run` command.

        Raises:
            subprocess.CalledProcessError: it failed; its reason is on stderr.
        """
        command = ["gcloud", "run", *words, f"--project={self.project}", f"--region={self.region}", "--quiet"]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout

    def service(self, name: str) -> dict[str, Any]:
        """The description of a function's service."""
        text = self.gcloud("services", "describe", service_name(name), "--format=json")
        description: dict[str, Any] = json.loads(text)
        return description

    def status(self, name: str) -> dict[str, Any]:
        """The status of a function's service."""
        status: dict[str, Any] = self.service(name)["status"]
        return status


@dataclass(frozen=True)
class Candidate:
    """A deployed revision without traffic.

    Attributes:
        revision: its name.
        url: its own URL.
        audience: the service's URL, for which identity tokens are made.
    """

    revision: str
    url: str
    audience: str


class Superseded(Exception):
    """Another deployment came after the candidate's."""


def built_functions() -> list[str]:
    """The functions whose image this build has pushed.

    Raises:
        FileNotFoundError: it has pushed none.
    """
    names = sorted(file.name for file in BUILT.glob("*") if file.suffix != ".json")
    if not names:
        text = (
            "{folder}/ ne nomme aucune image : l'étape build n'en a pas poussé",
            "{folder}/ names no image: the build step has pushed none",
        )
        raise FileNotFoundError(say(text, folder=BUILT))
    return names


def deploy_candidate(name: str, cloud_run: CloudRun) -> None:
    """Deploy a function's image to a revision that only its tag reaches."""
    image = (BUILT / name).read_text("utf-8").strip()
    # Without --tag: gcloud would write the revision's name into the service, and Terraform's next update would fail.
    cloud_run.gcloud("deploy", service_name(name), f"--image={image}", "--no-traffic")
    revision = cloud_run.status(name)["latestCreatedRevisionName"]
    cloud_run.gcloud("services", "update-traffic", service_name(name), f"--update-tags={TAG}={revision}")
    candidate = tagged_candidate(name, cloud_run.status(name))
    (BUILT / f"{name}.json").write_text(json.dumps(asdict(candidate)), "utf-8")
    text = ("{name} : {revision} est à l'adresse {url}", "{name}: {revision} is at {url}")
    print(say(text, name=name, revision=candidate.revision, url=candidate.url), flush=True)


def tagged_candidate(name: str, status: dict[str, Any]) -> Candidate:
    """The tagged revision of a service, which must be the newest.

    Raises:
        Superseded: there is a newer one.
    """
    [entry] = [target for target in status["traffic"] if target.get("tag") == TAG]
    if entry["revisionName"] != status["latestCreatedRevisionName"]:
        text = ("{name} : {newer} est venue après {older}", "{name}: {newer} came after {older}")
        raise Superseded(say(text, name=name, newer=status["latestCreatedRevisionName"], older=entry["revisionName"]))
    return Candidate(entry["revisionName"], entry["url"], status["url"])


def read_candidate(name: str) -> Candidate:
    """The revision that the step `candidate` has recorded."""
    return Candidate(**json.loads((BUILT / f"{name}.json").read_text("utf-8")))


def smoke_test(name: str, cloud_run: CloudRun) -> None:  # noqa: ARG001 - all steps have the same signature
    """Replay the function's examples on the candidate, with the identity of the build's account."""
    candidate = read_candidate(name)
    token = identity.from_build(candidate.audience)
    for line in smoke.check(name, smoke.Service(candidate.url, token)):
        print(line, flush=True)


def move_traffic(name: str, cloud_run: CloudRun) -> None:
    """Send all requests to the newest revision, if it is still the tested one.

    `--to-latest`, not the revision's name: later changes by Terraform (memory, environment) must be served too.
    """
    tested, newest = read_candidate(name), tagged_candidate(name, cloud_run.status(name))
    if newest != tested:
        text = (
            "{name} : {newer} est venue après {older}, qui a été essayée",
            "{name}: {newer} came after {older}, which was tested",
        )
        raise Superseded(say(text, name=name, newer=newest.revision, older=tested.revision))
    cloud_run.gcloud("services", "update-traffic", service_name(name), "--to-latest")
    text = ("{name} : {revision} sert {url}", "{name}: {revision} serves {url}")
    print(say(text, name=name, revision=tested.revision, url=tested.audience), flush=True)


def restore_image(name: str, cloud_run: CloudRun) -> None:
    """Set the service's template back to the image that serves: Terraform's next revision starts that one.

    Does nothing if the template has another image than this build's.
    """
    description = cloud_run.service(name)
    refused = description["spec"]["template"]["spec"]["containers"][0]["image"]
    serving = next(target["revisionName"] for target in description["status"]["traffic"] if target.get("percent"))
    image = cloud_run.gcloud("revisions", "describe", serving, "--format=value(spec.containers[0].image)").strip()
    if refused == (BUILT / name).read_text("utf-8").strip() != image:
        cloud_run.gcloud("deploy", service_name(name), f"--image={image}", "--no-traffic")
        text = (
            "{name} : {revision} sert, et son image est de nouveau celle du service",
            "{name}: {revision} serves, and its image is the service's again",
        )
        print(say(text, name=name, revision=serving), flush=True)


STEPS: dict[str, Callable[[str, CloudRun], None]] = {
    "candidate": deploy_candidate,
    "smoke": smoke_test,
    "traffic": move_traffic,
}


def main() -> int:
    """One step for every function; 1 if it fails for one of them, after all were tried."""
    localize()
    text = (
        "Déployer, essayer et mettre en service les images que cette construction a poussées.",
        "Deploy, smoke-test and release the images that this build has pushed.",
    )
    parser = argparse.ArgumentParser(prog="python -m tools.release", description=say(text))
    parser.add_argument("step", choices=list(STEPS))
    parser.add_argument("--project", required=True)
    parser.add_argument("--region", required=True)
    arguments = parser.parse_args()
    cloud_run = CloudRun(arguments.project, arguments.region)
    failed = [name for name in built_functions() if not succeeds(arguments.step, name, cloud_run)]
    if arguments.step != "traffic":
        for name in failed:
            try_to_restore_image(name, cloud_run)
    return 1 if failed else 0


def succeeds(step: str, name: str, cloud_run: CloudRun) -> bool:
    """Run a step for a function; False if it fails, and prints why.

    Args:
        step: one of `STEPS`.
        name: the function.
        cloud_run: project and region.
    """
    try:
        STEPS[step](name, cloud_run)
    except (smoke.Failed, Superseded, OSError, subprocess.CalledProcessError, LookupError, ValueError) as error:
        text = ("ÉCHEC {step} {name} : {error}", "FAILED {step} {name}: {error}")
        print(say(text, step=step, name=name, error=error), file=sys.stderr, flush=True)
        return False
    return True


def try_to_restore_image(name: str, cloud_run: CloudRun) -> None:
    """`restore_image`; if it fails, prints the command that a person must run."""
    try:
        restore_image(name, cloud_run)
    except (OSError, subprocess.CalledProcessError, LookupError, ValueError, StopIteration) as error:
        options = f"--no-traffic --project={cloud_run.project} --region={cloud_run.region}"
        command = f"gcloud run deploy {service_name(name)} --image=IMAGE_THAT_SERVES {options}"
        print(say(NOT_RESTORED, name=name, error=error, command=command), file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
