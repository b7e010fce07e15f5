"""Texts of the pages in French and in English, except those of the request log (`log_messages`)."""

from shared.errors import Text

LANGUAGE: Text = ("Langue", "Language")
UNEXPECTED_ERROR: Text = (
    (
        "Cette page n'a pas pu être montrée. Rien n'est perdu : rechargez-la. Si cela se répète, donnez ce "
        "numéro à la personne qui tient l'explorateur : {number}"
    ),
    (
        "This page could not be shown. Nothing is lost: reload it. If it happens again, give this number to "
        "the person who runs the explorer: {number}"
    ),
)
NONE: Text = ("(aucune)", "(none)")
ALL: Text = ("(toutes)", "(all)")
YES: Text = ("oui", "yes")
NO: Text = ("non", "no")

# Reading data sets

NO_SUCH_FOLDER: Text = (
    "« {folder} » : attendu un dossier qui existe, à l'intérieur de la racine choisie",
    '"{folder}": expected a folder that exists, inside the chosen root',
)
UNREADABLE: Text = ("{name} ne peut pas être lu : {reason}", "{name} cannot be read: {reason}")
EMPTY_FILE: Text = (
    "{name} : attendu des colonnes nommées et une ligne au moins, reçu rien",
    "{name}: expected named columns and at least one row, got nothing",
)
NOT_TEXT: Text = (
    "{name} : attendu du texte, reçu des octets qui n'en sont pas",
    "{name}: expected text, got binary data",
)
LINE_TOO_LONG: Text = (
    "{name}, ligne {line} : attendu moins de {limit} caractères",
    "{name}, line {line}: expected fewer than {limit} characters",
)
LINE_ERROR: Text = ("{name}, ligne {line} : {reason}", "{name}, line {line}: {reason}")
OPEN_QUOTE: Text = (
    "un guillemet ouvert avant cette ligne n'est jamais refermé",
    "a quotation mark that opens before this line is never closed",
)
STRAY_QUOTE: Text = (
    "attendu un séparateur après un guillemet fermant",
    "expected a separator after a closing quotation mark",
)
ROW_TOO_WIDE: Text = (
    "{name}, ligne {line} : attendu {expected} colonnes comme dans la première ligne, reçu {got}",
    "{name}, line {line}: expected {expected} columns as in the first line, got {got}",
)
TOO_MANY_COLUMNS: Text = (
    "{name} : attendu {limit} colonnes au plus, reçu {got}",
    "{name}: expected at most {limit} columns, got {got}",
)
JSON_TOO_LARGE: Text = (
    (
        "{name} : un fichier JSON se lit d'un bloc, attendu {limit} Mio au plus, reçu {got}. En JSONL (un "
        "objet par ligne), sa taille n'est pas limitée"
    ),
    (
        "{name}: a JSON file is read whole, expected at most {limit} MiB, got {got}. As JSONL (one object per "
        "line) its size has no limit"
    ),
)
NOT_JSON: Text = ("{name} : attendu du JSON, {place}", "{name}: expected JSON, {place}")
AT_BYTE: Text = ("ce n'en est plus à l'octet {byte}", "the content is invalid at byte {byte}")
NOT_JSON_AT_ALL: Text = ("ce n'en est pas", "the content is something else")
OTHER_JSON: Text = (
    "{name} : attendu une liste d'objets ou un objet de listes de même longueur, reçu un autre JSON",
    "{name}: expected a list of objects, or an object of lists of the same length, got other JSON",
)
LINE_NOT_AN_OBJECT: Text = (
    "{name}, ligne {line} : attendu un objet JSON, reçu : {got}",
    "{name}, line {line}: expected a JSON object, got: {got}",
)
INCOMPLETE_LINE: Text = (
    "la dernière ligne est incomplète : elle est laissée de côté",
    "the last line is incomplete and was ignored",
)
NOT_PARQUET: Text = (
    "{name} : attendu un fichier Parquet entier, ce n'en est pas un",
    "{name}: expected a complete Parquet file, got something else",
)
FIRST_ROWS: Text = ("parmi les {count} premières lignes", "among the first {count} rows")
DIALECT: Text = (
    "encodage {encoding}, séparateur « {separator} », décimales après « {decimal} »",
    'encoding {encoding}, separator "{separator}", decimals after "{decimal}"',
)
SAMPLE: Text = (
    (
        "Échantillon de {kept} lignes tirées au hasard, sur {rows}. Les figures et les nombres sont ceux de "
        "l'échantillon."
    ),
    "Random sample of {kept} of {rows} rows. Charts and numbers describe the sample.",
)
ESTIMATE: Text = ("environ {rows}", "about {rows}")

