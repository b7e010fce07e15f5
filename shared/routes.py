"""The routes a function can have: each maker gives a part, which becomes routes once there is a service."""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from shared import i18n
from shared.errors import Text
from shared.http import Answer, Call, Route, json_answer
from shared.model_card import Cards
from shared.model_holder import EMBEDDED, Holder, Served
from shared.operation import Context, Operation
from shared.settings import Settings, addresses
from shared.validation import parse_json


class Service(msgspec.Struct, frozen=True):
    """One running function, as its routes see it.

    Attributes:
        payload: how much of a request its line keeps: `full`, `redacted` or `none`.
        routes: all of its routes, known once every part has given its own.
    """

    name: str
    title: Text
    folder: Path
    settings: Settings
    holder: Holder
    payload: str
    routes: list[Route] = []


Part = Callable[[Service], Sequence[Route]]


def predict(path: str, operation: Operation, summary: Text) -> Part:
    """`POST path`: one kind of prediction, the only kind of request that leaves a line in the log."""

    def routes(service: Service) -> list[Route]:
        return [
            Route(
                method="POST",
                path=path,
                handler=functools.partial(_predict, service, operation),
                summary=summary,
                prediction=True,
                request=operation.request,
                response=operation.response,
            )
        ]

    return routes


def _predict(service: Service, operation: Operation, call: Call) -> Answer:
    value = parse_json(call.body, service.settings.max_json_depth)
    if service.payload != "none":
        call.payload = operation.loggable(value, service.payload == "redacted")
    served = service.holder.current()
    call.model = model_name(served)
    predictor = served.ready()
    context = Context(predictor.manifest, service.settings, call.language)
    inputs = operation.parse(value, context)
    if inputs.kept is not None and service.payload != "none":
        call.payload = inputs.kept
    outputs = {role: predictor.predict(role, rows) for role, rows in inputs.rows.items()}
    outcome = operation.encode(inputs, outputs, context)
    call.prediction = outcome.prediction
    if outcome.refusal is not None:
        raise outcome.refusal
    return json_answer(outcome.body)


def text(path: str, content: str, summary: Text) -> Part:
    """`GET path`: always the same words, as text/plain."""
    answer = Answer(content.encode(), "text/plain; charset=utf-8")
    return lambda _: [Route("GET", path, lambda _: answer, summary, media_type="text/plain")]


def facts(path: str, read: Callable[[], object], summary: Text) -> Part:
    """`GET path`: what `read` finds at that moment, as JSON."""
    return lambda _: [Route("GET", path, lambda _: json_answer(read()), summary)]


def page(path: str, file: str, summary: Text) -> Part:
    """`GET path`: an HTML file of the function's folder, read when it is first asked for.

    It speaks the language of the request; `?lang=fr` or `?lang=en` decides otherwise.
    """

    def routes(service: Service) -> list[Route]:
        @functools.cache
        def answer(*, english: bool) -> Answer:
            from shared.pages import read_page  # noqa: PLC0415  # not before the first prediction

            urls = addresses(service.settings.service_urls)
            return _html(*read_page(service.folder / file, service.name, urls, english=english))

        return [Route("GET", path, lambda call: answer(english=_is_english(call)), summary, media_type="text/html")]

    return routes


def _is_english(call: Call) -> bool:
    """Whether a page speaks English: `lang` decides, else the request's language."""
    query = call.environ.get("QUERY_STRING", "").split("&")
    chosen = next((language for language in i18n.LANGUAGES if f"lang={language}" in query), call.language)
    return chosen == i18n.ENGLISH


def _html(content: bytes, policy: str) -> Answer:
    headers = (("Content-Security-Policy", policy), ("Vary", "Accept-Language"))
    return Answer(content, "text/html; charset=utf-8", headers=headers)


def card(service: Service) -> Route:
    """`GET /model/card`: the card of the model that is served, as a page in the language of the request."""
    cards = Cards(service.holder)

    @functools.cache
    def empty(*, english: bool, up: str) -> tuple[bytes, str]:
        from shared.pages import CARD, read_page  # noqa: PLC0415  # not before the first prediction

        urls = addresses(service.settings.service_urls)
        return read_page(CARD, service.name, urls, english=english, up=up)

    def handler(call: Call) -> Answer:
        from shared.pages import fill  # noqa: PLC0415

        version, found = cards.current()
        content, policy = empty(english=_is_english(call), up="../../" if call.path.endswith("/") else "../")
        words = {"title": found.title, "version": version.encode(), "contents": found.contents, "body": found.body}
        return _html(fill(content, **words), policy)

    return Route("GET", "/model/card", handler, ("La fiche du modèle", "The model card"), media_type="text/html")


def welcome(message: Text) -> Part:
    """`GET /`: a word of welcome, what can be asked, the model."""

    def routes(service: Service) -> list[Route]:
        def handler(call: Call) -> Answer:
            asked = {
                f"{route.method} {route.path}": i18n.pick(route.summary, call.language) for route in service.routes
            }
            body = {
                "message": i18n.pick(message, call.language),
                "endpoints": asked,
                "modele": model_name(service.holder.served),
            }
            return json_answer(body)

        return [Route("GET", "/", handler, ("Accueil", "Welcome"))]

    return routes


def model_name(served: Served) -> dict[str, str] | None:
    """`nom` and `version` of the model that is served, if there is one."""
    if served.predictor is None:
        return None
    return {"nom": served.predictor.manifest.name, "version": served.predictor.manifest.version}


def common(service: Service) -> list[Route]:
    """The part that every function has: health, the model's facts, OpenAPI."""
    return [
        Route("GET", "/health/live", _live, ("Le processus répond", "The process answers")),
        Route("GET", "/health/ready", functools.partial(_ready, service), ("Le modèle est prêt", "The model is ready")),
        Route("GET", "/model", functools.partial(_model, service), ("Le modèle servi", "The model that is served")),
        card(service),
        Route(
            "GET", "/openapi.json", functools.partial(_openapi, service), ("Description OpenAPI", "OpenAPI document")
        ),
    ]


def _live(_: Call) -> Answer:
    return json_answer({"status": "live"})


def _ready(service: Service, call: Call) -> Answer:
    served = service.holder.current()
    served.ready()
    body: dict[str, object] = {"status": "ready", "model": model_name(served), "source": served.kind}
    if served.fault is not None:
        body["fallback" if served.kind == EMBEDDED else "stale"] = i18n.pick(served.fault.detail, call.language)
    return json_answer(body)


def _model(service: Service, _: Call) -> Answer:
    served = service.holder.current()
    return json_answer({"source": served.kind, **msgspec.to_builtins(served.ready().manifest)})


def _openapi(service: Service, call: Call) -> Answer:
    from shared.openapi import document  # noqa: PLC0415  # not before the first prediction

    name = model_name(service.holder.served)
    version = name["version"] if name else "0"
    return json_answer(document(service.title, version, service.routes, service.folder, call.language))
