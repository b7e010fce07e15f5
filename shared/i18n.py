"""Messages of the shared code, each in French and in English."""

from typing import Final

from shared.errors import Text

FRENCH: Final = "fr"
ENGLISH: Final = "en"
LANGUAGES: Final = (FRENCH, ENGLISH)

NOT_FOUND: Final = ("aucune page à cette adresse : {path}", "nothing at this address: {path}")
METHOD_NOT_ALLOWED: Final = (
    "méthode attendue pour {path} : {allowed}, reçue : {method}",
    "expected method for {path}: {allowed}, got: {method}",
)
BODY_TOO_LARGE: Final = (
    "attendu : un corps de {limit} octets au plus, reçu : {got}",
    "expected: a body of at most {limit} bytes, got: {got}",
)
MORE_THAN: Final = ("davantage", "more")
BODY_INCOMPLETE: Final = ("le corps est arrivé incomplet", "the body arrived incomplete")
NOT_JSON_TYPE: Final = (
    "attendu : Content-Type: application/json, reçu : {got}",
    "expected: Content-Type: application/json, got: {got}",
)
ENCODED: Final = (
    "attendu : un corps sans Content-Encoding, reçu : {got}",
    "expected: a body without Content-Encoding, got: {got}",
)
NOTHING: Final = ("rien", "nothing")
INTERNAL: Final = (
    "erreur interne ; signalez l'identifiant de la requête si elle se répète",
    "internal error; quote the request's identifier if it happens again",
)
STOPPING: Final = (
    "le serveur s'arrête avant d'avoir pu répondre ; réessayez",
    "the server stops before it could answer; try again",
)
NOT_READY: Final = ("le modèle n'est pas prêt : {reason}", "the model is not ready: {reason}")
MANY_FAULTS: Final = ("{first} ; et {least}{others} autre(s) erreur(s)", "{first}; and {least}{others} more error(s)")
LEAST: Final = ("au moins ", "at least ")

TITLES: Final = {
    400: ("Requête illisible", "Bad Request"),
    404: ("Introuvable", "Not Found"),
    405: ("Méthode non autorisée", "Method Not Allowed"),
    413: ("Contenu trop volumineux", "Content Too Large"),
    415: ("Type de contenu non accepté", "Unsupported Media Type"),
    422: ("Contenu impossible à traiter", "Unprocessable Content"),
    500: ("Erreur interne", "Internal Server Error"),
    503: ("Service indisponible", "Service Unavailable"),
}
"""The standard phrase of a status, by status."""


def pick(text: Text, language: str) -> str:
    """The English half for `en`, else the French one."""
    return text[1] if language == ENGLISH else text[0]


def fill(text: Text, **values: object) -> Text:
    """Format both halves. A value that is a pair of texts gives each half its own."""
    return _fill(text[0], 0, values), _fill(text[1], 1, values)


def _fill(template: str, half: int, values: dict[str, object]) -> str:
    return template.format(**{key: value[half] if isinstance(value, tuple) else value for key, value in values.items()})