# Columns

KINDS: dict[str, Text] = {
    "number": ("nombre", "number"),
    "text": ("texte", "text"),
    "time": ("date", "date"),
    "boolean": ("oui / non", "yes / no"),
}
WHOLE_NUMBER: Text = ("nombre entier", "whole number")
COLUMN_FACTS: tuple[Text, ...] = (
    ("colonne", "column"),
    ("type", "type"),
    ("manquantes", "missing"),
    ("manquantes (%)", "missing (%)"),
    ("valeurs différentes", "different values"),
    ("exemple", "example"),
)
NUMBER_STATISTICS: tuple[Text, ...] = (
    ("colonne", "column"),
    ("valeurs", "values"),
    ("moyenne", "mean"),
    ("écart-type", "standard deviation"),
    ("minimum", "minimum"),
    ("5 %", "5%"),
    ("25 %", "25%"),
    ("médiane", "median"),
    ("75 %", "75%"),
    ("95 %", "95%"),
    ("maximum", "maximum"),
)
CATEGORY_STATISTICS: tuple[Text, ...] = (
    ("colonne", "column"),
    ("valeurs", "values"),
    ("différentes", "different"),
    ("la plus fréquente", "most frequent"),
    ("combien de fois", "how often"),
)

# Charts

X: Text = ("Axe horizontal", "Horizontal axis")
Y: Text = ("Axe vertical", "Vertical axis")
COLOUR: Text = ("Couleur (groupes)", "Colour (groups)")
GROUPED_BY: Text = ("Groupes", "Groups")
COLUMNS: Text = ("Colonnes", "Columns")
ROWS: Text = ("nombre de lignes", "number of rows")
MEAN: Text = ("moyenne : {column}", "mean: {column}")
COUNTS: Text = ("Barres (comptes)", "Bars (counts)")
COUNTS_SHOW: Text = ("combien de lignes ont chaque valeur", "how many rows have each value")
HISTOGRAM: Text = ("Histogramme", "Histogram")
HISTOGRAM_SHOWS: Text = ("comment des nombres se répartissent", "how numbers are distributed")
BOX: Text = ("Boîtes à moustaches", "Box plot")
BOX_SHOWS: Text = ("médiane, quartiles et valeurs éloignées, par groupe", "median, quartiles and outliers, by group")
VIOLIN: Text = ("Violons", "Violin plot")
VIOLIN_SHOWS: Text = ("la densité des valeurs, par groupe", "the density of values, by group")
MEANS: Text = ("Barres (moyennes)", "Bars (means)")
MEANS_SHOW: Text = ("la moyenne d'un nombre, par groupe", "the mean of a number, by group")
SCATTER: Text = ("Nuage de points", "Scatter plot")
SCATTER_SHOWS: Text = ("un point par ligne", "one point per row")
LINE: Text = ("Courbe", "Line")
LINE_SHOWS: Text = ("un nombre le long d'un autre ou du temps", "a number along another one or along time")
PAIRS: Text = ("Paires", "Pair plot")
PAIRS_SHOW: Text = ("chaque nombre en face de chaque autre", "each number against every other")
HEAT: Text = ("Carte de chaleur (corrélations)", "Heat map (correlations)")
HEAT_SHOWS: Text = ("la corrélation de chaque paire de nombres", "the correlation of each pair of numbers")

