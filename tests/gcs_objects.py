"""The storage of the fake Cloud Storage: buckets, objects, generations and preconditions, without HTTP."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import RLock
from typing import Any

import google_crc32c

CONDITIONS = ("ifGenerationMatch", "ifGenerationNotMatch", "ifMetagenerationMatch", "ifMetagenerationNotMatch")


class Refused(Exception):
    """An error of Cloud Storage: its status, its machine-readable reason and its message."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status, self.reason, self.message = status, reason, message


@dataclass(frozen=True)
class Stored:
    """One generation of one object."""

    bucket: str
    name: str
    content: bytes
    generation: int
    content_type: str = "application/octet-stream"
    cache_control: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    metageneration: int = 1
    created: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def md5(self) -> str:
        return base64.b64encode(hashlib.md5(self.content, usedforsecurity=False).digest()).decode()

    @property
    def crc32c(self) -> str:
        return base64.b64encode(google_crc32c.value(self.content).to_bytes(4, "big")).decode()

    def resource(self) -> dict[str, Any]:
        """The object in the JSON API's format, where 64-bit numbers are strings."""
        when = self.created.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {
            "kind": "storage#object",
            "id": f"{self.bucket}/{self.name}/{self.generation}",
            "name": self.name,
            "bucket": self.bucket,
            "generation": str(self.generation),
            "metageneration": str(self.metageneration),
            "contentType": self.content_type,
            "storageClass": "STANDARD",
            "size": str(len(self.content)),
            "md5Hash": self.md5,
            "crc32c": self.crc32c,
            "etag": f"{self.generation}/{self.metageneration}",
            "timeCreated": when,
            "updated": when,
            "metadata": dict(self.metadata),
        } | ({"cacheControl": self.cache_control} if self.cache_control else {})


class Objects:
    """Buckets and the live generation of each object. Thread-safe: every method is atomic."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._buckets: dict[str, dict[str, Stored]] = {}
        self._generation = int(datetime.now(UTC).timestamp() * 1e6)

    def create(self, bucket: str) -> None:
        with self._lock:
            if bucket in self._buckets:
                raise Refused(409, "conflict", "Your previous request to create the named bucket succeeded.")
            self._buckets[bucket] = {}

    def within(self, bucket: str) -> dict[str, Stored]:
        """The objects of a bucket, by name. Raises: Refused (404)."""
        with self._lock:
            if bucket not in self._buckets:
                raise Refused(404, "notFound", "The specified bucket does not exist.")
            return self._buckets[bucket]

    def insert(
        self,
        bucket: str,
        name: str,
        content: bytes,
        *,
        facts: Mapping[str, Any] | None = None,
        conditions: Mapping[str, str] | None = None,
    ) -> Stored:
        """Write a generation. `facts` is the uploaded resource, whose checksums must match `content`."""
        facts = facts or {}
        with self._lock:
            objects = self.within(bucket)
            check_conditions(objects.get(name), conditions or {})
            self._generation += 1
            stored = Stored(
                bucket,
                name,
                content,
                self._generation,
                facts.get("contentType", "application/octet-stream"),
                facts.get("cacheControl"),
                facts.get("metadata") or {},
            )
            check_checksums(stored, facts)
            objects[name] = stored
            return stored

    def get(
        self, bucket: str, name: str, generation: str | None = None, conditions: Mapping[str, str] | None = None
    ) -> Stored:
        with self._lock:
            stored = self.within(bucket).get(name)
        if stored is None or generation not in {None, str(stored.generation)}:
            raise Refused(404, "notFound", f"No such object: {bucket}/{name}")
        check_conditions(stored, conditions or {}, reading=True)
        return stored

    def delete(self, bucket: str, name: str, generation: str | None, conditions: Mapping[str, str]) -> None:
        with self._lock:
            check_conditions(self.get(bucket, name, generation), conditions)
            del self._buckets[bucket][name]

    def listing(self, bucket: str, query: Mapping[str, str]) -> dict[str, Any]:
        """A page of objects and of the prefixes that `delimiter` gives, in order of name."""
        with self._lock:
            objects = dict(self.within(bucket))
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        entries: dict[str, Stored | None] = {}
        for name in sorted(name for name in objects if name.startswith(prefix)):
            head, cut, _ = name[len(prefix) :].partition(delimiter) if delimiter else ("", "", "")
            entries[prefix + head + cut if cut else name] = None if cut else objects[name]
        return _page(entries, query)


def _page(entries: Mapping[str, Stored | None], query: Mapping[str, str]) -> dict[str, Any]:
    after, size = query.get("pageToken", ""), int(query.get("maxResults", 1000))
    names = [name for name in entries if name > after]
    shown = {name: entries[name] for name in names[:size]}
    page: dict[str, Any] = {"kind": "storage#objects"}
    page["items"] = [stored.resource() for stored in shown.values() if stored]
    page["prefixes"] = [name for name, stored in shown.items() if not stored]
    if len(names) > size:
        page["nextPageToken"] = names[size - 1]
    return {key: value for key, value in page.items() if value}


def check_conditions(stored: Stored | None, conditions: Mapping[str, str], *, reading: bool = False) -> None:
    """Check a request's preconditions against an object; None stands for an absent one, generation 0.

    Raises:
        Refused: 412, or 304 for a read.
    """
    actual = {
        "Generation": stored.generation if stored else 0,
        "Metageneration": stored.metageneration if stored else 0,
    }
    for what, number in actual.items():
        if (wanted := conditions.get(f"if{what}Match")) is not None and int(wanted) != number:
            raise Refused(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.")
        if (unwanted := conditions.get(f"if{what}NotMatch")) is not None and int(unwanted) == number:
            raise Refused(304 if reading else 412, "conditionNotMet", "A not-match pre-condition did not hold.")


def check_checksums(stored: Stored, facts: Mapping[str, Any]) -> None:
    for key, actual in (("md5Hash", stored.md5), ("crc32c", stored.crc32c)):
        if facts.get(key) not in {None, actual}:
            message = f"Provided {key} hash {facts[key]!r} doesn't match calculated hash {actual!r}."
            raise Refused(400, "invalid", message)
