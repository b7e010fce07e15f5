"""Texts of the page of the request log, in French and in English."""

from shared.errors import Text

NO_LOG: Text = ("Le journal ne peut pas être lu : {reason}", "The request log cannot be read: {reason}")
NO_REFERENCE: Text = (
    "Le paquet {version} ne dit pas de quoi il a appris (reference.json) : entraînez-le à nouveau.",
    "Bundle {version} has no reference of its training data (reference.json): train it again.",
)
TOO_FEW_ROWS: Text = (
    "Trop peu de lignes pour comparer : {rows} au plus par grandeur, il en faut {needed}.",
    "Too few rows to compare: at most {rows} per quantity, {needed} are needed.",
)
QUANTITIES: dict[str, Text] = {"réponse": ("réponse", "answer"), "entrée": ("entrée", "input")}
DRIFT_COLUMNS: tuple[Text, ...] = (
    ("graphe", "graph"),
    ("grandeur", "quantity"),
    ("nom", "name"),
    ("lignes", "rows"),
    ("indice (PSI)", "index (PSI)"),
    ("ce qui a le plus changé", "largest change"),
    ("avant (%)", "before (%)"),
    ("maintenant (%)", "now (%)"),
)
NO_PAYLOAD: Text = (
    "Cette ligne ne garde pas la demande (REQUEST_LOG_PAYLOAD) : elle ne peut pas être rejouée.",
    "This line does not hold the request (REQUEST_LOG_PAYLOAD): it cannot be replayed.",
)
NO_PICTURE: Text = (
    "Cette ligne ne nomme pas d'image conservée : elle ne peut pas être rejouée.",
    "This line does not name a saved picture: it cannot be replayed.",
)
PICTURE_MISSING: Text = (
    "L'image {name} n'est pas dans {folder} (SAVED_IMAGES_URI).",
    "The picture {name} is not in {folder} (SAVED_IMAGES_URI).",
)

