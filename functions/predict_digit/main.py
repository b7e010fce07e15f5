"""Which digit is drawn? Target `predict_digit`; `shared/` is two folders up, or beside this file once packaged."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent.parent))

from shared.startup import start_pull

PULL = start_pull("predict_digit")

from shared.endpoint import endpoint
from shared.model.routes import predict
from shared.web.routes import json_data, page

from . import schema, system_info

TITLE = ("Chiffre dessiné à la main", "Hand-drawn digit")
PREDICT = ("Reconnaître un chiffre", "Recognise a digit")

predict_digit = endpoint(
    "predict_digit",
    TITLE,
    HERE,
    schema.SIGNATURE,
    page("/", "page.html", ("Dessiner un chiffre", "Draw a digit")),
    predict("/api/predict", schema.PREDICT, PREDICT),
    predict("/predict_digit", schema.PREDICT, PREDICT),
    json_data("/api/system_info", system_info.read, ("Charge du serveur", "Load of the server")),
    pull=PULL,
    max_body_bytes=4 * 1024 * 1024,
)
