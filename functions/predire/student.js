const BATCH = 500;
const SHOWN = 100;
const STAGES = [
  { id: "enrolment", owns: /^(?!.*_sem_)/ },
  { id: "semester-1", owns: /_1st_sem_/ },
  { id: "semester-2", owns: /_2nd_sem_/ },
];
const GROUPS = { // by the field that each begins with
  application_mode: ["La candidature", "The application", "thirds lists"],
  previous_qualification: ["Le parcours antérieur", "Studies before", "first"],
  debtor: ["La situation de l'étudiant", "The student's situation", ""],
  unemployment_rate: ["L'économie du pays", "The country's economy", "thirds"],
};
const VERDICTS = { echec: ["Échec probable", "Likely failure"], reussite: ["Réussite probable", "Likely success"] };
const SENSES = { augmente: ["augmente le risque d'échec", "raises the risk of failing"], diminue: ["diminue le risque d'échec", "lowers the risk of failing"] };
const fields = new Map();
const told = { one: () => [], many: () => [] }; // what the status says in each mode, in the page's language
let mode = "one";
let step = 0;
let asked = 0; // an answer to any but the last request is late, and ignored
let last = null; // the student who was asked about last
let shown = null; // the one whose answer is shown, with it
let explained = null; // what would change that answer, and its explanations
let edited = false; // the form, since
let model = null;
let examples = [];

const stageOf = ({ etape }) => ["inscription", "semestre_1", "semestre_2"].indexOf(etape);
const reached = (names) => STAGES.findLastIndex(({ owns }) => names.some((name) => owns.test(name)));
const stageTitle = (index) => (index ? say(`Semestre ${index}`, `Semester ${index}`) : say("Inscription", "Enrolment"));
const [div, span, p, li, tr, td] = ["div", "span", "p", "li", "tr", "td"].map((tag) => (className, content, properties) => element(tag, className, content, properties));
const paragraph = (className, ...words) => p(className, say(...words));
const named = (one) => say(one.title, one["x-title-en"]);
const wait = (...words) => () => paragraph("soft", ...words);
const fault = (words) => () => p("fault", words());
const chance = (value) => (value > 0.9995 ? `> ${percent(0.999)}` : value < 0.0005 ? `< ${percent(0.001)}` : percent(value));
function button(words, act, properties) {
  const made = element("button", "", words, { type: "button", ...properties });
  made.addEventListener("click", act);
  return made;
}
const failing = (value) => say("Probabilité d'échec : ", "Probability of failing: ") + chance(value);
const yesNo = (value) => (value ? say("oui", "yes") : say("non", "no"));

function tell(about, make) {
  told[about] = make;
  if (about === mode) find("answer").replaceChildren(...[make()].flat());
}

const retry = (about, act) => about === mode && offer(find("retry"), act);

function layout() {
  const one = mode === "one";
  const hidden = { form: !one, file: one, sheet: !one, why: !one || !shown, stale: !one || !shown || !edited };
  hidden.change = hidden.rights = !one || !explained;
  hidden.batch = one || !file;
  hidden.table = hidden.batch || Boolean(sending);
  for (const [id, hide] of Object.entries(hidden)) find(id).hidden = hide;
}