NO_ROWS: Text = ("Aucune ligne ne passe les filtres.", "No row passes the filters.")
CHOOSE_ONE: Text = ("{chart} : choisissez une colonne pour « {slot} ».", '{chart}: choose a column for "{slot}".')
CHOOSE_SEVERAL: Text = ("{chart} : choisissez au moins {least} colonnes.", "{chart}: choose at least {least} columns.")
CHOOSE_FEWER: Text = (
    "{chart} : choisissez {most} colonnes au plus (il y en a {got}).",
    "{chart}: choose at most {most} columns (there are {got}).",
)
WRONG_KIND: Text = (
    "{chart} : « {slot} » attend une colonne de type {takes} ; « {column} » est de type {got}.",
    '{chart}: "{slot}" expects a column of type {takes}; "{column}" is of type {got}.',
)
TOO_MANY_VALUES: Text = (
    "« {slot} » : « {column} » a {got} valeurs différentes ; au-delà de {most}, on ne les distingue plus.",
    '"{slot}": "{column}" has {got} different values; beyond {most} they cannot be told apart.',
)
USE_A_HISTOGRAM: Text = (
    (
        "« {column} » a {got} valeurs différentes : compter chacune n'apprend rien, un histogramme les range "
        "par tranches."
    ),
    '"{column}" has {got} different values: use a histogram, which groups them into ranges.',
)
SAME_COLUMN_TWICE: Text = (
    "« {column} » est sur les deux axes : choisissez deux colonnes différentes.",
    '"{column}" is on both axes: choose two different columns.',
)
NO_VALUES: Text = (
    "Aucune ligne n'a de valeur dans toutes ces colonnes à la fois : {columns}.",
    "No row has a value in all of these columns at once: {columns}.",
)
NOTHING_VARIES: Text = (
    "Une corrélation demande deux colonnes dont les valeurs varient : il n'y en a pas deux ici.",
    "A correlation needs two columns whose values vary: the selection has fewer.",
)
ROWS_LEFT_OUT: Text = (
    "{count} lignes sans valeur dans ces colonnes ne sont pas dessinées",
    "{count} rows without a value in these columns are not drawn",
)
SAMPLED_POINTS: Text = ("{most} points tirés au hasard sont dessinés", "a random sample of {most} points is shown")
TOP_BARS: Text = (
    "les {most} valeurs les plus fréquentes, sur {count}",
    "the {most} most frequent values, of {count}",
)
PEARSON: Text = (
    "corrélation de Pearson, des lignes qui ont une valeur dans les deux colonnes",
    "Pearson's correlation of the rows with a value in both columns",
)
NOT_DRAWN: Text = (
    "{chart} : ce graphique n'a pas pu être dessiné avec ces colonnes. Choisissez-en d'autres.",
    "{chart}: this chart could not be drawn with these columns. Choose others.",
)

# Pages

DATA_PAGE: Text = ("Données", "Data")
CHARTS_PAGE: Text = ("Graphiques", "Charts")
MODELS_PAGE: Text = ("Modèles", "Models")
REQUEST_LOG_PAGE: Text = ("Journal", "Request log")
FOLDER: Text = ("Dossier", "Folder")
ROOT: Text = ("(racine)", "(root)")
FOLDER_HELP: Text = (
    "Un dossier de la liste, ou un autre à l'intérieur de la racine : {root}",
    "A folder from the list, or another one inside the root: {root}",
)
DATA_SET: Text = ("Jeu de données", "Data set")
NO_DATA: Text = (
    "« {folder} » n'a pas de jeu de données : attendu un fichier {formats}",
    '"{folder}" has no data set: expected a file of type {formats}',
)
UPLOAD: Text = ("Envoyer un fichier de votre machine", "Upload a file from your machine")
UPLOAD_LABEL: Text = (
    "{limit} Mio au plus. Le fichier reste en mémoire, pour cette session seulement.",
    "At most {limit} MiB. The file stays in memory, for this session only.",
)
READING: Text = ("Lecture de {name}", "Reading {name}")
FILTER: Text = ("Filtrer les lignes", "Filter the rows")
FILTER_COLUMNS: Text = ("D'après ces colonnes", "By these columns")
COMPLETE_ROWS_ONLY: Text = ("Seulement les lignes sans valeur manquante", "Only rows without a missing value")
SINGLE_VALUE: Text = (
    "« {column} » n'a qu'une valeur : rien à filtrer.",
    '"{column}" has only one value: nothing to filter.',
)
CONTAINS: Text = ("{column} contient", "{column} contains")
ROWS_TAB: Text = ("Lignes", "Rows")
STATISTICS_TAB: Text = ("Statistiques", "Statistics")
N_ROWS: Text = ("Lignes", "Rows")
N_COLUMNS: Text = ("Colonnes", "Columns")
N_MISSING: Text = ("Valeurs manquantes", "Missing values")
SHAPE: Text = ("Forme (lignes, colonnes) : {shape}", "Shape (rows, columns): {shape}")
HOW_MANY: Text = ("Combien de lignes", "How many rows")
WHICH_COLUMNS: Text = ("Quelles colonnes", "Which columns")
DOWNLOAD_ROWS: Text = ("Télécharger les {count} lignes (CSV)", "Download the {count} rows (CSV)")
DOWNLOAD_PICTURE: Text = ("Télécharger l'image (PNG)", "Download the picture (PNG)")
NUMBER_COLUMNS: Text = ("Colonnes de nombres", "Columns of numbers")
OTHER_COLUMNS: Text = ("Autres colonnes", "Other columns")
SECTION: Text = ("Partie", "Part")
CORRELATIONS: Text = ("Corrélations", "Correlations")
BY_FEATURE: Text = ("Comptes par caractéristique", "Counts by feature")
CUSTOM: Text = ("Visualisation personnalisable", "Custom chart")
FEATURE: Text = ("Caractéristique", "Feature")
CHART: Text = ("Graphique", "Chart")

