"""Labels of the coded fields, by code, in French and in English.

Source: the variables of UCI 697, doi:10.24432/C5MC89 (`Portaria` is `Ordinance` there, `arrêté` here).
"""

from collections.abc import Mapping

from shared.errors import Text

CodeLabels = Mapping[int, Text]

APPLICATION_MODE: CodeLabels = {
    1: ("1re phase, contingent général", "1st phase, general contingent"),
    2: ("Arrêté 612/93", "Ordinance 612/93"),
    5: ("1re phase, contingent spécial (Açores)", "1st phase, special contingent (Azores)"),
    7: ("Titulaire d'un autre diplôme du supérieur", "Holder of another higher course"),
    10: ("Arrêté 854-B/99", "Ordinance 854-B/99"),
    15: ("Étudiant international (licence)", "International student (bachelor)"),
    16: ("1re phase, contingent spécial (Madère)", "1st phase, special contingent (Madeira)"),
    17: ("2e phase, contingent général", "2nd phase, general contingent"),
    18: ("3e phase, contingent général", "3rd phase, general contingent"),
    26: ("Arrêté 533-A/99, point b2 (autre programme)", "Ordinance 533-A/99, item b2 (different plan)"),
    27: ("Arrêté 533-A/99, point b3 (autre établissement)", "Ordinance 533-A/99, item b3 (other institution)"),
    39: ("Plus de 23 ans", "Over 23 years old"),
    42: ("Transfert", "Transfer"),
    43: ("Changement de formation", "Change of course"),
    44: ("Diplôme de spécialisation technologique", "Technological specialisation diploma"),
    51: ("Changement d'établissement ou de formation", "Change of institution or course"),
    53: ("Diplôme de cycle court", "Short cycle diploma"),
    57: (
        "Changement d'établissement ou de formation (international)",
        "Change of institution or course (international)",
    ),
}
COURSE: CodeLabels = {
    33: ("Technologies de production de biocarburants", "Biofuel Production Technologies"),
    171: ("Animation et conception multimédia", "Animation and Multimedia Design"),
    8014: ("Service social (soir)", "Social Service (evening)"),
    9003: ("Agronomie", "Agronomy"),
    9070: ("Design de communication", "Communication Design"),
    9085: ("Soins vétérinaires", "Veterinary Nursing"),
    9119: ("Génie informatique", "Informatics Engineering"),
    9130: ("Équiniculture", "Equinculture"),
    9147: ("Gestion", "Management"),
    9238: ("Service social", "Social Service"),
    9254: ("Tourisme", "Tourism"),
    9500: ("Soins infirmiers", "Nursing"),
    9556: ("Hygiène bucco-dentaire", "Oral Hygiene"),
    9670: ("Publicité et marketing", "Advertising and Marketing Management"),
    9773: ("Journalisme et communication", "Journalism and Communication"),
    9853: ("Éducation de base", "Basic Education"),
    9991: ("Gestion (soir)", "Management (evening)"),
}
PREVIOUS_QUALIFICATION: CodeLabels = {
    1: ("Enseignement secondaire", "Secondary education"),
    2: ("Bachelor (supérieur)", "Bachelor's degree"),
    3: ("Licence (supérieur)", "Degree"),
    4: ("Master (supérieur)", "Master's"),
    5: ("Doctorat", "Doctorate"),
    6: ("Études supérieures commencées", "Attended higher education"),
    9: ("12e année, inachevée", "12th year, not completed"),
    10: ("11e année, inachevée", "11th year, not completed"),
    12: ("11e année, autre", "Other, 11th year"),
    14: ("10e année", "10th year"),
    15: ("10e année, inachevée", "10th year, not completed"),
    19: ("Enseignement de base, 3e cycle", "Basic education, 3rd cycle"),
    38: ("Enseignement de base, 2e cycle", "Basic education, 2nd cycle"),
    39: ("Spécialisation technologique", "Technological specialisation"),
    40: ("Licence (1er cycle)", "Higher education degree (1st cycle)"),
    42: ("Formation technique supérieure professionnelle", "Professional higher technical course"),
    43: ("Master (2e cycle)", "Master's (2nd cycle)"),
}
ATTENDANCE: CodeLabels = {0: ("du soir", "evening"), 1: ("de jour", "daytime")}
YES_NO: CodeLabels = {0: ("non", "no"), 1: ("oui", "yes")}
