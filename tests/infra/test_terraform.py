"""Checks beyond `terraform test`: of its files, and of metrics against real log lines."""

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
    """The bodies of the blocks of one kind, by name, in their order."""
    return dict(re.findall(rf'^{kind} "(\w+)" {{\n(.*?)^}}', text, re.MULTILINE | re.DOTALL))


def local(name: str) -> str:
    """The value of a local that is a plain string."""
    [value] = re.findall(rf'^  {name} += ("(?:[^"\\]|\\.)*")$', ALL, re.MULTILINE)
    text: str = json.loads(value)
    return text


@pytest.mark.parametrize(("kind", "file"), [("variable", "variables.tf"), ("output", "outputs.tf")])
def test_variables_and_outputs_are_described_and_sorted(kind: str, file: str) -> None:
    bodies = blocks(kind, FILES[file])
    assert list(bodies) == sorted(bodies)
    assert len(bodies) == len(re.findall(rf"^{kind} ", ALL, re.MULTILINE))
    assert [
        name for name, body in bodies.items() if not re.search(r'^  description = ".{20,}"$', body, re.MULTILINE)
    ] == []


def test_every_variable_but_booleans_has_a_tested_validation() -> None:
    tests = (ROOT / "infra/terraform/tests/variables.tftest.hcl").read_text("utf-8")
    for name, body in blocks("variable", FILES["variables.tf"]).items():
        assert re.search(r"^  type += bool$", body, re.MULTILINE) or "validation {" in body, name
        assert ("validation {" in body) == (f"    var.{name},\n" in tests), name


def test_every_grant_is_in_one_file_adds_one_member_and_is_tested() -> None:
    listed = (ROOT / "infra/terraform/tests/grants.tftest.hcl").read_text("utf-8")
    granting = re.compile(r'^resource "(google_\w*(?:iam_(?!workload)|access_)\w*)" "(\w+)"', re.MULTILINE)
    assert {file: granting.findall(text) for file, text in FILES.items() if granting.search(text)}.keys() == {
        "grants.tf"
    }
    grants = granting.findall(FILES["grants.tf"])
    assert len(grants) == 5
    assert [kind for kind, _ in grants if not kind.endswith("_iam_member")] == []
    assert [f"{kind}.{name}" for kind, name in grants if f"{kind}.{name}" not in listed] == []


def test_no_keys_and_no_basic_roles() -> None:
    assert re.findall(r"google_service_account_key|google_storage_hmac_key|google_\w+_acl\b", ALL) == []
    assert (
        set(re.findall(r'"(roles/\w+)"', ALL)) == set()
    )  # owner, editor, viewer, browser: the only roles without a dot
    assert set(re.findall(r'"allUsers"|"allAuthenticatedUsers"', ALL)) == {'"allUsers"'}
    assert ALL.count("allUsers") == 1


def test_terraform_ignores_only_what_cloud_build_deploys() -> None:
    assert re.findall(r"ignore_changes += (.*)", ALL) == [
        "[client, client_version, template[0].containers[0].image, template[0].labels]"
    ]


def test_only_the_google_provider_is_needed() -> None:
    assert set(re.findall(r'source += "([^"]+)"', ALL)) == {"hashicorp/google"}
    assert re.findall(r'^(?:resource|data) "(?!google_)\w+"', ALL, re.MULTILINE) == []


def test_every_setting_of_a_service_is_known_to_functions() -> None:
    [block] = re.findall(r"^  deployed_env = {\n(.*?)^  }", FILES["functions.tf"], re.MULTILINE | re.DOTALL)
    names = set(re.findall(r"\b([A-Z]+(?:_[A-Z]+)+)\b", block))
    app_settings = {"LOGGING_VIEW", "MODELS_BUCKET"}
    function_settings = {
        "GOOGLE_CLOUD_PROJECT",
        "MODEL_REFRESH_SECONDS",
        "MODEL_URI",
        "SAVED_IMAGES_URI",
        "SERVICE_URLS",
    }
    assert names == function_settings | app_settings
    assert names - app_settings <= SETTINGS
    assert app_settings <= {name.upper() for name in ExplorerSettings.__struct_fields__} | {VIEW}


@pytest.mark.parametrize("folder", DEPLOYED, ids=lambda folder: folder.name)
def test_every_function_yaml_has_all_keys_with_reasons(folder: Path) -> None:
    text = (folder / "function.yaml").read_text("utf-8")
    [defaults] = re.findall(r"^  function_defaults = {\n(.*?)^  }", FILES["functions.tf"], re.MULTILINE | re.DOTALL)
    settings = re.findall(r"^(\w+):(.*)$", text, re.MULTILINE)
    assert {name for name, _ in settings} | {"saves_images"} == set(
        re.findall(r"^    (\w+) +=", defaults, re.MULTILINE)
    )
    assert [name for name, value in settings if name not in {"kind", "env"} and "# " not in value] == []
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
def test_the_metric_of_predictions_reads_existing_fields(client: Client, folder: Path, log_lines: Lines) -> None:
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


def test_no_sink_writes_to_bigquery() -> None:
    assert re.findall(r"^  destination += \"([\w.]+)", ALL, re.MULTILINE) == ["logging.googleapis.com"]
    dataset = re.findall(r'^  link_id += "(\w+)"$', FILES["logs.tf"], re.MULTILINE)
    guide = (ROOT / "docs/operations.md").read_text("utf-8")
    assert re.findall(r"`my-project\.(\w+)\._AllLogs`", guide) == dataset


def test_every_alert_has_a_section_in_the_guide() -> None:
    guide = (ROOT / "docs/operations.md").read_text("utf-8").partition("\n## On call\n")[2]
    alerts = re.findall(r'display_name += "Augure: ([^"$]+)"', FILES["alerts.tf"])
    assert alerts == ["answers 5xx", "slow answers", "fallback model serving"]
    assert [name for name in (*alerts, "budget") if f"\n### Alert: {name}\n" not in guide] == []


def test_the_example_of_values_names_existing_variables() -> None:
    example = (ROOT / "infra/terraform/terraform.tfvars.example").read_text("utf-8")
    names = re.findall(r"^(?:# )?(\w+) += ", example, re.MULTILINE)
    assert len(names) >= 10
    assert set(names) <= blocks("variable", FILES["variables.tf"]).keys()
