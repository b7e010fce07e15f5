"""Publishing, listing and verifying, on the fake Cloud Storage of the tests and on fake-gcs-server."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from click.testing import Result

from shared.model.bundle import CURRENT, Manifest, Pointer, version_of
from tests.models.registry import NAME, Registry, files_of, seconds
from tests.replay import ROOT
from tests.unit.bundles import change_manifest, copy_bundle
from training.registry.inspection import sha256
from training.registry.store import Store
from training.registry.tables import size

Run = Callable[..., Result]


def test_publishing_writes_every_file_and_the_manifest_last(registry: Registry, folders: list[Path]) -> None:
    done = registry.json("publish", "--bundle", folders[0])
    prefix = f"{NAME}/{done['version']}/"
    assert done["sent"][-1] == "manifest.json"
    assert sorted(done["sent"]) == files_of(folders[0])
    assert registry.names == [f"{prefix}{file}" for file in files_of(folders[0])]
    for file in folders[0].iterdir():
        assert registry.read(f"{prefix}{file.name}") == file.read_bytes()
    assert done["uri"] == f"gs://{registry.bucket}/{prefix}"
    assert done["bytes"] == sum(file.stat().st_size for file in folders[0].iterdir())


def test_the_committed_bundle_is_published_by_default(registry: Registry) -> None:
    folder = ROOT / "models" / NAME / "bundle"
    version = json.loads((folder / "manifest.json").read_bytes())["version"]
    said = registry("publish").output
    weight = size(sum(file.stat().st_size for file in folder.iterdir()))
    assert f"gs://{registry.bucket}/{NAME}/{version}/ est publiée ({weight})." in said
    assert registry("verify").exit_code == 0


def test_publishing_again_does_nothing(registry: Registry, folders: list[Path]) -> None:
    registry("publish", "--bundle", folders[0])
    before = [(entry.name, entry.written) for entry in registry.store.entries("")]
    result = registry("publish", "--bundle", folders[0])
    assert "rien à faire" in result.output
    assert [(entry.name, entry.written) for entry in registry.store.entries("")] == before


class Killed(BaseException):
    """An exception that no code catches."""


def test_rerunning_completes_a_publication_stopped_after_any_file(
    registry: Registry, folders: list[Path], versions: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each run adds one file. No file is sent twice, and the version is incomplete until the last."""
    write, files = Store.write, len(files_of(folders[0]))
    sent: list[str] = []

    def one(store: Store, name: str, content: bytes, generation: int) -> bool:
        if sent and len(sent) % 2:
            sent.append("killed")
            raise Killed
        sent.append(name)
        return write(store, name, content, generation)

    for done in range(1, files):
        with monkeypatch.context() as patch:
            patch.setattr(Store, "write", one)
            with pytest.raises(Killed):
                registry("publish", "--bundle", folders[0])
        [row] = registry.json("list")["versions"]
        assert (row["state"], row["files"]) == ("incomplete", done)
        assert "manifest.json" in registry("promote", versions[0], code=1).output
    assert len(registry.json("publish", "--bundle", folders[0])["sent"]) == 1
    assert len({name for name in sent if name != "killed"}) == files - 1
    assert registry.json("list")["versions"][0]["state"] == "complete"
    assert "conforme" in registry("verify", versions[0]).output


def test_other_bytes_of_a_published_version_are_refused_with_both_hashes(
    registry: Registry, folders: list[Path], versions: list[str]
) -> None:
    registry("publish", "--bundle", folders[0])
    name = f"{NAME}/{versions[0]}/model.onnx"
    registry.overwrite(name, b"other")
    before = [(entry.name, entry.written) for entry in registry.store.entries("")]
    said = registry("publish", "--bundle", folders[0], code=1).output
    assert "model.onnx" in said
    assert sha256(b"other") in said
    assert sha256((folders[0] / "model.onnx").read_bytes()) in said
    assert [(entry.name, entry.written) for entry in registry.store.entries("")] == before


def test_a_reformatted_manifest_of_a_published_version_is_refused(
    registry: Registry, folders: list[Path], versions: list[str]
) -> None:
    registry("publish", "--bundle", folders[0])
    manifest = folders[0] / "manifest.json"
    first = manifest.read_bytes()
    manifest.write_bytes(msgspec.json.format(first, indent=4))
    said = registry("publish", "--bundle", folders[0], code=1).output
    assert "manifest.json" in said
    assert sha256(first) in said
    assert sha256(manifest.read_bytes()) in said
    assert registry.read(f"{NAME}/{versions[0]}/manifest.json") == first


