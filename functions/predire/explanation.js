// The effect of changes and the legal explanation. Both come from one request to /predire/explication, which drift does not count.

function changesOf(student) {
  const semester = "curricular_units_2nd_sem_grade" in student ? 2 : 1;
  const [units, enrolled, grade] = ["approved", "enrolled", "grade"].map((name) => `curricular_units_${["1st", "2nd"][semester - 1]}_sem_${name}`);
  return [
    [student[units] < student[enrolled], units, student[units] + 1, `Une UE de plus réussie au semestre ${semester}`, `One more unit approved in semester ${semester}`],
    [student[grade] > 0 && student[grade] <= 19, grade, student[grade] + 1, `Un point de plus de moyenne au semestre ${semester}`, `One more point of mean grade in semester ${semester}`],
    [!student.tuition_fees_up_to_date, "tuition_fees_up_to_date", 1, "Les frais d'inscription à jour", "Tuition fees up to date"],
    [student.debtor, "debtor", 0, "Aucune dette envers l'établissement", "No debt to the institution"],
  ].filter(([possible]) => possible);
}

async function explain() {
  const [requestNumber, language, { student }] = [lastRequestNumber, document.documentElement.lang, displayed];
  const changes = changesOf(student);
  try {
    const explanations = await postJson("predire/explication", [student, ...changes.map(([, name, value]) => ({ ...student, [name]: value }))]);
    if (requestNumber !== lastRequestNumber || language !== document.documentElement.lang) return;
    explained = { changes, explanations };
    showExplanations();
  } catch (error) {
    if (requestNumber !== lastRequestNumber) return;
    explained = null;
    setStatus("one", ((before) => () => [before(), fault(() => error.message)()].flat())(renderStatus.one));
    retry("one", () => predict(lastStudent));
  }
  layout();
}

function showExplanations() {
  const { changes, explanations: [current, ...changed] } = explained;
  const before = current.prediction.probabilite_echec;
  const effects = changes.map(([, , , ...words], index) => makeEffect(say(...words), before, changed[index].prediction.probabilite_echec));
  const noEffect = li("", say("Rien que l'étudiant puisse encore changer.", "Nothing that the student can still change."));
  find("effects").replaceChildren(...(effects.length ? effects : [noEffect]));
  find("explanation").replaceChildren(...makeExplanation(current));
  setBusy(false, "change", "rights");
}

function makeEffect(words, before, after) {
  const text = `${say("Échec : ", "Failure: ")}${formatRisk(before)} → ${formatRisk(after)}`;
  const [left, right] = [Math.min(before, after), Math.max(before, after)];
  return li("", [div("fact", [span("", words), span("weight", text)]), div("track effect", [scaleSegment("fill", 0, left), scaleSegment("gain", left, right - left)])]);
}

function makeExplanation({ degre_et_mode_de_contribution: degree, donnees_traitees: data, parametres_et_ponderation: parameters, operations_effectuees: steps }) {
  const { base, poids, score, probabilite_echec: failure, seuils } = parameters;
  const [limit, low, high] = Object.values(seuils).map((threshold) => percent(threshold, 0));
  const values = new Map(data.utilisees.map(({ variable, valeur }) => [variable, valeur]));
  const head = [["", "Donnée", "Datum"], ["", "Valeur", "Value"], ["right", "Poids", "Weight"]];
  const row = ({ variable, contribution }) => tr("", [td("", title(variable)), td("", formatValue(variable, values.get(variable))), td("right", formatWeight(contribution))]);
  const sum = say(
    `Étudiant moyen ${formatWeight(base)}, plus la somme des poids ${formatWeight(score - base)} : ${formatWeight(score)}, logarithme de la cote d'échec, soit ${formatRisk(failure)}. Échec dès ${limit} ; à vérifier de ${low} à ${high}.`,
    `Average student ${formatWeight(base)} plus the sum of the weights ${formatWeight(score - base)}: ${formatWeight(score)}, log-odds of failing, or ${formatRisk(failure)}. Failure from ${limit} on; to check from ${low} to ${high}.`,
  );
  const table = element("table", "small", [
    element("caption", "", sum),
    element("thead", "", tr("", head.map(([className, ...words]) => element("th", className, say(...words), { scope: "col" })))),
    element("tbody", "", poids.map(row)),
  ]);
  const used = say(`Les ${values.size} valeurs du tableau ci-dessous. Leur source : ${data.source}. Le modèle a appris de : ${data.apprentissage}.`, `The ${values.size} values of the table below. Their source: ${data.source}. The model learnt from a data set that is named in French: ${data.apprentissage}.`);
  return [
    ["Le degré et le mode de contribution de l'algorithme", "The degree and mode of contribution of the algorithm", p("", nonBreaking(degree))],
    ["Les données traitées et leur source", "The data and their source", p("", used)],
    ["Les paramètres et leur pondération", "The parameters and their weight", table],
    ["Les opérations effectuées", "The operations carried out", element("ol", "", steps.map((text) => li("", nonBreaking(text))))],
  ].flatMap(([french, inEnglish, part], index) => [element("h3", "", `${index + 1}. ${say(french, inEnglish)}`), part]);
}

function fillSheet() {
  const rows = Object.entries(displayed?.student ?? formValues()).map(([name, value]) => div("", [element("dt", "", title(name)), element("dd", "", formatValue(name, value))]));
  const date = new Date().toLocaleDateString(say("fr-FR", "en-GB"), { dateStyle: "long" });
  find("sheet").replaceChildren(element("h2", "", `${say("L'étudiant", "The student")}, ${date} (${model.name} ${model.version})`), element("dl", "", rows));
}
