"""Google's client against the project's fake Cloud Storage and against fake-gcs-server, an independent one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from google.api_core.exceptions import NotFound, PreconditionFailed, ServiceUnavailable
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import RefreshError
from google.cloud.storage import Bucket, Client
from google.cloud.storage.exceptions import DataCorruption
from google.oauth2.credentials import Credentials
from requests.exceptions import RequestException

from tests.gcs import Cut, Emulator, FakeGcs, Flip, Lost, Meanwhile, Status

NAME = "iris/v 1é/current.json"
"""An object name that must be percent-encoded."""

MIB = 1024 * 1024


def _bucket(emulator: Emulator) -> Bucket:
    client = Client("test", AnonymousCredentials(), client_options={"api_endpoint": emulator.address})  # type: ignore[no-untyped-call]
    return client.bucket(emulator.bucket)


@pytest.fixture
def bucket(storage: Emulator) -> Bucket:
    return _bucket(storage)


@pytest.fixture
def ours(gcs: FakeGcs) -> Bucket:
    return _bucket(Emulator(gcs.address, gcs.bucket))


def test_generation_match_0_refuses_an_existing_object(bucket: Bucket) -> None:
    blob = bucket.blob(NAME)
    blob.upload_from_string(b"first", if_generation_match=0)
    assert blob.generation > 0
    with pytest.raises(PreconditionFailed):
        bucket.blob(NAME).upload_from_string(b"second", if_generation_match=0)
    assert bucket.blob(NAME).download_as_bytes() == b"first"


def test_generation_match_refuses_an_outdated_generation(bucket: Bucket) -> None:
    blob = bucket.blob(NAME)
    blob.upload_from_string(b"first", content_type="application/json")
    generation = blob.generation
    blob.upload_from_string(b"second", if_generation_match=generation)
    assert blob.generation > generation
    with pytest.raises(PreconditionFailed):
        bucket.blob(NAME).upload_from_string(b"third", if_generation_match=generation)
    assert bucket.blob(NAME).download_as_bytes() == b"second"


def test_one_of_several_concurrent_writers_wins(bucket: Bucket) -> None:
    blob = bucket.blob(NAME)
    blob.upload_from_string(b"first")

    def write(number: int) -> bool:
        try:
            bucket.blob(NAME).upload_from_string(str(number), if_generation_match=blob.generation)
        except PreconditionFailed:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(write, range(8)))
    assert sum(won) == 1
    assert bucket.blob(NAME).download_as_bytes() == str(won.index(True)).encode()


def test_a_download_has_generation_size_and_checksum(bucket: Bucket) -> None:
    bucket.blob(NAME).upload_from_string(b"content")
    metadata = bucket.get_blob(NAME)
    assert metadata is not None
    downloaded = bucket.blob(NAME)
    assert downloaded.download_as_bytes(if_generation_match=metadata.generation) == b"content"
    assert (downloaded.generation, metadata.size, metadata.md5_hash) == (
        metadata.generation,
        7,
        "mgNkuembtIDdJeHwKEyFVQ==",
    )
    assert metadata.crc32c
    assert metadata.time_created is not None


@pytest.mark.parametrize("chunk_size", [None, MIB // 4], ids=["at-once", "resumable"])
def test_an_object_keeps_its_content_type_and_cache_control(bucket: Bucket, chunk_size: int | None) -> None:
    blob = bucket.blob(NAME, chunk_size=chunk_size)
    blob.cache_control = "no-store"
    blob.upload_from_string(b"{}", "application/json")
    metadata = bucket.get_blob(NAME)
    assert metadata is not None
    assert (metadata.content_type, metadata.cache_control) == ("application/json", "no-store")


def test_an_unknown_generation_is_404(bucket: Bucket) -> None:
    blob = bucket.blob(NAME)
    blob.upload_from_string(b"first")
    assert bucket.blob(NAME, generation=blob.generation).download_as_bytes() == b"first"
    with pytest.raises(NotFound):
        bucket.blob(NAME, generation=blob.generation + 1).download_as_bytes()


def test_generation_match_applies_to_reads(ours: Bucket) -> None:
    """fake-gcs-server 1.56.1 checks preconditions of writes only."""
    blob = ours.blob(NAME)
    blob.upload_from_string(b"first")
    with pytest.raises(PreconditionFailed):
        ours.blob(NAME).download_as_bytes(if_generation_match=blob.generation + 1)


def test_a_range_of_an_object_is_read(bucket: Bucket) -> None:
    bucket.blob(NAME).upload_from_string(bytes(range(100)))
    assert bucket.blob(NAME).download_as_bytes(start=10, end=19) == bytes(range(10, 20))


def test_a_listing_has_sorted_names_and_folders_of_its_prefix(bucket: Bucket) -> None:
    for name in ("iris/b/2", "iris/a/1", "iris/current.json", "other/a/1"):
        bucket.blob(name).upload_from_string(name)
    listing = bucket.client.list_blobs(bucket, prefix="iris/")
    assert [(blob.name, blob.size) for blob in listing] == [
        ("iris/a/1", 8),
        ("iris/b/2", 8),
        ("iris/current.json", 17),
    ]
    folders = bucket.client.list_blobs(bucket, prefix="iris/", delimiter="/")
    assert [blob.name for blob in folders] == ["iris/current.json"]
    assert folders.prefixes == {"iris/a/", "iris/b/"}
    assert list(bucket.client.list_blobs(bucket, prefix="none/")) == []


def test_a_listing_has_pages(ours: Bucket) -> None:
    """fake-gcs-server 1.56.1 returns all names on one page."""
    for number in range(7):
        ours.blob(f"iris/{number}").upload_from_string(b"")
    pages = ours.client.list_blobs(ours, prefix="iris/", page_size=3).pages
    assert [[blob.name for blob in page] for page in pages] == [
        ["iris/0", "iris/1", "iris/2"],
        ["iris/3", "iris/4", "iris/5"],
        ["iris/6"],
    ]


@pytest.mark.parametrize(
    "request_missing",
    [
        lambda bucket: bucket.blob(NAME).download_as_bytes(),
        lambda bucket: bucket.blob(NAME).reload(),
        lambda bucket: bucket.blob(NAME).delete(),
        lambda bucket: bucket.client.bucket("no-such-bucket").blob(NAME).download_as_bytes(),
        lambda bucket: bucket.client.bucket("no-such-bucket").blob(NAME).upload_from_string(b""),
        lambda bucket: list(bucket.client.list_blobs("no-such-bucket")),
    ],
    ids=["download", "reload", "delete", "bucket-download", "bucket-upload", "bucket-list"],
)
def test_a_missing_object_or_bucket_is_404(bucket: Bucket, request_missing: Callable[[Bucket], object]) -> None:
    with pytest.raises(NotFound):
        request_missing(bucket)


def test_a_deleted_object_can_be_created_again(bucket: Bucket) -> None:
    blob = bucket.blob(NAME)
    blob.upload_from_string(b"first", if_generation_match=0)
    blob.delete(if_generation_match=blob.generation)
    bucket.blob(NAME).upload_from_string(b"second", if_generation_match=0)
    assert bucket.blob(NAME).download_as_bytes() == b"second"


def test_a_resumable_upload_respects_generation_match(bucket: Bucket) -> None:
    content = bytes(range(256)) * 4096
    blob = bucket.blob(NAME, chunk_size=MIB // 4)
    blob.upload_from_string(content, if_generation_match=0)
    assert bucket.blob(NAME).download_as_bytes() == content
    with pytest.raises(PreconditionFailed):
        bucket.blob(NAME, chunk_size=MIB // 4).upload_from_string(content, if_generation_match=0)


def test_the_fake_fails_as_often_as_requested(gcs: FakeGcs, ours: Bucket) -> None:
    gcs.put("iris/graph", b"content")
    gcs.fail(Status(503), "GET .*graph", times=1, skip=1)
    blob = ours.blob("iris/graph")
    assert blob.download_as_bytes(retry=None) == b"content"
    with pytest.raises(ServiceUnavailable):
        blob.download_as_bytes(retry=None)
    assert blob.download_as_bytes(retry=None) == b"content"
    assert gcs.asked("GET", "graph") == 3


def test_the_fake_flips_a_bit_which_the_checksum_reveals(gcs: FakeGcs, ours: Bucket) -> None:
    gcs.put("iris/graph", b"content")
    gcs.fail(Flip(), "graph")
    with pytest.raises(DataCorruption):
        ours.blob("iris/graph").download_as_bytes(retry=None)


def test_the_fake_cuts_a_response_body(gcs: FakeGcs, ours: Bucket) -> None:
    gcs.put("iris/graph", b"content" * 1000)
    gcs.fail(Cut(0.5), "graph", times=1)
    with pytest.raises(RequestException, match=r"[Cc]onnection"):
        ours.blob("iris/graph").download_as_bytes(retry=None)
    gcs.fail(Cut(0.5), "graph", times=1)
    assert ours.blob("iris/graph").download_as_bytes() == b"content" * 1000


def test_the_fake_loses_a_response_after_the_write(gcs: FakeGcs, ours: Bucket) -> None:
    gcs.fail(Lost(), "POST .*graph", times=1)
    with pytest.raises(RequestException, match=r"[Cc]onnection"):
        ours.blob("iris/graph").upload_from_string(b"content", retry=None)
    assert gcs.read("iris/graph") == b"content"


def test_the_fake_lets_another_client_write_first(gcs: FakeGcs, ours: Bucket) -> None:
    blob = ours.blob("iris/graph")
    blob.upload_from_string(b"first")
    gcs.fail(Meanwhile(lambda: gcs.put("iris/graph", b"second")), "POST", times=1)
    with pytest.raises(PreconditionFailed):
        blob.upload_from_string(b"third", if_generation_match=blob.generation)
    assert gcs.read("iris/graph") == b"second"


def test_the_fake_requires_its_token(gcs: FakeGcs) -> None:
    gcs.put("iris/graph", b"content")
    gcs.token = "right"  # noqa: S105

    def download(token: str) -> bytes:
        credentials = Credentials(token)  # type: ignore[no-untyped-call]
        client = Client("test", credentials, client_options={"api_endpoint": gcs.address})
        content: bytes = client.bucket(gcs.bucket).blob("iris/graph").download_as_bytes()
        return content

    assert download("right") == b"content"
    with pytest.raises(RefreshError):
        download("wrong")
    assert [request.headers["authorization"] for request in gcs.requests if request.name] == [
        "Bearer right",
        "Bearer wrong",
    ]