@pytest.mark.parametrize("spoil", ["graph", "manifest", "none", "other_model", "other_columns"])
def test_an_invalid_bundle_is_not_published(
    registry: Registry, folders: list[Path], spoil: str, tmp_path: Path
) -> None:
    folder = folders[0]
    if spoil == "graph":
        (folder / "model.onnx").write_bytes(b"x")
    elif spoil == "manifest":
        change_manifest(folder, {"command": "rm"}, sealed=False)
    elif spoil == "none":
        (folder / "manifest.json").unlink()
    elif spoil == "other_model":
        folder = copy_bundle("predire", tmp_path / "other")
    else:
        change_manifest(folder, {"classes": ["a", "b", "c"]}, sealed=True)
    said = registry("publish", "--bundle", folder, code=1).output
    reason = {
        "graph": sha256(b"x"),
        "manifest": "manifest.json (version)",
        "none": "manifest.json illisible",
        "other_model": "name : attendu predict_species, reçu predire",
        "other_columns": "classes",
    }
    assert reason[spoil] in said
    assert registry.names == []


def test_a_missing_folder_is_named(registry: Registry, tmp_path: Path) -> None:
    assert str(tmp_path / "none") in registry("publish", "--bundle", tmp_path / "none", code=1).output


def test_a_dry_run_writes_nothing_and_lists_the_changes(
    registry: Registry, folders: list[Path], versions: list[str]
) -> None:
    said = registry("publish", "--bundle", folders[0], "--promote", "--dry-run").output
    assert "serait publiée" in said
    assert f"{versions[0]} serait courante" in said
    assert registry.names == []
    registry("publish", "--bundle", folders[0], "--promote")
    registry("publish", "--bundle", folders[1])
    before = registry.current
    assert "serait courante" in registry("promote", versions[1], "--dry-run").output
    assert registry.current == before
    registry("promote", versions[1])
    before = registry.current
    assert registry.json("rollback", "--dry-run")["version"] == versions[0]
    assert registry.current == before


def test_a_dry_run_fails_with_the_errors_of_a_run(registry: Registry, folders: list[Path], versions: list[str]) -> None:
    assert "n'est pas publiée" in registry("promote", versions[0], "--dry-run", code=1).output
    registry("publish", "--bundle", folders[0])
    registry.overwrite(f"{NAME}/{versions[0]}/model.onnx", b"other")
    assert sha256(b"other") in registry("publish", "--bundle", folders[0], "--dry-run", code=1).output
    assert sha256(b"other") in registry("promote", versions[0], "--dry-run", code=1).output


def test_a_list_describes_every_version(registry: Registry, published: list[str], folders: list[Path]) -> None:
    registry("promote", published[0])
    registry("promote", published[1])
    registry.overwrite(f"{NAME}/notes.txt", b"whatever")
    registry.overwrite(f"{NAME}/0123456789ab/CARD.md", b"unfinished")
    listing = registry.json("list")
    rows = {row["version"]: row for row in listing["versions"]}
    assert {version: (row["state"], row["role"]) for version, row in rows.items()} == {
        published[0]: ("complete", "previous"),
        published[1]: ("complete", "current"),
        published[2]: ("complete", None),
        "0123456789ab": ("incomplete", None),
    }
    row = rows[published[0]]
    assert row["bytes"] == sum(file.stat().st_size for file in folders[0].iterdir())
    assert row["files"] == len(files_of(folders[0]))
    assert row["metrics"]["model"]["accuracy"] == 0.98
    assert abs(time.time() - seconds(row["published"])) < 60
    assert [each["version"] for each in listing["versions"]][:3] == published[::-1]
    assert listing["current"]["version"] == published[1]
    shown = registry("list").output
    for word in (*published, "courante", "précédente", "incomplète", "accuracy 0.98"):
        assert word in shown


def test_sizes_are_in_french_notation() -> None:
    assert (size(999), size(89_612), size(5_832_000)) == ("1,0 ko", "89,6 ko", "5,8 Mo")


