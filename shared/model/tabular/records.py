"""A model of a table without HTTP: for checks, tests and notebooks. The same steps as a request, JSON included."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from shared.i18n import FRENCH
from shared.model.bundle import Bundle, Manifest
from shared.model.codec import Context
from shared.model.holder import load_predictor
from shared.model.tabular.schema import MAX_EXPLAINED, Tabular
from shared.settings import Settings
from shared.validation import parse_json


class TableModel:
    """A loaded model.

    Attributes:
        tabular: its codecs.
    """

    def __init__(self, manifest: Manifest, files: Mapping[str, bytes]) -> None:
        """Load a model.

        Args:
            manifest: it has a table.
            files: content by name of the graph and of what `Table.files` names.

        Raises:
            BundleError: the manifest and the files do not fit.
        """
        self.tabular = Tabular(manifest)
        self._predictor = load_predictor(Bundle(manifest, files), self.tabular.signature)

    def predict(
        self, records: Sequence[Mapping[str, Any]], *, explain: bool = False, language: str = FRENCH
    ) -> dict[str, Any]:
        """The response to any number of records, as JSON would give it. NaN is sent as null.

        Args:
            records: rows of the table.
            explain: whether to ask for explanations.
            language: of the sentences in `unusual`.

        Raises:
            Invalid: a record is invalid; its place is counted from the first record of its batch.
        """
        size = MAX_EXPLAINED if explain else self._predictor.prepared.most_rows(Settings().max_rows)
        response: dict[str, Any] = {}
        for start in range(0, max(len(records), 1), size):
            answer = self._answer(records[start : start + size], explain=explain, language=language)
            for unusual in answer.get("unusual", ()):
                unusual["pointer"] = _moved(unusual["pointer"], start)
            for name, values in answer.items():
                known = response.setdefault(name, [])
                known += [value for value in values if value not in known] if name == "ignored" else values
        return response

    def _answer(self, records: Sequence[Mapping[str, Any]], *, explain: bool, language: str) -> dict[str, Any]:
        request = {"data": records} | ({"explain": True} if explain else {})
        predictor, codec = self._predictor, self.tabular.predict
        context = Context(predictor.manifest, Settings(), language, predictor.prepared)
        value = parse_json(msgspec.json.encode(request), context.settings.max_json_depth)
        decoded = codec.decode_request(value, context)
        outputs = {role: predictor.predict(role, rows) for role, rows in decoded.rows.items()}
        body = codec.encode_response(decoded, outputs, context).body
        answer: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(body))
        return answer


def predict_records(
    manifest: Manifest, files: Mapping[str, bytes], records: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The response to records; see `TableModel`.

    Args:
        manifest: of the model.
        files: content by name.
        records: rows of the table.
    """
    return TableModel(manifest, files).predict(records)


def _moved(pointer: str, start: int) -> str:
    """The pointer to a row of a batch as a pointer to a row of all records."""
    parts = pointer.split("/", 3)
    return "/".join([*parts[:2], str(int(parts[2]) + start), *parts[3:]]) if len(parts) > 2 else pointer
