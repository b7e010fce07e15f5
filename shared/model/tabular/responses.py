"""Encodes the outputs of a table's graph as the response to a request, unless a function's schema does it itself."""

import msgspec
from msgspec import UNSET

from shared.model.codec import Context, DecodedRequest, EncodedResponse, Outputs
from shared.model.table import ROLE
from shared.model.tabular import answers
from shared.model.tabular.documents import ExplainedResponse
from shared.model.tabular.rows import Rows
from shared.model.tabular.served import Served
from shared.model.tabular.unusual import unusual_values


def encode_response(inputs: DecodedRequest, outputs: Outputs, context: Context) -> EncodedResponse:
    """The answers, with what the model says of them.

    Args:
        inputs: the decoded request.
        outputs: of the graph `model`.
        context: the served model and the request's language.
    """
    served: Served = context.prepared
    rows: Rows = inputs.parsed
    answers.check_numbers(outputs[ROLE])
    response = answers.response_of(served.table, outputs[ROLE])
    feeds = inputs.rows[ROLE]
    unusual = unusual_values(served.contract, rows, feeds, context.language)
    if unusual or rows.ignored or rows.explain:
        response = msgspec.structs.replace(
            response,
            unusual=unusual or UNSET,
            ignored=rows.ignored or UNSET,
            explanations=served.explain(rows, feeds, outputs[ROLE]) if rows.explain else UNSET,
        )
    return EncodedResponse(response, {"result": response.result})


def encode_explanations(inputs: DecodedRequest, outputs: Outputs, context: Context) -> EncodedResponse:
    """The answers and their explanations; the log line says so, lest the row count twice.

    Args:
        inputs: the decoded request.
        outputs: of the graph `model`.
        context: the served model.
    """
    served: Served = context.prepared
    answers.check_numbers(outputs[ROLE])
    result = answers.result_of(served.table, outputs[ROLE])
    explanations = served.explain(inputs.parsed, inputs.rows[ROLE], outputs[ROLE])
    return EncodedResponse(ExplainedResponse(result, explanations), {"result": result, "explained": True})