SOURCE: Text = ("Journal", "Log")
PERIOD: Text = ("Période", "Period")
PERIODS: dict[str, Text] = {
    "hour": ("la dernière heure", "the last hour"),
    "day": ("les dernières 24 heures", "the last 24 hours"),
    "week": ("les 7 derniers jours", "the last 7 days"),
    "month": ("les 30 derniers jours", "the last 30 days"),
    "all": ("tout", "everything"),
}
CLOUD_LOGGING: Text = ("Cloud Logging", "Cloud Logging")
NO_LOG_YET: Text = (
    (
        "Ce journal n'existe pas encore. `make serve` démarre les fonctions : chaque demande de prédiction y "
        "laisse une ligne. JOURNAL nomme un autre fichier JSONL, ou `cloud`."
    ),
    (
        "This log does not exist yet. `make serve` starts the functions: each prediction request adds "
        "a line to it. JOURNAL names another JSONL file, or `cloud`."
    ),
)
NO_LINES: Text = (
    "{source} n'a aucune ligne pour cette période : {period}.",
    "{source} has no line in this period: {period}.",
)
ONLY_NEWEST: Text = ("les {count} lignes les plus récentes (MAX_LINES)", "the {count} newest lines (MAX_LINES)")
UNREADABLE_LINES: Text = (
    "{count} lignes illisibles, laissées de côté",
    "{count} unreadable lines, ignored",
)
TIMES_IN: Text = ("heures : {zone}", "times: {zone}")
OVERVIEW_SECTION: Text = ("Vue d'ensemble", "Overview")
PREDICTIONS_SECTION: Text = ("Réponses", "Answers")
DRIFT_SECTION: Text = ("Dérive", "Drift")
STUDENTS_SECTION: Text = ("À suivre", "At risk")
REPLAY_SECTION: Text = ("Rejouer", "Replay")
FUNCTION: Text = ("Fonction", "Function")
FUNCTIONS: Text = ("Fonctions", "Functions")
VOLUME: Text = ("Volume", "Volume")
LATENCIES: Text = ("Latences (percentiles)", "Latencies (percentiles)")
BY_FUNCTION: Text = ("Par fonction et version", "By function and version")
BY_FUNCTION_COLUMNS: tuple[Text, ...] = (
    ("fonction", "function"),
    ("version", "version"),
    ("demandes", "requests"),
    ("refusées, 4xx (%)", "refused, 4xx (%)"),
    ("en échec, 5xx (%)", "failed, 5xx (%)"),
    ("p50 (ms)", "p50 (ms)"),
    ("p95 (ms)", "p95 (ms)"),
    ("p99 (ms)", "p99 (ms)"),
)
REQUEST_AXIS: Text = ("demandes", "requests")
REQUESTS_LABEL: Text = ("Demandes", "Requests")
REFUSED: Text = ("Refusées (4xx)", "Refused (4xx)")
FAILED: Text = ("En échec (5xx)", "Failed (5xx)")
OUTCOMES: dict[str, Text] = {
    "ok": ("répondues", "answered"),
    "refused": ("refusées (4xx)", "refused (4xx)"),
    "failed": ("en échec (5xx)", "failed (5xx)"),
}
LATENCY_AXIS: Text = ("latence (ms)", "latency (ms)")
PREDICTION_AXIS: Text = ("réponses", "answers")
VALUE_AXIS: Text = ("réponse", "answer")
PREDICTION_COUNT: Text = ("{count} réponses", "{count} answers")
NO_PREDICTION: Text = ("Aucune réponse de cette version dans ces lignes.", "No answer of this version in these lines.")
NO_MODEL_AVAILABLE: Text = (
    "Aucune de ces lignes n'est d'une fonction dont le modèle est ici.",
    "No line comes from a function whose model is available here.",
)
VERSION_UNAVAILABLE: Text = (
    "La version {version} n'est ni embarquée, ni dans BUNDLES, ni dans MODELS_BUCKET.",
    "Version {version} is neither embedded, nor in BUNDLES, nor in MODELS_BUCKET.",
)
THRESHOLD: Text = ("seuil", "threshold")
INDEX_AXIS: Text = ("indice de stabilité de la population (PSI)", "population stability index (PSI)")
DRIFT_SUMMARY: Text = (
    "Grandeurs au-delà du seuil de {threshold} : {past} sur {count}.",
    "Quantities above the threshold of {threshold}: {past} of {count}.",
)
PSI_EXPLAINED: Text = (
    (
        "L'indice compare ce que la fonction reçoit et répond à ce dont son modèle a appris ; 0 : pareil. "
        "Sans indice : trop peu de lignes pour en juger."
    ),
    ("The index compares the requests and predictions with the training data; 0: identical. No index: too few rows."),
)
DAY: Text = ("Jour", "Day")
HOW_MANY_STUDENTS: Text = ("Combien d'étudiants", "How many students")
NO_STUDENTS: Text = ("Aucune demande à predire dans ces lignes.", "No request to predire in these lines.")
NO_STUDENTS_THAT_DAY: Text = ("Aucun étudiant ce jour-là.", "No student that day.")
STUDENT_COUNT: Text = ("{count} étudiants différents ce jour-là", "{count} different students that day")
STAGES: dict[str, Text] = {
    "inscription": ("à l'inscription", "at enrolment"),
    "semestre_1": ("après le semestre 1", "after semester 1"),
    "semestre_2": ("après le semestre 2", "after semester 2"),
}
STUDENT: Text = ("{rank}. Risque d'échec {risk}, {stage}", "{rank}. Risk of failing {risk}, {stage}")
STUDENT_REQUEST: Text = (
    "demandé à {time}, requête {request}, étudiant n° {place}",
    "asked at {time}, request {request}, student no. {place}",
)
OTHER_VERSION: Text = (
    "La version {version}, qui a répondu, n'est plus là : les facteurs sont ceux de {other}.",
    "Version {version}, which answered, is not available: these are the factors of {other}.",
)
CONTRIBUTION_AXIS: Text = (
    "contribution au risque d'échec (log-cote)",
    "contribution to the risk of failing (log-odds)",
)
A_PERSON_DECIDES: Text = (
    (
        "Un risque est une estimation pour la personne qui accompagne l'étudiant. C'est toujours une personne "
        "qui décide."
    ),
    "A risk is an estimate for the person who advises the student. It is always a person who decides.",
)
REQUEST: Text = ("Demande", "Request")
REPLAY_VERSIONS: Text = ("Versions qui répondent", "Versions that answer")
CHOOSE_A_VERSION: Text = ("Choisissez une version.", "Choose a version.")
LOGGED_REQUEST: Text = ("La demande, telle que le journal la garde", "The request in the log")
LOGGED_COLUMN: Text = ("journal ({version})", "log ({version})")
POINTER_COLUMN: Text = ("champ", "field")
VERSION_REFUSES: Text = ("{version} ne répond pas : {reason}", "{version} does not answer: {reason}")
DIFFERENCE_COUNT: Text = (
    "{count} valeurs sur {total} diffèrent entre les versions.",
    "{count} of {total} values differ between the versions.",
)
