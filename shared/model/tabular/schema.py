"""What the `schema.py` of a function imports to serve a table: its signature and its codecs."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from shared.errors import BundleError, Text
from shared.model.bundle import Bundle, Manifest, read_manifest
from shared.model.codec import Codec, Context, DecodedRequest, EncodedResponse, FastPath, ModelSignature, Outputs
from shared.model.holder import embedded_bundle
from shared.model.predictor import OPTIMIZE_BYTES
from shared.model.table import ROLE, Table
from shared.model.tabular.contract import Contract
from shared.model.tabular.served import Served

if TYPE_CHECKING:
    from shared.model.tabular.logged import Redactor

MAX_EXPLAINED = 100
"""Most rows of a request that asks for explanations."""

NO_TABLE: Text = (
    "le manifeste n'a pas de tableau : ce paquet est d'un autre genre de modèle",
    "the manifest has no table: this bundle is of another kind of model",
)

Encode = Callable[[DecodedRequest, Outputs, Context], EncodedResponse]


class Tabular:
    """Serves a model that reads a table.

    Attributes:
        manifest: of the embedded bundle.
        table: of the embedded bundle: the contract of the function, that every version of its model keeps.
        signature: requirements of the function on its model.
        predict: codec of `POST /NAME`.
    """

    def __init__(  # noqa: PLR0913  # options of a schema
        self,
        name: str | Manifest,
        *,
        types: Mapping[str, Any] | None = None,
        titles: Mapping[str, Text] | None = None,
        explained: bool = True,
        request: Any = None,
        response: Any = None,
        encode: Encode | None = None,
    ) -> None:
        """Read the manifest of the embedded bundle.

        Args:
            name: name of the model; or its manifest.
            types: msgspec types that replace those of some columns, by name: `Annotated[float, Meta(gt=0, title=...)]`.
            titles: titles of columns for people that replace the manifest's, by name.
            explained: whether a request may have `explain`.
            request: type of the request body, for OpenAPI, if the one made of the columns does not say enough.
            response: type of the response body, for OpenAPI, if `encode` makes another one.
            encode: makes the response of `predict`, as `Codec.encode_response` does.

        Raises:
            BundleError: the bundle is missing, or of another kind of model.
        """
        self.manifest = read_manifest(embedded_bundle(name), name) if isinstance(name, str) else name
        self.table = _table_of(self.manifest)
        self._types, self._titles, self._explained = types or {}, titles or {}, explained
        self._contract = self._contract_of(self.table)
        outputs = self.manifest.graphs[ROLE].outputs
        self.signature = ModelSignature(
            columns={}, classes=self.manifest.classes, outputs=tuple(outputs), table=self.table, prepare=self.prepare
        )
        self.predict = Codec(
            request=request or self._request_type(),
            response=response or self._response_type(),
            decode_request=decode_request,
            encode_response=encode or _default_encode(),
            log_payload=self._log_payload,
            fast_path=FastPath(decode_fast, self._redacted_payload),
            inline=self._is_quick(),
        )

    @cached_property
    def explain(self) -> Codec:
        """Codec of `POST /NAME/explication`: the same requests, answered with explanations."""
        from shared.model.tabular.documents import ExplainedResponse  # noqa: PLC0415  # see below
        from shared.model.tabular.responses import encode_explanations  # noqa: PLC0415

        return msgspec.structs.replace(
            self.predict,
            response=ExplainedResponse,
            decode_request=_decode_to_explain,
            encode_response=encode_explanations,
            fast_path=None,
            inline=False,
        )

    def prepare(self, bundle: Bundle) -> Served:
        """What serving needs of a bundle. Raises BundleError: its table or its word counters are unreadable."""
        table = _table_of(bundle.manifest)
        return Served(bundle, self._contract if table == self.table else self._contract_of(table))

    # A schema with types and an encoder of its own starts faster without these imports.

    def _request_type(self) -> Any:
        from shared.model.tabular.documents import request_type  # noqa: PLC0415

        return request_type(self.manifest.name, self.table, self._titles, self._types, explained=self._explained)

    def _response_type(self) -> Any:
        from shared.model.tabular.documents import response_type  # noqa: PLC0415

        outputs = self.manifest.graphs[ROLE].outputs
        return response_type(self.manifest.name, self.table, outputs, explained=self._explained)

    def _contract_of(self, table: Table) -> Contract:
        return Contract(table, self._types, explained=self._explained)

    def _is_quick(self) -> bool:
        """Whether a small request may be computed in the event loop."""
        graph = self.manifest.files.get(self.manifest.graphs[ROLE].file)
        return not self.table.words and (graph is None or graph.bytes <= OPTIMIZE_BYTES)

    def _log_payload(self, value: Any, redacted: bool) -> object:  # noqa: FBT001
        """The payload of a log line; if redacted, only cells that `logged` lets through."""
        if not redacted:
            return value
        rows = value.get("data") if isinstance(value, dict) else None
        return self._redactor.objects(rows) if isinstance(rows, list) else None

    @cached_property
    def _redactor(self) -> "Redactor":
        from shared.model.tabular.logged import Redactor  # noqa: PLC0415  # only for redacted logs

        return Redactor(self._contract)

    def _redacted_payload(self, inputs: DecodedRequest) -> object:
        return self._redactor.rows(inputs.parsed)


def decode_fast(body: bytes, context: Context) -> DecodedRequest | None:
    """The rows of a valid request; None if in doubt."""
    served: Served = context.prepared
    rows = served.contract.decode_fast(body, context.settings, served.most_rows(context.settings.max_rows))
    if rows is None or (rows.explain and (rows.count > MAX_EXPLAINED or served.table.explanation is None)):
        return None
    return DecodedRequest({ROLE: served.feeds(rows)}, rows)


def decode_request(value: Any, context: Context) -> DecodedRequest:
    """Validate a request and make the inputs of the graph.

    Raises:
        Invalid: a row or another member is invalid; the error lists each invalid place.
        TooLarge: more rows than MAX_ROWS, or than a request for explanations may have.
    """
    served: Served = context.prepared
    limit = served.most_rows(context.settings.max_rows)
    if served.contract.explained and isinstance(value, dict) and value.get("explain") is True:
        served.require_explanation("/explain")
        limit = min(limit, MAX_EXPLAINED)
    rows = served.contract.decode(value, limit)
    return DecodedRequest({ROLE: served.feeds(rows)}, rows)


def _default_encode() -> Encode:
    from shared.model.tabular.responses import encode_response  # noqa: PLC0415  # see `Tabular`

    return encode_response


def _decode_to_explain(value: Any, context: Context) -> DecodedRequest:
    context.prepared.require_explanation("")
    asked = {**value, "explain": True} if isinstance(value, dict) else value
    return decode_request(asked, context)


def _table_of(manifest: Manifest) -> Table:
    if manifest.table is None or ROLE not in manifest.graphs:
        raise BundleError(NO_TABLE)
    return manifest.table
