"""Sentences of `make deploy` and `make destroy`, French then English."""

DESCRIPTION = (
    "Déployer toutes les fonctions dans un projet Google Cloud, ou tout retirer.",
    "Deploy every function to a Google Cloud project, or take it down.",
)
BUILD_REGION = ("région de Cloud Build ; défaut : --region", "region of Cloud Build; default: --region")
BILLING = ("compte qui paie le projet s'il faut le créer", "account that pays for the project if it must be created")
FUNCTION = ("ne construire que cette fonction", "build this function only")
EMAIL = (
    "destinataires des alertes, séparés par des virgules",
    "recipients of alerts, separated by commas",
)
DRY_RUN = (
    "afficher les commandes comme un script, n'en lancer aucune",
    "print the commands as a shell script, run none",
)
WHICH_PROJECT = ("quel projet ? make deploy PROJECT=mon-projet", "which project? make deploy PROJECT=my-project")

NOT_INSTALLED = (
    "à installer, et à mettre dans PATH : {names} (docs/operations.md, Deploying)",
    "{names} must be installed and on PATH: docs/operations.md, Deploying",
)
NO_FUNCTION = ("{file} n'existe pas", "no {file}")
FAILED = ("{title} : échec", "{title}: failed")
FAILED_COMMAND = ("{title} : échec : {command}", "{title}: failed: {command}")
RETRYING = (
    "== Pas encore connu partout : nouvel essai dans {seconds} s, {left} fois au plus",
    "== Not known everywhere yet: again in {seconds} s, {left} times at most",
)
RETRIED = (
    "# Sur l'un de ces messages : {patterns} : à refaire après {seconds} s, {times} fois au plus",
    "# On one of these messages: {patterns}: again after {seconds} s, up to {times} times",
)
AGAIN = ("Relancer la même commande.", "Run the same command again.")

SIGN_IN = ("Se connecter : {command}", "Sign in: {command}")
TERMS = (
    "Si des conditions d'utilisation sont nommées : les accepter avec ce compte sur https://console.cloud.google.com",
    "If terms of service are named: accept them with this account at https://console.cloud.google.com",
)
NO_PROJECT = (
    (
        "Ce projet n'existe pas, ou vous n'y avez pas accès. BILLING=XXXXXX-XXXXXX-XXXXXX le fait créer ; son nom doit "
        "être libre dans le monde entier."
    ),
    (
        "There is no such project, or you may not see it. BILLING=XXXXXX-XXXXXX-XXXXXX creates it; its name must be "
        "free in the whole world."
    ),
)
NO_BILLING = (
    "Le projet n'a pas de compte de facturation. En nommer un avec BILLING=..., parmi : gcloud billing accounts list",
    "The project has no billing account. Name an account with BILLING=..., out of: gcloud billing accounts list",
)
OTHER_REGION = (
    (
        "{project} est déployé en {place}, pas en {region} : une autre région remplacerait tout. Donner REGION= comme "
        "la première fois, ou commencer par make destroy là-bas."
    ),
    (
        "{project} is deployed in {place}, not in {region}: another region would replace all of it. Give REGION= as it "
        "was the first time, or make destroy there first."
    ),
)
BUCKET_TAKEN = (
    "Un 409 veut dire que le bucket existe dans un autre projet : les noms sont pris dans le monde entier.",
    "A 409 means that the bucket exists in another project: names are taken in the whole world.",
)
APPLY_FAILED = (
    (
        "Une API ou un droit peut mettre quelques minutes à être connu partout : relancer la même commande. Le budget "
        "demande roles/billing.costsManager sur le compte de facturation."
    ),
    (
        "An API or a grant may need some minutes to be known everywhere: run the same command again. The budget needs "
        "roles/billing.costsManager on the billing account."
    ),
)
PUBLISH = (
    "modèle {name} : publier et promouvoir celui de ce dépôt",
    "model {name}: publish and promote this repository's",
)
BUILD = (
    "Cloud Build : tester, construire, déployer, essayer les exemples, basculer le trafic",
    "Cloud Build: test, build, deploy, smoke-test, move the traffic",
)
BUILD_FAILED = (
    (
        "Les anciennes révisions continuent de servir. Région refusée : un nouveau projet n'y a pas de quota, essayer "
        "BUILD_REGION=europe-west1, ou us-central1. Un droit peut aussi demander une minute : relancer la commande."
    ),
    (
        "Old revisions go on serving. If the region is refused, a new project has no quota there: "
        "BUILD_REGION=europe-west1, or us-central1. A grant may also need a minute: run the same command again."
    ),
)

NOT_DEPLOYED = (
    "{project} n'a pas de {bucket} : rien n'y est déployé, ou vous n'y avez pas accès.",
    "{project} has no {bucket}: nothing is deployed there, or you may not see it.",
)
CONFIRM = (
    (
        "Ceci supprime chaque service, image, modèle publié, image enregistrée et requête journalisée de {project}.\n"
        "Taper {project} pour continuer : "
    ),
    (
        "This deletes every service, image, published model, saved image and stored request of {project}.\n"
        "Type {project} to go on: "
    ),
)
NOT_CONFIRMED = ("rien n'a été supprimé", "nothing was deleted")
UNPROTECT = ("retirer la protection contre la suppression", "remove the deletion protection")
PROJECT_STAYS = (
    "Le projet {project} lui-même existe toujours : gcloud projects delete {project}",
    "Project {project} itself is still there: gcloud projects delete {project}",
)