# Models

PLACES: dict[str, Text] = {
    "embedded": ("{version} (embarquée)", "{version} (embedded)"),
    "folder": ("{version} (dossier)", "{version} (folder)"),
    "bucket": ("{version} (bucket)", "{version} (bucket)"),
}
PLACE_NAMES: dict[str, Text] = {"embedded": ("embarquée", "embedded"), "folder": ("dossier", "folder")}
STATES: dict[str, Text] = {
    "current": ("courante", "current"),
    "previous": ("précédente", "previous"),
    "complete": ("publiée", "published"),
    "incomplete": ("incomplète", "incomplete"),
    "unreadable": ("illisible", "unreadable"),
}
MODEL: Text = ("Modèle", "Model")
CARD: Text = ("Fiche", "Card")
METRICS: Text = ("Mesures", "Metrics")
PICTURES: Text = ("Images", "Pictures")
VERSIONS: Text = ("Versions", "Versions")
COMPARE: Text = ("Comparer", "Compare")
VERSION: Text = ("Version", "Version")
FIRST: Text = ("Première version", "First version")
SECOND: Text = ("Deuxième version", "Second version")
NO_CARD: Text = ("Ce paquet n'a pas de fiche.", "This bundle has no card.")
NO_PICTURES: Text = ("Ce paquet n'a pas d'image.", "This bundle has no picture.")
METRIC_COLUMNS: tuple[Text, ...] = (("graphe", "graph"), ("mesure", "metric"), ("valeur", "value"))
DIFFERENCE_COLUMNS: tuple[Text, ...] = (("écart", "difference"), ("la deuxième est", "the second is"))
BETTER: Text = ("meilleure", "better")
WORSE: Text = ("moins bonne", "worse")
GLOSSARY: Text = (
    (
        "Plus c'est grand, mieux c'est : auc (aire sous la courbe ROC), accuracy (exactitude). Plus c'est "
        "petit, mieux c'est : brier (score de Brier), ece (erreur de calibration), log_loss (perte "
        "logarithmique), error (part d'erreurs). _low et _high sont les bouts d'un intervalle à 95 %."
    ),
    (
        "Higher is better: auc (area under the ROC curve), accuracy. Lower is better: brier "
        "(Brier score), ece (calibration error), log_loss, error (error rate). _low and _high are the "
        "bounds of a 95% interval."
    ),
)
FACTS: Text = ("De quoi elle est faite", "Training data and libraries")
FACT_COLUMNS: tuple[Text, ...] = (("fait", "fact"), ("valeur", "value"))
CHANGED_FACTS: Text = ("Ce qui n'est pas pareil", "Differences")
VERSION_COLUMNS: tuple[Text, ...] = (
    ("version", "version"),
    ("lieu", "place"),
    ("état", "state"),
    ("octets", "bytes"),
    ("publiée (UTC)", "published (UTC)"),
)
NO_BUCKET: Text = (
    "Aucun bucket : MODELS_BUCKET=gs://... montre les versions publiées.",
    "No bucket: MODELS_BUCKET=gs://... shows the published versions.",
)
CURRENT_SINCE: Text = ("{version} est servie depuis {when}.", "{version} has been served since {when}.")
POINTER: Text = ("current.json : illisible : {fault}", "current.json: cannot be read: {fault}")
ONE_VERSION: Text = (
    "Il n'y a qu'une version de ce modèle : il en faut deux.",
    "This model has only one version: two are needed.",
)
ONE_VERSION_AND_NO_BUCKET: Text = (
    (
        "Il n'y a ici que la version embarquée. Pour en comparer deux : MODELS_BUCKET=gs://... (versions "
        "publiées) ou BUNDLES (un dossier de paquets)."
    ),
    (
        "Only the embedded version is available. To compare two: MODELS_BUCKET=gs://... (published versions) or "
        "BUNDLES (a folder of bundles)."
    ),
)
READING_BUCKET: Text = ("Lecture du bucket", "Reading the bucket")
LOADING: Text = ("Chargement de {version}", "Loading {version}")
BAD_BUNDLE: Text = ("la version {version} est refusée : {reason}", "version {version} is refused: {reason}")
BUCKET: Text = ("Le bucket : {reason}", "The bucket: {reason}")
