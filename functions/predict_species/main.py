"""Which iris is it? Target `predict_species`; `shared/` is two folders up, or beside this file once packaged."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent.parent))

from shared.startup import start_pull

PULL = start_pull("predict_species")

from shared.endpoint import endpoint
from shared.model.routes import predict
from shared.web.routes import page, text

from . import schema

TITLE = ("Espèce d'iris", "Iris species")

predict_species = endpoint(
    "predict_species",
    TITLE,
    HERE,
    schema.SIGNATURE,
    text("/", "Iris species predictor API !", ("Accueil", "Welcome")),
    predict("/predict_species", schema.PREDICT, ("Prédire l'espèce d'iris", "Predict the species of irises")),
    page("/demo", "page.html", ("Essayer dans une page web", "Try it in a web page")),
    pull=PULL,
)
