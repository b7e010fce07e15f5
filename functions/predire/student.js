const BATCH = 500;
const SHOWN = 100;
const STAGES = [
  { id: "enrolment", owns: /^(?!.*_sem_)/ },
  { id: "semester-1", owns: /_1st_sem_/ },
  { id: "semester-2", owns: /_2nd_sem_/ },
];
const GROUPS = { // by first field
  application_mode: ["La candidature", "The application", "thirds lists"],
  previous_qualification: ["Le parcours antérieur", "Studies before", "first"],
  debtor: ["La situation de l'étudiant", "The student's situation", ""],
  unemployment_rate: ["L'économie du pays", "The country's economy", "thirds"],
};
const VERDICTS = { echec: ["Échec probable", "Likely failure"], reussite: ["Réussite probable", "Likely success"] };
const SENSES = { augmente: ["augmente le risque d'échec", "raises the risk of failing"], diminue: ["diminue le risque d'échec", "lowers the risk of failing"] };
const fields = new Map();
const told = { one: () => [], many: () => [] }; // renders the status of each mode, in the page's language
let mode = "one";
let step = 0;
let asked = 0; // number of the last request; responses to earlier ones are ignored
let last = null; // the student of the last request
let shown = null; // the student and the answer that are shown
let explained = null; // the changes that are tried on that student, and the explanations
let edited = false; // whether the form has changed since that answer
let model = null;
let examples = [];

const stageOf = ({ etape }) => ["inscription", "semestre_1", "semestre_2"].indexOf(etape);
const reached = (names) => STAGES.findLastIndex(({ owns }) => names.some((name) => owns.test(name)));
const stageTitle = (index) => (index ? say(`Semestre ${index}`, `Semester ${index}`) : say("Inscription", "Enrolment"));
const [div, span, p, li, tr, td] = ["div", "span", "p", "li", "tr", "td"].map((tag) => (className, content, properties) => element(tag, className, content, properties));
const paragraph = (className, ...words) => p(className, say(...words));
const labelOf = (spec) => say(spec.title, spec["x-title-en"]);
const wait = (...words) => () => paragraph("soft", ...words);
const fault = (words) => () => p("fault", words());
const chance = (value) => (value > 0.9995 ? `> ${percent(0.999)}` : value < 0.0005 ? `< ${percent(0.001)}` : percent(value));
function button(words, onClick, properties) {
  const node = element("button", "", words, { type: "button", ...properties });
  node.addEventListener("click", onClick);
  return node;
}
const failureText = (value) => say("Probabilité d'échec : ", "Probability of failing: ") + chance(value);
const yesNo = (value) => (value ? say("oui", "yes") : say("non", "no"));

function tell(forMode, render) {
  told[forMode] = render;
  if (forMode === mode) find("answer").replaceChildren(...[render()].flat());
}

const retry = (forMode, repeat) => forMode === mode && showRetry(find("retry"), repeat);

function layout() {
  const one = mode === "one";
  const hidden = { form: !one, file: one, sheet: !one, why: !one || !shown, stale: !one || !shown || !edited };
  hidden.change = hidden.rights = !one || !explained;
  hidden.batch = one || !file;
  hidden.table = hidden.batch || Boolean(sending);
  for (const [id, hide] of Object.entries(hidden)) find(id).hidden = hide;
}
