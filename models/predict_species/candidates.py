"""The candidate models, compared on the same folds."""

from collections.abc import Sequence

from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from training.console import track

from .data import Flowers
from .recipe import OutOfFold, Split, out_of_fold, recipe

CHOSEN = "analyse discriminante linéaire"


def candidates(seed: int) -> dict[str, BaseEstimator]:
    """The unfitted estimators, by their French names; CHOSEN is the served one."""
    return {
        "fréquence des espèces (témoin)": DummyClassifier(),
        CHOSEN: recipe(),
        "analyse discriminante quadratique": make_pipeline(StandardScaler(), QuadraticDiscriminantAnalysis()),
        "régression logistique": make_pipeline(StandardScaler(), LogisticRegression(C=10, max_iter=2000)),
        "machine à vecteurs de support, calibrée": make_pipeline(
            StandardScaler(), CalibratedClassifierCV(SVC(random_state=seed), ensemble=False)
        ),
        "15 plus proches voisins": make_pipeline(StandardScaler(), KNeighborsClassifier(15)),
        "bayésien naïf gaussien": GaussianNB(),
        "forêt aléatoire de 100 arbres": RandomForestClassifier(random_state=seed),
        "boosting de 50 petits arbres": GradientBoostingClassifier(n_estimators=50, max_depth=2, random_state=seed),
    }


def compare(flowers: Flowers, splits: Sequence[Split], seed: int) -> dict[str, OutOfFold]:
    """The out-of-fold predictions of each candidate, by name.

    Args:
        flowers: the data set.
        splits: the folds, the same for all.
        seed: of the candidates that draw at random.
    """
    progress = track([*candidates(seed).items()], ("comparaison des modèles", "comparing models"))
    return {name: out_of_fold(estimator, flowers, splits) for name, estimator in progress}
