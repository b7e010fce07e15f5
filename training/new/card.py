"""Writes the card of a generated model, in French, from what was measured and from nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from shared.errors import Text
from shared.model.bundle import Data
from shared.model.table import VALUES, Table
from training.card_text import number, plain, table
from training.contract import Options
from training.new import card_measures
from training.new.card_parts import answer_of, bullets, columns_table
from training.new.fairness import Fairness
from training.new.importance import Importance
from training.new.measures import Measured
from training.new.problem import Problem
from training.new.project import Project
from training.new.refits import Refits
from training.new.uncertainty import Uncertainty

PURPOSE = "usage.md"
"""File of the user's own words on what the model is for, beside its data."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a card tells.

    Attributes:
        project: where the model comes from.
        options: of the training.
        table: what it is fed and answers.
        data: the training data.
        problem: the rows.
        model: the estimator, in words.
        parity: the comparison of the graph with the estimator.
        refits: the answers to rows that were not seen; None: there are none.
        no_refits: why not.
        measured: the figures of each target.
        uncertain: the sets or intervals of each target.
        importance: of the columns, the largest first.
        fairness: the errors by group; None: no sensitive columns.
        compared: the figures of the models that a recipe tried, by name.
        notes: what was found in the table and the estimator, French then English.
        pictures: names of the files that exist.
    """

    project: Project
    options: Options
    table: Table
    data: Data
    problem: Problem
    model: str
    parity: Mapping[str, float]
    refits: Refits | None = None
    no_refits: Text | None = None
    measured: tuple[Measured, ...] = ()
    uncertain: tuple[Uncertainty | None, ...] = ()
    importance: tuple[Importance, ...] = ()
    fairness: Fairness | None = None
    compared: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    notes: Sequence[Text] = ()
    pictures: frozenset[str] = frozenset()


def card(facts: Facts) -> str:
    """The text of CARD.md."""
    chapters = (
        ("À quoi il sert, à quoi il ne sert pas", purpose(facts)),
        ("En bref", card_measures.summary(facts)),
        ("Colonnes", columns(facts)),
        ("Données", data(facts)),
        ("Modèle", model(facts)),
        ("Comment il a été mesuré", card_measures.measures(facts)),
        ("Ce que le modèle n'exclut pas", card_measures.uncertainty(facts)),
        ("Ce qui compte", card_measures.importance(facts)),
        ("Équité", card_measures.fairness(facts)),
        ("Limites", limits(facts)),
        ("Refaire ce paquet", again(facts)),
    )
    written = [f"# Fiche du modèle : {plain(facts.project.name)}"]
    written += [f"## {title}\n\n{text}" for title, text in chapters if text]
    return "\n\n".join(written) + "\n"


def purpose(facts: Facts) -> str:
    """What it answers, and the user's own words."""
    own = facts.project.path(PURPOSE)
    count = len(facts.table.columns)
    said = (
        f"Il répond {answer_of(facts.table)}, d'après {number(count)} colonne{'s' if count > 1 else ''} d'un tableau."
    )
    if own.is_file():
        return f"{said}\n\n{own.read_text('utf-8').strip()}"
    return (
        f"{said} Ce qu'il apprend vaut pour des lignes de même origine que les siennes ; ailleurs, il faut mesurer de "
        "nouveau. Une réponse est une association trouvée dans les données, jamais une cause : elle ne décide de rien "
        f"à la place d'une personne.\n\nCette fiche est écrite d'après ce qui a été mesuré. Pour dire ici, avec vos "
        f"mots, à quoi le modèle sert et ne sert pas, écrivez `models/{facts.project.name}/{PURPOSE}` et entraînez-le "
        "à nouveau."
    )


def columns(facts: Facts) -> str:
    """The contract of a row."""
    parts = [
        "Une ligne a ces colonnes, sous ces noms. Hors de ce qui a été vu, la réponse dit ce qui est inhabituel.",
        columns_table(facts.table.columns),
    ]
    if facts.table.ignored:
        names = ", ".join(plain(name) for name in facts.table.ignored)
        parts.append(f"Le modèle ne lit pas ces colonnes des données ; une ligne peut les avoir : {names}.")
    return "\n\n".join(parts)


