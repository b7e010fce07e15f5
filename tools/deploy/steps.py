"""The steps of `make deploy` and `make destroy`, in their order."""

import sys
from collections.abc import Iterator

from shared.terminal import say
from tools.deploy import texts
from tools.deploy.step import Step
from tools.deploy.target import Target
from tools.deploy.terraform import TERRAFORM
from tools.package import service_name

FIRST_APIS = ("cloudbilling", "cloudresourcemanager", "serviceusage", "storage")
"""APIs that Terraform needs before it can enable the others."""


def deploy_steps(target: Target) -> Iterator[Step]:
    """From nothing to functions that answer. The smoke tests come last, one for each function."""
    yield from prerequisites(target)
    yield from infrastructure(target)
    for name in target.models():
        yield publish(name, target)
    yield build(target)
    for name in target.functions():
        yield smoke_test(name, target)


def destroy_steps(target: Target) -> Iterator[Step]:
    """Back to an empty project; the project itself and its logs stay."""
    yield terraform_init(target)
    options = (*target.options, "-var=deletion_protection=false")
    yield Step(
        say(texts.UNPROTECT),
        (*TERRAFORM, "apply", *options),
        value=target.billing_query,
        optional=True,
        retry=True,
    )
    yield Step(
        "terraform destroy",
        (*TERRAFORM, "destroy", *options),
        value=target.billing_query,
        hint=say(texts.AGAIN),
    )
    yield Step(_bucket_title(target), ("gcloud", "storage", "rm", target.state, "--recursive"))


def prerequisites(target: Target) -> Iterator[Step]:
    """Credentials, project, billing and APIs: only a person can correct these, so they come first."""
    yield Step(
        say(("gcloud : connecté", "gcloud: signed in")),
        unless=("gcloud", "auth", "print-access-token", "--quiet"),
        hint=say(texts.SIGN_IN, command="gcloud auth login"),
    )
    yield Step(
        say(("Terraform et Python : connectés", "Terraform and Python: signed in")),
        unless=("gcloud", "auth", "application-default", "print-access-token", "--quiet"),
        hint=say(texts.SIGN_IN, command="gcloud auth application-default login"),
    )
    yield project(target)
    yield billing(target)
    apis = [f"{name}.googleapis.com" for name in FIRST_APIS]
    yield Step(
        say(("premières API", "first APIs")),
        ("gcloud", "services", "enable", *apis, f"--project={target.project}"),
        hint=say(texts.TERMS),
    )


def project(target: Target) -> Step:
    """Checks that the project exists, or creates it if a billing account is given."""
    return Step(
        say(("projet {project}", "project {project}"), project=target.project),
        ("gcloud", "projects", "create", target.project) if target.billing else (),
        unless=("gcloud", "projects", "describe", target.project, "--format=value(projectId)"),
        hint=f"{say(texts.NO_PROJECT)}\n{say(texts.TERMS)}",
    )


def billing(target: Target) -> Step:
    """The billing account of the project."""
    link = ("gcloud", "billing", "projects", "link", target.project, f"--billing-account={target.billing}")
    return Step(
        say(("facturation", "billing")),
        link if target.billing else (),
        unless=("gcloud", "billing", "projects", "describe", target.project, "--format=value(billingEnabled)"),
        expected="True",
        hint=say(texts.NO_BILLING),
    )


def infrastructure(target: Target) -> Iterator[Step]:
    """The bucket of Terraform's state, then everything else by Terraform."""
    yield state_bucket(target)
    yield Step(
        say(("état : chaque version est gardée", "state: every version is kept")),
        ("gcloud", "storage", "buckets", "update", target.state, "--versioning"),
    )
    yield terraform_init(target)
    yield Step(
        "terraform apply",
        (*TERRAFORM, "apply", *target.options),
        value=target.billing_query,
        retry=True,
        hint=say(texts.APPLY_FAILED),
    )


def state_bucket(target: Target) -> Step:
    """The bucket of Terraform's state: in this project, and in the region of everything else."""
    name, project, region = target.state.removeprefix("gs://"), f"--project={target.project}", target.region.upper()
    create = ("gcloud", "storage", "buckets", "create", target.state, project, f"--location={target.region}")
    return Step(
        _bucket_title(target),
        (*create, "--uniform-bucket-level-access", "--public-access-prevention"),
        unless=("gcloud", "storage", "buckets", "list", project, f"--filter=name={name}", "--format=value(location)"),
        expected=region,
        conflict=say(texts.OTHER_REGION, project=target.project, place="{}", region=region),
        hint=say(texts.BUCKET_TAKEN),
    )


def _bucket_title(target: Target) -> str:
    return f"bucket {target.state}"


def terraform_init(target: Target) -> Step:
    """Terraform with its providers and the state of this project."""
    backend = f"-backend-config=bucket={target.state.removeprefix('gs://')}"
    return Step("terraform init", (*TERRAFORM, "init", "-input=false", "-reconfigure", backend))


def publish(name: str, target: Target) -> Step:
    """Publish and promote the bundle of this repository."""
    command = (sys.executable, "-m", "models", "publish", name, "--bucket", f"{target.project}-augure-models")
    return Step(say(texts.PUBLISH, name=name), (*command, "--promote"))


def build(target: Target) -> Step:
    """Cloud Build: test, build, push, deploy, smoke-test, move the traffic."""
    substitutions = f"_REGION={target.region}" + (f",_FUNCTION={target.function}" if target.function else "")
    command = ("gcloud", "builds", "submit", ".", "--config=cloudbuild.yaml", f"--substitutions={substitutions}")
    source = f"--gcs-source-staging-dir=gs://{target.project}-augure-builds/source"
    return Step(
        say(texts.BUILD),
        (*command, source, f"--project={target.project}", f"--region={target.build_region}"),
        hint=say(texts.BUILD_FAILED),
    )


def smoke_test(name: str, target: Target) -> Step:
    """The function's examples, through its public address."""
    service = service_name(name)
    options = (f"--project={target.project}", f"--region={target.region}")
    return Step(
        say(("{name} : essai des exemples", "{name}: smoke test"), name=name),
        (sys.executable, "-m", "tools.smoke", name, "$VALUE", "--identity", "gcloud"),
        value=("gcloud", "run", "services", "describe", service, *options, "--format=value(status.url)"),
    )
