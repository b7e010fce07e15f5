// Constants, state and helpers of the page.
// Maximum number of students in one request.
const BATCH_SIZE = 500;
// Maximum number of students in the table, and of faults in the list.
const MAX_ROWS = 100;
const STAGES = [
  { id: "enrolment", pattern: /^(?!.*_sem_)/ },
  { id: "semester-1", pattern: /_1st_sem_/ },
  { id: "semester-2", pattern: /_2nd_sem_/ },
];
// Groups of fields by their first field: French title, English title, CSS classes.
const GROUPS = {
  application_mode: ["La candidature", "The application", "thirds lists"],
  previous_qualification: ["Le parcours antérieur", "Studies before", "first"],
  debtor: ["La situation de l'étudiant", "The student's situation", ""],
  unemployment_rate: ["L'économie du pays", "The country's economy", "thirds"],
};
const VERDICTS = { echec: ["Échec probable", "Likely failure"], reussite: ["Réussite probable", "Likely success"] };
const DIRECTIONS = { augmente: ["augmente le risque d'échec", "raises the risk of failing"], diminue: ["diminue le risque d'échec", "lowers the risk of failing"] };
// Controls and state of each field of the form, by name.
const fields = new Map();
// Renders the status text of each mode, in the page's language.
const renderStatus = { one: () => [], many: () => [] };
let mode = "one";
let step = 0;
// Responses to earlier requests are ignored.
let lastRequestNumber = 0;
// The student of the last request.
let lastStudent = null;
// The displayed student and answer.
let displayed = null;
// The changes tried on the displayed student, and the explanations.
let explained = null;
// Whether the form has changed since the displayed answer.
let edited = false;
// Response of /model.
let model = null;
// Named examples of /openapi.json.
let examples = [];

const stageOf = ({ etape }) => ["inscription", "semestre_1", "semestre_2"].indexOf(etape);
// Index of the last stage that one of the fields belongs to; -1 if none does.
const lastStageOf = (names) => STAGES.findLastIndex(({ pattern }) => names.some((name) => pattern.test(name)));
const stageTitle = (index) => (index ? say(`Semestre ${index}`, `Semester ${index}`) : say("Inscription", "Enrolment"));
const [div, span, p, li, tr, td] = ["div", "span", "p", "li", "tr", "td"].map((tag) => (className, content, properties) => element(tag, className, content, properties));
const paragraph = (className, ...words) => p(className, say(...words));
const labelOf = (spec) => say(spec.title, spec["x-title-en"]);
const softText = (...words) => () => paragraph("soft", ...words);
const fault = (words) => () => p("fault", words());
const formatRisk = (value) => (value > 0.9995 ? `> ${percent(0.999)}` : value < 0.0005 ? `< ${percent(0.001)}` : percent(value));
function button(words, onClick, properties) {
  const node = element("button", "", words, { type: "button", ...properties });
  node.addEventListener("click", onClick);
  return node;
}
const failureText = (value) => say("Probabilité d'échec : ", "Probability of failing: ") + formatRisk(value);
const yesNo = (value) => (value ? say("oui", "yes") : say("non", "no"));

function setStatus(forMode, render) {
  renderStatus[forMode] = render;
  if (forMode === mode) find("answer").replaceChildren(...[render()].flat());
}

const retry = (forMode, repeat) => forMode === mode && showRetry(find("retry"), repeat);

function layout() {
  const single = mode === "one";
  const hidden = { form: !single, file: single, sheet: !single, why: !single || !displayed, stale: !single || !displayed || !edited };
  hidden.change = hidden.rights = !single || !explained;
  hidden.batch = single || !file;
  hidden.table = hidden.batch || Boolean(sending);
  for (const [id, hide] of Object.entries(hidden)) find(id).hidden = hide;
}