def data(facts: Facts) -> str:
    """The table that it learned from."""
    rows = number(facts.data.rows)
    file = plain(facts.project.data)
    text = f"{rows} lignes du fichier {file}"
    left = facts.data.rows - len(facts.problem)
    if left:
        text += f", dont {number(left)} sans la valeur à répondre, qui n'ont pas servi"
    text += "."
    digests = [f"{plain(name)} : SHA-256 `{digest}`" for name, digest in facts.data.sha256.items()]
    return f"{text}\n\n{bullets(digests)}"


def model(facts: Facts) -> str:
    """The estimator, what a recipe compared, and how exactly the graph repeats it."""
    origin = "Un estimateur apporté déjà appris" if facts.project.estimator else "Une recette, apprise sur ces données"
    parts = [f"{origin} : {plain(facts.model)}.", parity(facts)]
    if facts.compared:
        names = list(dict.fromkeys(name for figures in facts.compared.values() for name in figures))
        rows = [
            (plain(name), *(number(figures[one]) if one in figures else "—" for one in names))
            for name, figures in facts.compared.items()
        ]
        head = ("modèle essayé", *(plain(card_measures.french(name)) for name in names))
        parts.append(f"Les modèles essayés, jugés sur des lignes qu'ils n'avaient pas vues :\n\n{table(head, rows)}")
    explained = facts.table.explanation
    if explained is not None:
        parts.append("Chaque réponse peut être expliquée : les contributions des colonnes, exactes, la redonnent.")
    elif facts.table.no_explanation:
        parts.append(f"Pas d'explication des réponses : {facts.table.no_explanation[0].rstrip('.')}.")
    return "\n\n".join(parts)


def parity(facts: Facts) -> str:
    """How exactly the graph repeats the estimator."""
    measured = facts.parity
    rows, distance = number(measured.get("rows", 0)), number(measured.get("max_abs_difference", 0.0), 2)
    text = (
        f"Converti en ONNX, en double précision, et comparé à l'estimateur sur {rows} lignes, du JSON à la réponse : "
        f"écart le plus grand {distance}"
    )
    if facts.table.kind == VALUES:
        return f"{text}."
    wrong = measured.get("label_mismatches", 0)
    plural = "s" if wrong > 1 else ""
    text += f", {number(wrong)} étiquette{plural} différente{plural}."
    if ties := measured.get("ties"):
        text += f" Pour {number(ties)} lignes, deux classes sont à égalité : l'une ou l'autre est répondue."
    return text


def limits(facts: Facts) -> str:
    """What was found, and what the figures do not tell."""
    return bullets(_limits(facts))


def _limits(facts: Facts) -> Iterator[str]:
    yield f"{number(len(facts.problem))} lignes d'une seule origine : rien ne dit ce que le modèle vaut ailleurs."
    if len(facts.problem) < 200:
        yield (
            "Peu de lignes : les intervalles de confiance sont larges, et d'autres lignes auraient donné un autre "
            "modèle."
        )
    if facts.refits is not None and facts.refits.note is not None:
        yield _sentence(facts.refits.note)
    yield from (_sentence(note) for note in facts.notes)
    if facts.project.estimator and facts.refits is not None:
        yield (
            "Si les réglages de l'estimateur ont été choisis en regardant ces mêmes lignes, les mesures sont "
            "un peu trop "
            "belles."
        )
    yield from card_measures.limits(facts)
    if facts.options.quick:
        yield "Paquet réduit (`--quick`) : pour essayer, pas pour servir."


def _sentence(note: Text) -> str:
    text = plain(note[0]).strip().rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."


def again(facts: Facts) -> str:
    """The commands that make the bundle again and measure it again."""
    name = facts.project.name
    return (
        f"`{facts.options.command(name)}` refait ce paquet, à l'octet près avec les mêmes bibliothèques ; "
        f"`python -m models evaluate {name}` mesure de nouveau chaque chiffre."
    )
