"""What `terraform test` cannot see: the files themselves, and what the functions really write and read."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from functions.explorer.settings import Settings as ExplorerSettings
from shared.log.client import VIEW
from shared.settings import Settings
from tests.client import Client
from tests.conftest import Lines, models_only
from tests.replay import ROOT, cases

FILES = {file.name: file.read_text("utf-8") for file in sorted((ROOT / "infra/terraform").glob("*.tf"))}
ALL = "\n".join(FILES.values())
DEPLOYED = sorted(file.parent for file in ROOT.glob("functions/*/function.yaml"))
SETTINGS = {name.upper() for name in Settings.__struct_fields__} | {"GOOGLE_CLOUD_PROJECT"}


def blocks(kind: str, text: str) -> dict[str, str]:
    """The blocks of one kind, by name, in their order."""
    return dict(re.findall(rf'^{kind} "(\w+)" {{\n(.*?)^}}', text, re.MULTILINE | re.DOTALL))


def local(name: str) -> str:
    """The text of a local value that is a plain string."""
    [value] = re.findall(rf'^  {name} += ("(?:[^"\\]|\\.)*")$', ALL, re.MULTILINE)
    text: str = json.loads(value)
    return text


@pytest.mark.parametrize(("kind", "file"), [("variable", "variables.tf"), ("output", "outputs.tf")])
def test_everything_from_outside_is_described_and_in_order(kind: str, file: str) -> None:
    found = blocks(kind, FILES[file])
    assert list(found) == sorted(found)
    assert len(found) == len(re.findall(rf"^{kind} ", ALL, re.MULTILINE))
    assert [
        name for name, body in found.items() if not re.search(r'^  description = ".{20,}"$', body, re.MULTILINE)
    ] == []


def test_every_variable_but_a_switch_is_validated_and_its_refusal_is_tested() -> None:
    tests = (ROOT / "infra/terraform/tests/variables.tftest.hcl").read_text("utf-8")
    for name, body in blocks("variable", FILES["variables.tf"]).items():
        assert re.search(r"^  type += bool$", body, re.MULTILINE) or "validation {" in body, name
        assert ("validation {" in body) == (f"    var.{name},\n" in tests), name


def test_every_grant_stands_in_one_file_adds_one_member_and_is_listed_by_a_test() -> None:
    listed = (ROOT / "infra/terraform/tests/grants.tftest.hcl").read_text("utf-8")
    granting = re.compile(r'^resource "(google_\w*(?:iam_(?!workload)|access_)\w*)" "(\w+)"', re.MULTILINE)
    assert {file: granting.findall(text) for file, text in FILES.items() if granting.search(text)}.keys() == {
        "grants.tf"
    }
    grants = granting.findall(FILES["grants.tf"])
    assert len(grants) == 5
    assert [kind for kind, _ in grants if not kind.endswith("_iam_member")] == []
    assert [f"{kind}.{name}" for kind, name in grants if f"{kind}.{name}" not in listed] == []


def test_no_key_is_made_and_no_role_is_a_primitive_one() -> None:
    assert re.findall(r"google_service_account_key|google_storage_hmac_key|google_\w+_acl\b", ALL) == []
    assert (
        set(re.findall(r'"(roles/\w+)"', ALL)) == set()
    )  # owner, editor, viewer, browser: the only ones without a dot
    assert set(re.findall(r'"allUsers"|"allAuthenticatedUsers"', ALL)) == {'"allUsers"'}
    assert ALL.count("allUsers") == 1


def test_what_cloud_build_deploys_is_all_that_terraform_ignores() -> None:
    assert re.findall(r"ignore_changes += (.*)", ALL) == [
        "[client, client_version, template[0].containers[0].image, template[0].labels]"
    ]


def test_only_the_google_provider_is_needed() -> None:
    assert set(re.findall(r'source += "([^"]+)"', ALL)) == {"hashicorp/google"}
    assert re.findall(r'^(?:resource|data) "(?!google_)\w+"', ALL, re.MULTILINE) == []


def test_every_setting_that_a_service_gets_is_one_that_functions_read() -> None:
    [given] = re.findall(r"^  deployed_env = {\n(.*?)^  }", FILES["functions.tf"], re.MULTILINE | re.DOTALL)
    names = set(re.findall(r"\b([A-Z]+(?:_[A-Z]+)+)\b", given))
    of_apps = {"LOGGING_VIEW", "MODELS_BUCKET"}
    common = {"GOOGLE_CLOUD_PROJECT", "MODEL_REFRESH_SECONDS", "MODEL_URI", "SAVED_IMAGES_URI", "SERVICE_URLS"}
    assert names == common | of_apps
    assert names - of_apps <= SETTINGS
    assert of_apps <= {name.upper() for name in ExplorerSettings.__struct_fields__} | {VIEW}


@pytest.mark.parametrize("folder", DEPLOYED, ids=lambda folder: folder.name)
def test_every_function_says_what_it_needs_and_why(folder: Path) -> None:
    text = (folder / "function.yaml").read_text("utf-8")
    [defaults] = re.findall(r"^  function_defaults = {\n(.*?)^  }", FILES["functions.tf"], re.MULTILINE | re.DOTALL)
    given = re.findall(r"^(\w+):(.*)$", text, re.MULTILINE)
    assert {name for name, _ in given} | {"saves_images"} == set(re.findall(r"^    (\w+) +=", defaults, re.MULTILINE))
    assert [name for name, value in given if name not in {"kind", "env"} and "# " not in value] == []
    assert set(re.findall(r"^  ([A-Z_]+):", text, re.MULTILINE)) <= SETTINGS


def test_a_refused_model_is_counted(
    function: Callable[[str], Client],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("MODEL_URI", str(tmp_path))
    function("predire")
    [line] = [json.loads(line) for line in capfd.readouterr().err.splitlines() if line.startswith("{")]
    assert (line["severity"], set(line)) == ("WARNING", {"severity", "message"})
    assert re.search(local("refused_model"), line["message"])
    assert "severity=WARNING" in FILES["metrics.tf"]


def test_a_lost_picture_is_counted(
    function: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SAVED_IMAGES_URI", "/dev/null/pictures")
    client = function("predict_digit")
    [case] = [case for case in cases(ROOT / "functions/predict_digit") if case.file.name == "cinq.case.json"]
    client.open(case.path, method=case.method, headers=dict(case.headers), data=case.body)
    [line] = [json.loads(line) for line in capfd.readouterr().err.splitlines() if line.startswith("{")]
    assert line["severity"] == "ERROR"
    assert re.search(local("lost_picture"), line["message"])


@models_only
def test_the_metric_of_predictions_reads_fields_that_a_line_has(client: Client, folder: Path, log_lines: Lines) -> None:
    case = cases(folder)[0]
    client.open(case.path, method=case.method, headers=dict(case.headers), data=case.body)
    [line] = log_lines()
    paths = re.findall(r"jsonPayload\.([\w.]+?)(?=:\*|\))", FILES["logs.tf"] + FILES["metrics.tf"])
    assert set(paths) == {"request_id", "function", "model.version", "status"}
    for path in paths:
        value = line
        for name in path.split("."):
            value = value[name]
        assert value


def test_no_sink_makes_a_table_of_lines_that_differ() -> None:
    assert re.findall(r"^  destination += \"([\w.]+)", ALL, re.MULTILINE) == ["logging.googleapis.com"]
    dataset = re.findall(r'^  link_id += "(\w+)"$', FILES["logs.tf"], re.MULTILINE)
    guide = (ROOT / "docs/operations.md").read_text("utf-8")
    assert re.findall(r"`my-project\.(\w+)\._AllLogs`", guide) == dataset


def test_every_alert_says_what_to_do() -> None:
    guide = (ROOT / "docs/operations.md").read_text("utf-8").partition("\n## On call\n")[2]
    alerts = re.findall(r'display_name += "Augure: ([^"$]+)"', FILES["alerts.tf"])
    assert alerts == ["answers 5xx", "slow answers", "fallback model serving"]
    assert [name for name in (*alerts, "budget") if f"\n### Alert: {name}\n" not in guide] == []


def test_the_example_of_values_names_variables_that_there_are() -> None:
    example = (ROOT / "infra/terraform/terraform.tfvars.example").read_text("utf-8")
    names = re.findall(r"^(?:# )?(\w+) += ", example, re.MULTILINE)
    assert len(names) >= 10
    assert set(names) <= blocks("variable", FILES["variables.tf"]).keys()