def test_an_empty_list_is_reported(registry: Registry) -> None:
    assert "aucune version n'est publiée" in registry("list").output
    assert registry.json("list")["versions"] == []


def test_verification_reads_every_version_and_names_differences(registry: Registry, published: list[str]) -> None:
    registry("promote", published[0])
    assert registry("verify").output.count("conforme") == 3
    registry.overwrite(f"{NAME}/{published[2]}/model.onnx", b"other")
    said = registry("verify", code=1).output
    assert said.count("NON CONFORME") == 1
    assert f"versions qui ne sont pas bonnes à servir : {published[2]}." in said
    good = sha256((ROOT / "models" / NAME / "bundle/model.onnx").read_bytes())
    assert f"{published[2]} : model.onnx : SHA-256 attendu {good}, trouvé {sha256(b'other')}" in said
    registry("verify", published[0])
    [row] = registry.json("verify", published[2], code=1)
    assert row["differences"] == [{"file": "model.onnx", "expected": good, "actual": sha256(b"other")}]


def test_verification_reports_a_wrong_manifest(registry: Registry, published: list[str]) -> None:
    name = f"{NAME}/{published[0]}/manifest.json"
    altered = json.loads(registry.read(name)) | {"classes": ["versicolor", "setosa", "virginica"]}
    registry.overwrite(name, json.dumps(altered).encode())
    said = registry("verify", published[0], code=1).output
    assert f"manifest.json (version) : SHA-256 attendu {published[0]}" in said
    assert version_of(msgspec.convert(altered, Manifest)) in said


def test_verification_compares_the_pointer_with_the_manifest(registry: Registry, published: list[str]) -> None:
    registry("promote", published[0])
    pointer = msgspec.structs.replace(registry.current, manifest_sha256="0" * 64)
    registry.overwrite(f"{NAME}/{CURRENT}", msgspec.json.encode(pointer))
    said = registry("verify", code=1).output
    assert "0" * 64 in said
    assert sha256(registry.read(f"{NAME}/{published[0]}/manifest.json")) in said
    registry("promote", published[0])
    registry("verify")


def test_verification_reports_a_dangling_pointer(registry: Registry) -> None:
    pointer = Pointer("0123456789ab", "0" * 64, None, "2026-01-01T00:00:00.000000Z")
    registry.overwrite(f"{NAME}/{CURRENT}", msgspec.json.encode(pointer))
    assert f"SHA-256 attendu {'0' * 64}, fichier absent" in registry("verify", code=1).output


def test_verification_fails_without_a_published_version(registry: Registry) -> None:
    assert "aucune version n'est publiée" in registry("verify", code=1).output
    assert "n'est pas publiée" in registry("verify", "0123456789ab", code=1).output


@pytest.mark.parametrize(
    "words",
    [
        ("list", NAME),
        ("list", NAME, "--bucket", "bucket/predire"),
        ("list", NAME, "--bucket", "UPPER"),
        ("list", "no_such_model", "--bucket", "augure-test"),
        ("promote", NAME, "latest", "--bucket", "augure-test"),
        ("rollback", NAME, "--to", "../x", "--bucket", "augure-test"),
    ],
)
def test_invalid_arguments_are_usage_errors(run: Run, words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2


def test_a_bucket_may_be_given_with_its_scheme(registry: Registry) -> None:
    assert registry.run("list", NAME, "--bucket", f"gs://{registry.bucket}/").exit_code == 0


def test_the_command_line_does_not_import_googles_client_at_start() -> None:
    code = "import sys, models.__main__; sys.exit(bool({'google.cloud.storage', 'onnxruntime'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_the_commands_of_the_operations_page_work_in_their_order(registry: Registry, published: list[str]) -> None:
    page = (ROOT / "docs/operations.md").read_text("utf-8")
    commands = re.findall(r"^python -m models (.+?)\s+#", page, re.MULTILINE)
    assert [command.split()[0] for command in commands] == ["publish", "list", "promote", "verify", "rollback"]
    registry("promote", published[2])
    for command in commands:
        words = command.replace("gs://augure-models", registry.bucket).replace("VERSION", published[1]).split()
        result = registry.run(*words)
        assert result.exit_code == 0, result.output
    assert registry.current.version == published[2]
