"""What to deploy, and where."""

import json
from dataclasses import dataclass

from shared.terminal import say
from tools.deploy import process, texts
from tools.deploy.process import Command
from tools.deploy.step import StepFailed


@dataclass(frozen=True)
class Target:
    """A Google Cloud project, and what is deployed there.

    Attributes:
        project: its identifier.
        region: of everything but the builds.
        build_region: region of Cloud Build; new projects may not use every region.
        billing: account of the form XXXXXX-XXXXXX-XXXXXX that pays if the project must be created; "": it must exist.
        function: the only function to build; "" for all.
        emails: recipients of alerts, separated by commas; "": those of terraform.tfvars.
    """

    project: str
    region: str
    build_region: str
    billing: str = ""
    function: str = ""
    emails: str = ""

    @property
    def state(self) -> str:
        """The bucket of Terraform's state."""
        return f"gs://{self.project}-augure-tfstate"

    @property
    def options(self) -> Command:
        """Terraform's options: variables that infra/terraform/terraform.tfvars need not have."""
        variables = [f"-var=project_id={self.project}", f"-var=region={self.region}", "-var=billing_account=$VALUE"]
        if self.emails:
            addresses = json.dumps([address.strip() for address in self.emails.split(",")])
            variables.append(f"-var=alert_emails={addresses}")
        return ("-input=false", "-auto-approve", *variables)

    @property
    def billing_query(self) -> Command:
        """A command that prints the project's billing account: the `$VALUE` of `options`."""
        account = "--format=value(billingAccountName.basename())"
        return ("gcloud", "billing", "projects", "describe", self.project, account)

    def functions(self) -> list[str]:
        """The functions to deploy.

        Raises:
            StepFailed: the repository has none, or not the requested one.
        """
        names = sorted(file.parent.name for file in process.ROOT.glob("functions/*/function.yaml"))
        if not names or self.function not in ("", *names):
            missing = f"functions/{self.function or '*'}/function.yaml"
            raise StepFailed(say(texts.NO_FUNCTION, file=missing))
        return [self.function] if self.function else names

    def models(self) -> list[str]:
        """Those functions that have a model to publish."""
        models = process.ROOT / "models"
        return [name for name in self.functions() if (models / name / "bundle" / "manifest.json").exists()]
