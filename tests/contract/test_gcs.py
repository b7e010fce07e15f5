"""Our fake Cloud Storage and fake-gcs-server, which was not written here, keep the same promises to Google's client."""

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
"""A name that must be quoted in an address."""

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


def test_an_object_is_written_once(bucket: Bucket) -> None:
    blob = bucket.blob(NAME)
    blob.upload_from_string(b"first", if_generation_match=0)
    assert blob.generation > 0
    with pytest.raises(PreconditionFailed):
        bucket.blob(NAME).upload_from_string(b"second", if_generation_match=0)
    assert bucket.blob(NAME).download_as_bytes() == b"first"


def test_a_pointer_is_replaced_by_who_has_seen_it_last(bucket: Bucket) -> None:
    blob = bucket.blob(NAME)
    blob.upload_from_string(b"first", content_type="application/json")
    seen = blob.generation
    blob.upload_from_string(b"second", if_generation_match=seen)
    assert blob.generation > seen
    with pytest.raises(PreconditionFailed):
        bucket.blob(NAME).upload_from_string(b"third", if_generation_match=seen)
    assert bucket.blob(NAME).download_as_bytes() == b"second"


def test_of_many_writers_at_once_one_wins(bucket: Bucket) -> None:
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


def test_a_download_says_its_generation_size_and_checksum(bucket: Bucket) -> None:
    bucket.blob(NAME).upload_from_string(b"content")
    found = bucket.get_blob(NAME)
    assert found is not None
    fresh = bucket.blob(NAME)
    assert fresh.download_as_bytes(if_generation_match=found.generation) == b"content"
    assert (fresh.generation, found.size, found.md5_hash) == (found.generation, 7, "mgNkuembtIDdJeHwKEyFVQ==")
    assert found.crc32c
    assert found.time_created is not None


@pytest.mark.parametrize("chunk_size", [None, MIB // 4], ids=["at-once", "resumable"])
def test_an_object_keeps_its_type_and_what_caches_are_told(bucket: Bucket, chunk_size: int | None) -> None:
    blob = bucket.blob(NAME, chunk_size=chunk_size)
    blob.cache_control = "no-store"
    blob.upload_from_string(b"{}", "application/json")
    found = bucket.get_blob(NAME)
    assert found is not None
    assert (found.content_type, found.cache_control) == ("application/json", "no-store")


def test_a_generation_that_is_no_more_is_not_read(bucket: Bucket) -> None:
    blob = bucket.blob(NAME)
    blob.upload_from_string(b"first")
    assert bucket.blob(NAME, generation=blob.generation).download_as_bytes() == b"first"
    with pytest.raises(NotFound):
        bucket.blob(NAME, generation=blob.generation + 1).download_as_bytes()


def test_a_read_has_preconditions(ours: Bucket) -> None:
    """fake-gcs-server 1.56.1 looks at those of writes only."""
    blob = ours.blob(NAME)
    blob.upload_from_string(b"first")
    with pytest.raises(PreconditionFailed):
        ours.blob(NAME).download_as_bytes(if_generation_match=blob.generation + 1)


def test_part_of_an_object_is_read(bucket: Bucket) -> None:
    bucket.blob(NAME).upload_from_string(bytes(range(100)))
    assert bucket.blob(NAME).download_as_bytes(start=10, end=19) == bytes(range(10, 20))


def test_a_list_has_the_names_that_begin_so_in_order_and_its_folders(bucket: Bucket) -> None:
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


def test_a_list_has_pages(ours: Bucket) -> None:
    """fake-gcs-server 1.56.1 gives everything on one page."""
    for number in range(7):
        ours.blob(f"iris/{number}").upload_from_string(b"")
    pages = ours.client.list_blobs(ours, prefix="iris/", page_size=3).pages
    assert [[blob.name for blob in page] for page in pages] == [
        ["iris/0", "iris/1", "iris/2"],
        ["iris/3", "iris/4", "iris/5"],
        ["iris/6"],
    ]


@pytest.mark.parametrize(
    "ask",
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
def test_what_is_missing_is_a_404(bucket: Bucket, ask: Callable[[Bucket], object]) -> None:
    with pytest.raises(NotFound):
        ask(bucket)


def test_a_deleted_object_may_be_written_once_again(bucket: Bucket) -> None:
    blob = bucket.blob(NAME)
    blob.upload_from_string(b"first", if_generation_match=0)
    blob.delete(if_generation_match=blob.generation)
    bucket.blob(NAME).upload_from_string(b"second", if_generation_match=0)
    assert bucket.blob(NAME).download_as_bytes() == b"second"


def test_a_long_content_goes_up_in_parts_and_once(bucket: Bucket) -> None:
    content = bytes(range(256)) * 4096
    blob = bucket.blob(NAME, chunk_size=MIB // 4)
    blob.upload_from_string(content, if_generation_match=0)
    assert bucket.blob(NAME).download_as_bytes() == content
    with pytest.raises(PreconditionFailed):
        bucket.blob(NAME, chunk_size=MIB // 4).upload_from_string(content, if_generation_match=0)


def test_the_fake_fails_on_demand_and_then_no_more(gcs: FakeGcs, ours: Bucket) -> None:
    gcs.put("iris/graph", b"content")
    gcs.fail(Status(503), "GET .*graph", times=1, skip=1)
    blob = ours.blob("iris/graph")
    assert blob.download_as_bytes(retry=None) == b"content"
    with pytest.raises(ServiceUnavailable):
        blob.download_as_bytes(retry=None)
    assert blob.download_as_bytes(retry=None) == b"content"
    assert gcs.asked("GET", "graph") == 3


def test_the_fake_flips_a_bit_that_the_checksum_gives_away(gcs: FakeGcs, ours: Bucket) -> None:
    gcs.put("iris/graph", b"content")
    gcs.fail(Flip(), "graph")
    with pytest.raises(DataCorruption):
        ours.blob("iris/graph").download_as_bytes(retry=None)


def test_the_fake_cuts_a_body(gcs: FakeGcs, ours: Bucket) -> None:
    gcs.put("iris/graph", b"content" * 1000)
    gcs.fail(Cut(0.5), "graph", times=1)
    with pytest.raises(RequestException, match=r"[Cc]onnection"):
        ours.blob("iris/graph").download_as_bytes(retry=None)
    gcs.fail(Cut(0.5), "graph", times=1)
    assert ours.blob("iris/graph").download_as_bytes() == b"content" * 1000


def test_the_fake_loses_an_answer_after_the_deed(gcs: FakeGcs, ours: Bucket) -> None:
    gcs.fail(Lost(), "POST .*graph", times=1)
    with pytest.raises(RequestException, match=r"[Cc]onnection"):
        ours.blob("iris/graph").upload_from_string(b"content", retry=None)
    assert gcs.read("iris/graph") == b"content"


def test_the_fake_lets_another_client_in_between(gcs: FakeGcs, ours: Bucket) -> None:
    blob = ours.blob("iris/graph")
    blob.upload_from_string(b"first")
    gcs.fail(Meanwhile(lambda: gcs.put("iris/graph", b"second")), "POST", times=1)
    with pytest.raises(PreconditionFailed):
        blob.upload_from_string(b"third", if_generation_match=blob.generation)
    assert gcs.read("iris/graph") == b"second"


def test_the_fake_wants_its_token(gcs: FakeGcs) -> None:
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
