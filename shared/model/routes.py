"""Routes of a function that serves a model. `shared.web.routes` has those of any function."""

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec

from shared import i18n
from shared.errors import Text
from shared.model.card import CardCache
from shared.model.codec import Codec, Context, DecodedRequest
from shared.model.holder import EMBEDDED, Holder, ServedModel
from shared.model.predictor import Predictor
from shared.settings import addresses
from shared.validation import parse_json
from shared.web.app import INLINE_BYTES, LogFields, Response, Route, error_response, json_response
from shared.web.request import Request
from shared.web.routes import HTML, Function, html_response, speaks_english
from shared.web.threads import in_thread

if TYPE_CHECKING:
    from shared.web.markdown import Card


class Service(Function, frozen=True, kw_only=True):
    """A function that serves a model, as its routes see it.

    Attributes:
        holder: holds the served model.
        payload: how much of a request is logged: `full`, `redacted` or `none`.
    """

    holder: Holder
    payload: str

    def version(self) -> str:
        """The version of the served model, for OpenAPI."""
        name = model_name(self.holder.served)
        return name["version"] if name else "0"


_ONE_LINE = bytes.maketrans(b"\r\n", b"  ")

ModelRouteFactory = Callable[[Service], Sequence[Route]]
"""A `RouteFactory` is one too."""


def predict(path: str, codec: Codec, summary: Text) -> ModelRouteFactory:
    """`POST path`: a prediction. Only these requests leave a line in the request log.

    Args:
        path: path of the route.
        codec: converts request bodies to model inputs, and model outputs to response bodies.
        summary: for OpenAPI.
    """

    def routes(service: Service) -> list[Route]:
        async def handler(request: Request) -> Response:
            served = await service.holder.current()
            if codec.inline and len(request.body) <= INLINE_BYTES:
                return _predict(service, codec, served, request)
            return await in_thread(_predict, service, codec, served, request)

        return [
            Route(
                method="POST",
                path=path,
                handler=handler,
                summary=summary,
                prediction=True,
                request=codec.request,
                response=codec.response,
            )
        ]

    return routes


def _predict(service: Service, codec: Codec, served: ServedModel, request: Request) -> Response:
    logged = LogFields(model_name(served))
    try:
        return _respond(service, codec, served, request, logged)
    except Exception as error:  # noqa: BLE001  # its request line has the payload too
        return error_response(error, request, private=service.payload != "full", logged=logged)


def _respond(service: Service, codec: Codec, served: ServedModel, request: Request, logged: LogFields) -> Response:
    decoded, context = _decode_fast(service, codec, served, request, logged) or _decode(
        service, codec, served, request, logged
    )
    predictor = served.ready()
    outputs = {role: predictor.predict(role, rows) for role, rows in decoded.rows.items()}
    encoded = codec.encode_response(decoded, outputs, context)
    logged.prediction = encoded.logged_prediction
    if encoded.error is not None:
        raise encoded.error
    return json_response(encoded.body, logged=logged)


def _decode_fast(
    service: Service, codec: Codec, served: ServedModel, request: Request, logged: LogFields
) -> tuple[DecodedRequest, Context] | None:
    """Decode a valid body straight into columns. The full payload is the body as it came, on one line."""
    if codec.fast_path is None or served.predictor is None:
        return None
    context = _context(served.predictor, service, request)
    decoded = codec.fast_path.decode(request.body, context)
    if decoded is None:
        return None
    if service.payload == "redacted":
        logged.payload = codec.fast_path.redacted_payload(decoded)
    elif service.payload == "full":
        logged.payload = msgspec.Raw(request.body.translate(_ONE_LINE))
    return decoded, context


def _decode(
    service: Service, codec: Codec, served: ServedModel, request: Request, logged: LogFields
) -> tuple[DecodedRequest, Context]:
    """Decode any body, or raise an error that names every wrong place."""
    value = parse_json(request.body, service.settings.max_json_depth)
    if service.payload != "none":
        logged.payload = codec.log_payload(value, service.payload == "redacted")
    context = _context(served.ready(), service, request)
    decoded = codec.decode_request(value, context)
    if decoded.logged_payload is not None and service.payload != "none":
        logged.payload = decoded.logged_payload
    return decoded, context


def _context(predictor: Predictor, service: Service, request: Request) -> Context:
    return Context(predictor.manifest, service.settings, request.language, predictor.prepared)


def card_route(service: Service) -> Route:
    """`GET /model/card`: the card of the served model, as a page in the language of the request."""
    cache = CardCache(service.holder)

    @functools.cache
    def read_template(*, english: bool, up: str) -> tuple[bytes, str]:
        from shared.web.pages import CARD, read_page  # noqa: PLC0415  # saves time at the start

        urls = addresses(service.settings.service_urls)
        return read_page(CARD, service.name, urls, english=english, up=up)

    def render(version: str, shown: "Card", request: Request) -> Response:
        from shared.web.pages import substitute  # noqa: PLC0415

        content, policy = read_template(
            english=speaks_english(request), up="../../" if request.path.endswith("/") else "../"
        )
        words = {"title": shown.title, "version": version.encode(), "contents": shown.contents, "body": shown.body}
        return html_response(substitute(content, **words), policy)

    async def handler(request: Request) -> Response:
        version, current_card = await cache.current()
        return await in_thread(render, version, current_card, request)

    return Route("GET", "/model/card", handler, ("La fiche du modèle", "The model card"), media_type=HTML)


def welcome(message: Text) -> ModelRouteFactory:
    """`GET /`: a message, the endpoints, the served model."""

    def routes(service: Service) -> list[Route]:
        def handler(request: Request) -> Response:
            endpoints = {
                f"{route.method} {route.path}": i18n.pick(route.summary, request.language) for route in service.routes
            }
            body = {
                "message": i18n.pick(message, request.language),
                "endpoints": endpoints,
                "modele": model_name(service.holder.served),
            }
            return json_response(body)

        return [Route("GET", "/", handler, ("Accueil", "Welcome"))]

    return routes


def model_name(served: ServedModel) -> dict[str, str] | None:
    """`nom` and `version` of the served model; None if no model is loaded."""
    if served.predictor is None:
        return None
    return {"nom": served.predictor.manifest.name, "version": served.predictor.manifest.version}


def model_routes(service: Service) -> list[Route]:
    """Routes of every function with a model: readiness, manifest, card."""
    return [
        Route("GET", "/health/ready", functools.partial(_ready, service), ("Le modèle est prêt", "The model is ready")),
        Route("GET", "/model", functools.partial(_model, service), ("Le modèle servi", "The model that is served")),
        card_route(service),
    ]


async def _ready(service: Service, request: Request) -> Response:
    served = await service.holder.current()
    served.ready()
    body: dict[str, object] = {"status": "ready", "model": model_name(served), "source": served.source}
    if served.error is not None:
        body["fallback" if served.source == EMBEDDED else "stale"] = i18n.pick(served.error.detail, request.language)
    return json_response(body)


async def _model(service: Service, _: Request) -> Response:
    served = await service.holder.current()
    manifest = served.ready().manifest
    return await in_thread(lambda: json_response({"source": served.source, **msgspec.to_builtins(manifest)}))
