"""Will this student fail? Target `predire`; `shared/` is two folders up, or beside this file once packaged."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent.parent))

from shared.startup import start_pull

PULL = start_pull("predire")

from shared.endpoint import endpoint
from shared.model.routes import predict, welcome
from shared.web.routes import page

from .explanation import EXPLAIN
from .schema import PREDICT, SIGNATURE

TITLE = ("Réussite ou échec d'un étudiant", "Success or failure of a student")

predire = endpoint(
    "predire",
    TITLE,
    HERE,
    SIGNATURE,
    welcome(("Bienvenue sur l'API de prédiction de l'échec étudiant", "Welcome to the student failure API")),
    predict("/predire", PREDICT, ("Prédire l'échec ou la réussite", "Predict failure or success")),
    predict("/predire/explication", EXPLAIN, ("Expliquer une prédiction", "Explain a prediction")),
    page("/demo", "page.html", ("Essayer dans une page web", "Try it in a web page")),
    pull=PULL,
    max_body_bytes=3 * 512 * 1024,
)
