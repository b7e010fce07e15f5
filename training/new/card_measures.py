"""The chapters of a generated card that tell measures: summary, figures, uncertainty, importance, fairness."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from shared.model.table import CLASSES, CLUSTERS, OUTLIERS, VALUES
from training.card_text import interval, number, percent, plain
from training.drift.reference import text_of
from training.metrics import share_interval
from training.new.card_parts import classes_table, figures_table, groups_table, importance_table, named, write_figure
from training.new.fairness import LEAST_ROWS
from training.new.measures import NAMES, Measured
from training.new.uncertainty import COVERAGE, Uncertainty

if TYPE_CHECKING:
    from training.new.card import Facts

FIGURES = ("accuracy", "log_loss", "brier", "auc", "ece", "rmse", "mae", "median_error", "r2",
           "outliers", "clusters", "silhouette", "stability")  # fmt: skip
LOSSES = {
    "loss": "perte logarithmique ajoutée (nats)",
    "wrong": "part d'erreurs ajoutée",
    "distance": "écart absolu ajouté",
    "moved": "part de réponses changées",
}
NO_SETS = "Cet estimateur ne donne pas de probabilités : pas d'ensemble de classes."
MOST_CLASSES_NAMED = 3


def french(name: str) -> str:
    """The French name of a figure."""
    return NAMES[name][0] if name in NAMES else name


def summary(facts: "Facts") -> str:
    """Two or three sentences that a person who reads nothing else should know."""
    if facts.refits is None and facts.table.kind != CLUSTERS:
        return "Rien d'honnête n'a pu être mesuré, pour la raison dite plus bas."
    return " ".join(_summary(facts)) or "Voyez les mesures."


def _summary(facts: "Facts") -> Iterator[str]:
    first = facts.measured[0]
    figures, ends = first.figures, first.ends
    if facts.table.kind == CLASSES:
        yield (
            f"Sur des lignes qu'il n'a jamais vues, il donne la bonne réponse {percent(figures['accuracy'])} du temps "
            f"(intervalle de confiance à 95 % : {interval(ends['accuracy'], percent)}) ; répondre toujours la "
            "classe la "
            f"plus fréquente en donnerait {percent(first.baseline['accuracy'])}."
        )
    elif facts.table.kind == VALUES:
        yield (
            f"Sur des lignes qu'il n'a jamais vues, il se trompe de {number(figures['mae'])} en moyenne (intervalle de "
            f"confiance à 95 % : {interval(ends['mae'], number)}), et de moins de "
            f"{number(figures['median_error'])} une "
            f"fois sur deux ; répondre toujours la moyenne se tromperait de {number(first.baseline['mae'])}."
        )
    elif facts.table.kind == OUTLIERS:
        yield (
            f"Sur des lignes qu'il n'a jamais vues, il dit anormales {percent(figures['outliers'])} d'entre elles "
            f"(intervalle de confiance à 95 % : {interval(ends['outliers'], percent)}). Les données ne disent pas "
            "lesquelles le sont : ni une erreur ni une réussite ne peut être comptée."
        )
    else:
        yield (
            f"Il range les lignes dans {number(figures['clusters'])} groupes. Les données ne disent pas lesquels "
            "seraient justes."
        )
    if len(facts.measured) > 1:
        yield f"(Il s'agit de « {plain(first.target)} », la première des {len(facts.measured)} réponses.)"
    known = next((one for one in facts.uncertain if one is not None), None)
    if known is not None:
        yield _summary_of(known, facts)
    if facts.importance and facts.importance[0].low > 0:
        names = [f"« {plain(one.column)} »" for one in facts.importance[:MOST_CLASSES_NAMED] if one.low > 0]
        listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} et {names[-1]}"
        yield f"Ce qui compte le plus : {listed}."


def _summary_of(known: Uncertainty, facts: "Facts") -> str:
    mean = number(float(known.sizes.mean()))
    if facts.table.kind == CLASSES:
        return f"L'ensemble des classes qu'il n'exclut pas, à 90 %, en compte {mean} en moyenne."
    return f"L'intervalle qui tient la vraie valeur 9 fois sur 10 est large de {mean} en moyenne."


def measures(facts: "Facts") -> str:
    """How, then the figures and pictures of each target."""
    parts = [_how(facts)]
    for at, measured in enumerate(facts.measured):
        if len(facts.measured) > 1:
            parts.append(f"### {plain(measured.target)}")
        parts += _target(facts, at, measured)
    return "\n\n".join(parts)


def _how(facts: "Facts") -> str:
    if facts.refits is None:
        reason = plain(facts.no_refits[0]) if facts.no_refits else ""
        return "Sur toutes les lignes." if facts.table.kind == CLUSTERS else f"{reason[:1].upper()}{reason[1:]}"
    folds, rows = len(facts.refits.folds), number(len(facts.refits.rows))
    text = (
        f"L'estimateur a été réappris {folds} fois, avec les mêmes réglages, chaque fois sans un pli de "
        "lignes : chacune "
        f"des {rows} lignes jugées l'est par un modèle qui ne l'a jamais vue. Le modèle servi, lui, "
        + (
            "est celui qui a été apporté."
            if facts.project.estimator
            else f"a appris des {number(len(facts.problem))} lignes."
        )
    )
    if facts.table.kind in {CLASSES, VALUES}:
        constant = "la classe la plus fréquente et les fréquences" if facts.table.kind == CLASSES else "la moyenne"
        text += (
            f" Le témoin ne regarde aucune colonne : il répond {constant} des autres plis. Les intervalles "
            "viennent d'un "
            "*bootstrap* par percentiles : on a tiré les lignes au sort, avec remise."
        )
    return text


def _target(facts: "Facts", at: int, measured: Measured) -> Iterator[str]:
    suffix = f"_{at + 1}" if at else ""
    yield figures_table(measured, FIGURES)
    if facts.table.kind == CLASSES:
        yield from _classes(facts, at, suffix)
    elif f"valeurs{suffix}.png" in facts.pictures:
        yield "Chaque point est une ligne, jugée par un modèle qui ne l'a pas vue :"
        yield f"![Vraies valeurs selon les réponses du modèle, avec l'intervalle à 90 %](valeurs{suffix}.png)"
        yield f"![Histogramme des écarts entre la réponse et la vraie valeur](ecarts{suffix}.png)"
    if "groupes_trouves.png" in facts.pictures:
        yield "![Part des lignes dans chaque groupe](groupes_trouves.png)"


def _classes(facts: "Facts", at: int, suffix: str) -> Iterator[str]:
    refits: Any = facts.refits
    if refits is None:
        return
    truth, predicted = facts.problem.classes()[refits.rows, at], refits.answers.labels[:, at]
    names = [str(text_of(label)) for label in facts.table.targets[at].labels]
    known = facts.uncertain[at] if at < len(facts.uncertain) else None
    yield "Les réponses comptées :"
    yield f"![Matrice de confusion : les vraies classes en lignes, les réponses en colonnes](confusion{suffix}.png)"
    yield (
        "*Retrouvées* : parmi les lignes de la classe, celles que le modèle y a mises. *Justes* : parmi "
        "celles qu'il y a "
        "mises, celles qui en sont. Entre parenthèses, l'intervalle de confiance à 95 % (Wilson, en %)."
    )
    yield classes_table(names, truth, predicted, None if known is None else known.covered)
    if f"fiabilite{suffix}.png" in facts.pictures:
        yield "Ce qui a été annoncé, et ce qui est arrivé ; un point est d'autant plus gros qu'il compte de lignes :"
        yield f"![Diagramme de fiabilité : fréquence observée selon la probabilité annoncée](fiabilite{suffix}.png)"


def uncertainty(facts: "Facts") -> str:
    """The sets or the intervals, and how often they held the truth."""
    if facts.refits is None or facts.table.kind not in {CLASSES, VALUES}:
        return ""
    if not any(facts.uncertain):
        return NO_SETS if facts.table.kind == CLASSES and not facts.uncertain else "Trop peu de lignes pour le dire."
    what = "l'ensemble des classes" if facts.table.kind == CLASSES else "l'intervalle"
    parts = [
        (
            f"Avec chaque réponse vient {what} que le modèle n'exclut pas : fait pour tenir la vérité "
            f"{percent(COVERAGE, 0)} du temps. Sa taille vient des écarts sur des lignes non vues ; sa couverture a "
            "été mesurée sur un pli, avec la taille que donnent les autres."
        )
    ]
    for at, known in enumerate(facts.uncertain):
        if known is not None:
            parts += _uncertain(facts, at, known)
    return "\n\n".join(parts)


def _uncertain(facts: "Facts", at: int, known: Uncertainty) -> Iterator[str]:
    suffix = f"_{at + 1}" if at else ""
    covered = interval(share_interval(int(known.covered.sum()), len(known.covered)), percent)
    prefix = f"« {plain(facts.table.targets[at].name)} » : c" if len(facts.uncertain) > 1 else "C"
    line = f"{prefix}ouverture mesurée {percent(known.covered.mean())} (intervalle de confiance à 95 % : {covered})"
    if facts.table.kind == CLASSES:
        single, empty = float((known.sizes == 1).mean()), float((known.sizes == 0).mean())
        line += (
            f" ; {number(float(known.sizes.mean()))} classes en moyenne, une seule pour {percent(single)} des lignes"
        )
        line += f", aucune pour {percent(empty)} (aucune classe ne convient)." if empty else "."
        yield line
        if f"ensembles{suffix}.png" in facts.pictures:
            yield f"![Nombre de classes dans l'ensemble](ensembles{suffix}.png)"
    elif known.logarithm:
        yield f"{line} ; la réponse, divisée ou multipliée par {number(float(np.exp(known.limit)))}."
    else:
        yield f"{line} ; la réponse, plus ou moins {number(known.limit)}."


def importance(facts: "Facts") -> str:
    """The importance of the columns."""
    if not facts.importance:
        return ""
    titles = {column.name: named(column) for column in facts.table.columns}
    parts = [
        (
            f"On mélange une colonne entre les lignes, et on regarde ce que cela change : {loss_of(facts)}, sur des "
            "lignes non vues. Deux colonnes qui disent la même chose se remplacent : "
            "chacune paraît alors moins importante."
        ),
        "![Importance des colonnes, avec leurs intervalles à 95 %](importance.png)",
        importance_table(facts.importance, lambda name: titles.get(name, plain(name))),
    ]
    useless = [plain(one.column) for one in facts.importance if one.low <= 0]
    if useless:
        listed = ", ".join(useless[:12]) + ("…" if len(useless) > 12 else "")
        parts.append(f"Ne se distinguent pas de rien : {listed}.")
    return "\n\n".join(parts)


def loss_of(facts: "Facts") -> str:
    """The loss that an importance adds."""
    if facts.table.kind == VALUES:
        return LOSSES["distance"]
    if facts.table.kind != CLASSES:
        return LOSSES["moved"]
    return LOSSES["loss" if facts.refits and facts.refits.answers.probabilities else "wrong"]


def fairness(facts: "Facts") -> str:
    """The errors by group."""
    if facts.fairness is None:
        return ""
    names = ", ".join(plain(name) for name in facts.project.sensitive)
    parts = [f"Le modèle ne lit pas ces colonnes : {names}. Elles servent seulement ici, à dire pour qui il se trompe."]
    if facts.fairness.groups:
        labels = facts.table.targets[0].labels
        parts.append(
            "Entre parenthèses, l'intervalle de confiance à 95 %."
            + (_alarms(str(text_of(labels[1]))) if facts.table.kind == CLASSES and len(labels) == 2 else "")
        )
        parts.append(groups_table(facts.fairness.groups, str(text_of(labels[1])) if len(labels) == 2 else ""))
        if "groupes.png" in facts.pictures:
            parts.append("![Erreurs de chaque groupe, avec leurs intervalles](groupes.png)")
    if facts.fairness.small:
        parts.append(
            f"{number(facts.fairness.small)} lignes sont dans des groupes de moins de {LEAST_ROWS} : trop peu "
            "pour en dire un "
            "taux."
        )
    return "\n\n".join(parts)


def _alarms(positive: str) -> str:
    return (
        f" *Fausses alertes* : parmi les autres, les lignes répondues « {plain(positive)} ». *Cas manqués* : parmi les "
        f"« {plain(positive)} », celles répondues autrement."
    )


def limits(facts: "Facts") -> Iterator[str]:
    """What the figures do not tell."""
    for at, known in enumerate(facts.uncertain):
        if known is not None and facts.table.kind == CLASSES and facts.refits is not None:
            yield from _least_covered(facts, at, known)
    if facts.table.kind == VALUES and any(known is not None and not known.logarithm for known in facts.uncertain):
        yield (
            "L'intervalle a la même largeur partout : il est trop large là où le modèle est sûr, trop étroit "
            "là où il ne "
            "l'est pas."
        )
    first = facts.measured[0] if facts.measured else None
    if first is not None and "accuracy" in first.ends and first.ends["accuracy"][0] <= first.baseline["accuracy"]:
        yield (
            f"**Il ne fait pas mieux que le témoin** ({write_figure('accuracy', first.baseline['accuracy'])} "
            "d'exactitude), ou "
            "rien ne le montre."
        )
    if first is not None and "r2" in first.ends and first.ends["r2"][0] <= 0:
        yield "**Il ne fait pas mieux que répondre toujours la moyenne**, ou rien ne le montre."


def _least_covered(facts: "Facts", at: int, known: Uncertainty) -> Iterator[str]:
    refits: Any = facts.refits
    truth = facts.problem.classes()[refits.rows, at]
    counts = np.bincount(truth, minlength=len(facts.table.targets[at].labels))
    shares = np.bincount(truth, weights=known.covered, minlength=len(counts)) / np.maximum(counts, 1)
    shares[counts < LEAST_ROWS] = np.inf
    worst = int(np.argmin(shares))
    if shares[worst] < COVERAGE - 0.05:
        label = plain(facts.table.targets[at].labels[worst])
        yield (
            f"Les ensembles tiennent la vérité 9 fois sur 10 en moyenne, et non pour chaque classe : pour « {label} », "
            f"{percent(float(shares[worst]))} du temps."
        )
