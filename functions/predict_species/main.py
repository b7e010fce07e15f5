"""Which iris is it? Target `predict_species`; `shared/` is two folders up, or beside this file once packaged."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent.parent))

from shared.starting import begin

PULL = begin("predict_species")

from shared.endpoint import endpoint
from shared.parts import page, text
from shared.routes import predict

from . import schema

TITLE = ("Espèce d'iris", "Iris species")

predict_species = endpoint(
    "predict_species",
    TITLE,
    HERE,
    schema.NEEDS,
    text("/", "Iris species predictor API !", ("Accueil", "Welcome")),
    predict("/predict_species", schema.PREDICT, ("Prédire l'espèce d'iris", "Predict the species of irises")),
    page("/demo", "page.html", ("Essayer dans une page web", "Try it in a web page")),
    pull=PULL,
)
