"""The routes of a function that serves a model; what any function may have is in `parts`."""

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec

from shared import i18n
from shared.errors import Text
from shared.http import QUICK_BYTES, Answer, Route, json_answer
from shared.model_card import Cards
from shared.model_holder import EMBEDDED, Holder, Served
from shared.operation import Context, Inputs, Operation
from shared.parts import HTML, Function, html_answer, speaks_english
from shared.request import Call
from shared.settings import addresses
from shared.threads import in_thread
from shared.validation import parse_json

if TYPE_CHECKING:
    from shared.card import Card


class Service(Function, frozen=True, kw_only=True):
    """One running function that serves a model, as its routes see it.

    Attributes:
        payload: how much of a request its line keeps: `full`, `redacted` or `none`.
    """

    holder: Holder
    payload: str

    def version(self) -> str:
        """The version of the model that is served."""
        name = model_name(self.holder.served)
        return name["version"] if name else "0"


_ONE_LINE = bytes.maketrans(b"\r\n", b"  ")

ModelPart = Callable[[Service], Sequence[Route]]
"""A `Part` is one too."""


def predict(path: str, operation: Operation, summary: Text) -> ModelPart:
    """`POST path`: one kind of prediction, the only kind of request that leaves a line in the log."""

    def routes(service: Service) -> list[Route]:
        async def handler(call: Call) -> Answer:
            served = await service.holder.current()
            if operation.brief and len(call.body) <= QUICK_BYTES:
                return _predict(service, operation, served, call)
            return await in_thread(_predict, service, operation, served, call)

        return [
            Route(
                method="POST",
                path=path,
                handler=handler,
                summary=summary,
                prediction=True,
                request=operation.request,
                response=operation.response,
            )
        ]

    return routes


def _predict(service: Service, operation: Operation, served: Served, call: Call) -> Answer:
    call.model = model_name(served)
    inputs, context = _shortened(service, operation, served, call) or _explained(service, operation, served, call)
    predictor = served.ready()
    outputs = {role: predictor.predict(role, rows) for role, rows in inputs.rows.items()}
    outcome = operation.encode(inputs, outputs, context)
    call.prediction = outcome.prediction
    if outcome.refusal is not None:
        raise outcome.refusal
    return json_answer(outcome.body)


def _shortened(service: Service, operation: Operation, served: Served, call: Call) -> tuple[Inputs, Context] | None:
    """The inputs of a request that is plainly good; its line has the body as it came, on one line."""
    if operation.shortcut is None or served.predictor is None:
        return None
    context = Context(served.predictor.manifest, service.settings, call.language)
    inputs = operation.shortcut.read(call.body, context)
    if inputs is None:
        return None
    if service.payload == "redacted":
        call.payload = operation.shortcut.redacted(inputs)
    elif service.payload == "full":
        call.payload = msgspec.Raw(call.body.translate(_ONE_LINE))
    return inputs, context


def _explained(service: Service, operation: Operation, served: Served, call: Call) -> tuple[Inputs, Context]:
    """The inputs of any request, or an error that names every place where it is wrong."""
    value = parse_json(call.body, service.settings.max_json_depth)
    if service.payload != "none":
        call.payload = operation.loggable(value, service.payload == "redacted")
    context = Context(served.ready().manifest, service.settings, call.language)
    inputs = operation.parse(value, context)
    if inputs.kept is not None and service.payload != "none":
        call.payload = inputs.kept
    return inputs, context


def card(service: Service) -> Route:
    """`GET /model/card`: the card of the model that is served, as a page in the language of the request."""
    cards = Cards(service.holder)

    @functools.cache
    def empty(*, english: bool, up: str) -> tuple[bytes, str]:
        from shared.pages import CARD, read_page  # noqa: PLC0415  # not before the first prediction

        urls = addresses(service.settings.service_urls)
        return read_page(CARD, service.name, urls, english=english, up=up)

    def filled(version: str, found: "Card", call: Call) -> Answer:
        from shared.pages import fill  # noqa: PLC0415

        content, policy = empty(english=speaks_english(call), up="../../" if call.path.endswith("/") else "../")
        words = {"title": found.title, "version": version.encode(), "contents": found.contents, "body": found.body}
        return html_answer(fill(content, **words), policy)

    async def handler(call: Call) -> Answer:
        version, found = await cards.current()
        return await in_thread(filled, version, found, call)

    return Route("GET", "/model/card", handler, ("La fiche du modèle", "The model card"), media_type=HTML)


def welcome(message: Text) -> ModelPart:
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


def model(service: Service) -> list[Route]:
    """The part that every function with a model has: whether it is ready, and its facts."""
    return [
        Route("GET", "/health/ready", functools.partial(_ready, service), ("Le modèle est prêt", "The model is ready")),
        Route("GET", "/model", functools.partial(_model, service), ("Le modèle servi", "The model that is served")),
        card(service),
    ]


async def _ready(service: Service, call: Call) -> Answer:
    served = await service.holder.current()
    served.ready()
    body: dict[str, object] = {"status": "ready", "model": model_name(served), "source": served.kind}
    if served.fault is not None:
        body["fallback" if served.kind == EMBEDDED else "stale"] = i18n.pick(served.fault.detail, call.language)
    return json_answer(body)


async def _model(service: Service, _: Call) -> Answer:
    served = await service.holder.current()
    manifest = served.ready().manifest
    return await in_thread(lambda: json_answer({"source": served.kind, **msgspec.to_builtins(manifest)}))
