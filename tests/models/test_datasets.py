import errno
import hashlib
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import pytest

from training.datasets import ROOT, DataError, Source, cache_folder, data_folder, read

CONTENT = b"a;b\n1;2\n"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def published(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and the URL of an HTTP server for its files."""
    folder = tmp_path / "published"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"DATA_DIR": str(tmp_path / "data"), "XDG_CACHE_HOME": str(tmp_path / "cache")}


def _zip(member: str) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(member, CONTENT)
    return content.getvalue()


def test_default_folders_are_beside_the_project_and_in_the_user_cache() -> None:
    assert data_folder({}) == ROOT.parent / "shared" / "data"
    assert data_folder({"DATA_DIR": "/elsewhere"}) == Path("/elsewhere")
    assert cache_folder({}) == Path.home() / ".cache" / "augure"
    assert cache_folder({"XDG_CACHE_HOME": "/kept"}) == Path("/kept/augure")


def test_a_file_of_the_data_folder_is_read_without_a_download(tmp_path: Path, environ: dict[str, str]) -> None:
    (tmp_path / "data" / "set").mkdir(parents=True)
    (tmp_path / "data" / "set" / "a.csv").write_bytes(CONTENT)
    assert read(Source("set/a.csv", "http://127.0.0.1:9/a.csv", SHA256), environ) == CONTENT


def test_a_wrong_checksum_is_refused_with_both_checksums(tmp_path: Path, environ: dict[str, str]) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_bytes(CONTENT + b"3;4\n")
    other = hashlib.sha256(CONTENT + b"3;4\n").hexdigest()
    with pytest.raises(DataError) as refusal:
        read(Source("a.csv", "http://127.0.0.1:9/a.csv", SHA256), environ)
    assert refusal.value.message == f"{tmp_path}/data/a.csv refusé : SHA-256 attendu {SHA256}, reçu {other}."


def test_a_missing_file_is_downloaded_once_and_kept(
    tmp_path: Path, environ: dict[str, str], published: tuple[Path, str]
) -> None:
    folder, address = published
    (folder / "a.csv").write_bytes(CONTENT)
    source = Source("set/a.csv", f"{address}/a.csv", SHA256)
    assert read(source, environ) == CONTENT
    (folder / "a.csv").unlink()
    assert read(source, environ) == CONTENT
    assert [file.name for file in (tmp_path / "cache" / "augure" / "set").iterdir()] == ["a.csv"]


def test_a_member_is_extracted_from_the_published_zip(environ: dict[str, str], published: tuple[Path, str]) -> None:
    folder, address = published
    (folder / "a.zip").write_bytes(_zip("data.csv"))
    assert read(Source("a.csv", f"{address}/a.zip", SHA256, member="data.csv"), environ) == CONTENT


def test_a_download_with_another_checksum_is_refused_and_not_kept(
    tmp_path: Path, environ: dict[str, str], published: tuple[Path, str]
) -> None:
    folder, address = published
    (folder / "a.csv").write_bytes(b"<html>moved</html>")
    with pytest.raises(DataError, match=SHA256):
        read(Source("a.csv", f"{address}/a.csv", SHA256), environ)
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(("file", "content"), [("gone.zip", None), ("a.zip", b"no zip"), ("b.zip", _zip("other.csv"))])
def test_a_failed_download_is_reported_in_one_sentence(
    tmp_path: Path, environ: dict[str, str], published: tuple[Path, str], file: str, content: bytes | None
) -> None:
    folder, address = published
    if content is not None:
        (folder / file).write_bytes(content)
    with pytest.raises(DataError) as refusal:
        read(Source("set/a.csv", f"{address}/{file}", SHA256, member="data.csv"), environ)
    for part in (f"{address}/{file}", SHA256, f"placez a.csv dans {tmp_path}/data/set."):
        assert part in refusal.value.message


def test_a_truncated_download_is_reported_in_one_sentence(
    environ: dict[str, str], published: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, address = published
    (folder / "a.csv").write_bytes(CONTENT)
    header = _Quiet.send_header

    def longer(self: _Quiet, name: str, value: str) -> None:
        header(self, name, str(int(value) + 1) if name == "Content-Length" else value)

    monkeypatch.setattr(_Quiet, "send_header", longer)
    with pytest.raises(DataError, match=r"téléchargement a échoué \(IncompleteRead"):
        read(Source("a.csv", f"{address}/a.csv", SHA256), environ)


def test_a_damaged_zip_is_reported_in_one_sentence(environ: dict[str, str], published: tuple[Path, str]) -> None:
    folder, address = published
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.csv", CONTENT)
    start = 30 + len("data.csv")
    damaged = packed.getvalue()[:start] + b"\xff" * 4 + packed.getvalue()[start + 4 :]
    (folder / "a.zip").write_bytes(damaged)
    with pytest.raises(DataError, match="téléchargement a échoué"):
        read(Source("a.csv", f"{address}/a.zip", SHA256, member="data.csv"), environ)


def test_an_unwritable_cache_is_named(tmp_path: Path, environ: dict[str, str], published: tuple[Path, str]) -> None:
    folder, address = published
    (folder / "a.csv").write_bytes(CONTENT)
    (tmp_path / "cache").write_text("no folder")
    with pytest.raises(DataError) as refusal:
        read(Source("set/a.csv", f"{address}/a.csv", SHA256), environ)
    assert refusal.value.message.startswith(f"{tmp_path}/cache/augure/set/a.csv ne peut pas être écrit (")
    assert "XDG_CACHE_HOME" in refusal.value.message


def test_an_unreadable_file_is_named(tmp_path: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_bytes(CONTENT)

    def refused(_: Path) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refused)
    with pytest.raises(DataError) as refusal:
        read(Source("a.csv", "http://127.0.0.1:9/a.csv", SHA256), environ)
    assert refusal.value.message == f"{tmp_path}/data/a.csv illisible : Permission denied."


def test_a_missing_file_without_a_download_is_reported_with_its_command(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    source = Source("set/a.gz", "http://127.0.0.1:9/a.zip", SHA256, member="a.Z", by_hand="gzip -dc a.Z > a.gz")
    with pytest.raises(DataError) as refusal:
        read(source, environ)
    assert refusal.value.message == (
        "set/a.gz est introuvable : prenez a.Z dans http://127.0.0.1:9/a.zip, faites « gzip -dc a.Z > a.gz », "
        f"vérifiez son SHA-256 ({SHA256}) et placez-le dans {tmp_path}/data/set."
    )
