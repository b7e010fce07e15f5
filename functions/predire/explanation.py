"""The explanation that a person may request of a decision made with an algorithm.

Source: Code des relations entre le public et l'administration, article R.311-3-1-2, which lists four things: the
degree and mode of contribution of the algorithm; the data and their source; the parameters and their weight, applied
to that person; the operations carried out.
"""

import msgspec
from msgspec import Struct

from shared.errors import Text
from shared.i18n import fill, pick
from shared.model.codec import Context, DecodedRequest, EncodedResponse, Outputs

from .predictions import MAX_FACTORS, Prediction, abstention_band, build_predictions
from .schema import PREDICT
from .student import STAGES


class Datum(Struct, frozen=True):
    """One value that was used."""

    variable: str
    libelle: str
    valeur: float


class Data(Struct, frozen=True):
    """The person's data that was used, and the source of the training data."""

    utilisees: list[Datum]
    source: str
    apprentissage: str


class Weight(Struct, frozen=True):
    """What a value adds, in log-odds of failing."""

    variable: str
    libelle: str
    contribution: float
    sens: str


class Thresholds(Struct, frozen=True):
    """From `echec` on, a probability predicts failure. Between the other two thresholds a person must decide."""

    echec: float
    verification_basse: float
    verification_haute: float


class Parameters(Struct, frozen=True):
    """The terms of the score, in log-odds of failing: `score` = `base` + every `contribution`."""

    base: float
    poids: list[Weight]
    score: float
    probabilite_echec: float
    seuils: Thresholds


class Explanation(Struct, frozen=True):
    """The four things of article R.311-3-1-2, and the prediction that they explain."""

    prediction: Prediction
    degre_et_mode_de_contribution: str
    donnees_traitees: Data
    parametres_et_ponderation: Parameters
    operations_effectuees: list[str]


_CONTRIBUTION: Text = (
    (
        "Le modèle estime une probabilité d'échec ; il ne décide rien. La décision appartient à une personne, qui peut "
        "s'en écarter. Entre {low} % et {high} %, l'estimation est trop incertaine et une personne doit examiner "
        "le dossier."
    ),
    (
        "The model estimates a probability of failing; it decides nothing. The decision is a person's, who may depart "
        "from it. Between {low}% and {high}% the estimate is too uncertain and a person must look at the case."
    ),
)
_SOURCE: Text = ("la requête, champ par champ", "the request, field by field")
_CHECKS: Text = (
    (
        "vérification du type et de l'intervalle de chaque valeur ; les données sensibles (genre, nationalité, "
        "situation familiale, handicap, parents, logement) sont ignorées"
    ),
    (
        "checking each value's type and range; sensitive data (gender, nationality, marital status, special needs, "
        "parents, displacement) are ignored"
    ),
)
_SUM: Text = (
    (
        "lecture de la contribution de chaque variable, qui ne dépend que de sa valeur, puis somme de la base et des "
        "{count} contributions : c'est le logarithme de la cote d'échec"
    ),
    (
        "reading each variable's contribution, which depends on its value alone, then summing the base and the {count} "
        "contributions: the log-odds of failing"
    ),
)
_LOGISTIC: Text = (
    "passage à une probabilité par la fonction logistique, comparée à 50 % et aux seuils de vérification",
    "turning it into a probability by the logistic function, compared with 50% and the review thresholds",
)
_STAGE: Text = ("choix du modèle de l'étape : {stage}", "choosing the stage's model: {stage}")
_STAGES: dict[str, Text] = {
    "inscription": ("inscription", "enrolment"),
    "semestre_1": ("semestre 1", "semester 1"),
    "semestre_2": ("semestre 2", "semester 2"),
}
_OPERATIONS = (_CHECKS, _STAGE, _SUM, _LOGISTIC)


def encode_response(inputs: DecodedRequest, outputs: Outputs, context: Context) -> EncodedResponse:
    """One explanation per student, in the request's order; not an array if the request is a single student.

    Args:
        inputs: the decoded request.
        outputs: for each stage, the outputs of its graph.
        context: the served model and the request's language.
    """
    predictions = build_predictions(inputs.parsed, outputs, context, max_factors=len(STAGES["semestre_2"]))
    explanations = [_explain(prediction, context) for prediction in predictions]
    logged = [
        {"prediction": prediction.prediction, "probabilite_echec": prediction.probabilite_echec}
        for prediction in predictions
    ]
    many = inputs.parsed.many
    return EncodedResponse(explanations if many else explanations[0], logged if many else logged[0])


def _explain(prediction: Prediction, context: Context) -> Explanation:
    low, high = (round(100 * bound) for bound in abstention_band(context))
    contribution = fill(_CONTRIBUTION, low=low, high=high)
    stage, count = _STAGES[prediction.etape], len(prediction.facteurs)
    data = context.manifest.data
    return Explanation(
        prediction=msgspec.structs.replace(prediction, facteurs=prediction.facteurs[:MAX_FACTORS]),
        degre_et_mode_de_contribution=pick(contribution, context.language),
        donnees_traitees=Data(
            utilisees=[Datum(factor.variable, factor.libelle, factor.valeur) for factor in prediction.facteurs],
            source=pick(_SOURCE, context.language),
            apprentissage=f"{data.title} ({data.source}, {data.licence})",
        ),
        parametres_et_ponderation=_parameters(prediction, context),
        operations_effectuees=[pick(fill(step, stage=stage, count=count), context.language) for step in _OPERATIONS],
    )


def _parameters(prediction: Prediction, context: Context) -> Parameters:
    base = context.manifest.graphs[prediction.etape].constants["baseline"]
    weights = [
        Weight(factor.variable, factor.libelle, factor.contribution, factor.sens) for factor in prediction.facteurs
    ]
    return Parameters(
        base=round(base, 6),
        poids=weights,
        score=round(base + sum(weight.contribution for weight in weights), 6),
        probabilite_echec=prediction.probabilite_echec,
        seuils=Thresholds(0.5, *abstention_band(context)),
    )


EXPLAIN = msgspec.structs.replace(PREDICT, response=Explanation | list[Explanation], encode_response=encode_response)
