// The fields of the form: one for each column.
// Most values of a list; more are suggested below a text field.
const LISTED = 30;
// The option of a list for a value that it does not have.
const OTHER = "other";
const fields = new Map();

const span = (className, content, properties) => element("span", className, content, properties);
// A text of the page in both languages.
function bilingual(tag, [french, inEnglish], className = "", properties = {}) {
  const node = element(tag, className, say(french, inEnglish), properties);
  node.dataset.other = say(inEnglish, nonBreaking(french));
  return node;
}

// The size of the steps of a slider: 1, 2 or 5 times a power of ten, about 200 of them in the range.
function stepOf({ low, high, whole }) {
  const size = (high - low) / 200;
  const power = 10 ** Math.floor(Math.log10(size));
  const step = [1, 2, 5, 10].find((times) => times * power >= size * 0.999) * power;
  return whole ? Math.max(1, Math.round(step)) : step;
}
function makeSlider(column, field) {
  const { low, high, whole } = column;
  const step = stepOf(column);
  const slider = element("input", "", [], { type: "range", min: low, max: high, step: whole && high - low <= 200 ? 1 : "any" });
  slider.setAttribute("aria-labelledby", `${field.id}-label`);
  slider.addEventListener("input", () => {
    const value = Number((Math.round(slider.value / step) * step).toPrecision(12));
    field.value = Math.min(Math.max(value, low), high);
  });
  field.addEventListener("input", () => field.value !== "" && (slider.value = field.value));
  if (!whole) field.step = step;
  return slider;
}

// Controls by kind: their nodes, one of which has the id; `read`, undefined if the value is none; and `write`.
const CONTROLS = {
  number(column, id) {
    const field = element("input", "", [], { id, type: "number", inputMode: column.low >= 0 ? "decimal" : "text", step: column.whole ? 1 : "any" });
    const slider = column.low < column.high ? makeSlider(column, field) : null;
    const write = (value) => {
      field.value = value ?? "";
      if (slider) slider.value = value ?? (column.low + column.high) / 2;
    };
    return { nodes: slider ? [slider, field] : [field], read: () => (field.value === "" ? (field.validity.badInput ? undefined : null) : Number(field.value)), write };
  },
  list(column, id) {
    const { values = [true, false], nullable, closed } = column;
    const select = element("select", "", [], { id });
    const typed = element("input", "", [], { type: "text", hidden: true });
    typed.setAttribute("aria-labelledby", `${id}-label`);
    if (nullable) select.append(bilingual("option", UNKNOWN, "", { value: "" }));
    select.append(...values.map((value, index) => (typeof value === "boolean" ? bilingual("option", value ? ["oui", "yes"] : ["non", "no"], "", { value: index }) : new Option(value, index))));
    if (!closed) select.append(bilingual("option", ["autre…", "other…"], "", { value: OTHER }));
    const showTyped = () => (typed.hidden = select.value !== OTHER);
    select.addEventListener("change", showTyped);
    const read = () => (select.value === "" ? null : select.value === OTHER ? typedValue(column, typed.value) : values[select.value]);
    const write = (value) => {
      const index = values.indexOf(value);
      select.value = value === null && nullable ? "" : index >= 0 ? index : closed ? 0 : OTHER;
      typed.value = index < 0 ? (value ?? "") : "";
      showTyped();
    };
    return { nodes: [select, typed], read, write };
  },
  typed(column, id) {
    const options = element("datalist", "", (column.values ?? []).map((value) => new Option("", value)), { id: `${id}-values` });
    const field = element("input", "", [], { id, type: "text", autocomplete: "off", spellcheck: false, inputMode: column.kind === "code" ? "numeric" : "text" });
    field.setAttribute("list", options.id);
    return { nodes: [field, options], read: () => typedValue(column, field.value), write: (value) => (field.value = value ?? "") };
  },
  text(_, id) {
    const field = element("textarea", "", [], { id, rows: api.columns.length > 3 ? 3 : 7 });
    return { nodes: [field], read: () => field.value, write: (value) => (field.value = value ?? "") };
  },
  date({ example }, id) {
    const [, time, zone = ""] = /T(.*?)(Z|[+-]\d\d:?\d\d)?$/.exec(example) ?? [];
    const field = element("input", "", [], { id, type: time ? "datetime-local" : "date", step: time ? 1 : "any" });
    return { nodes: [field], read: () => (field.value ? field.value + zone : null), write: (value) => (field.value = value?.slice(0, time ? 19 : 10) ?? "") };
  },
};
function typedValue({ kind }, text) {
  if (text === "") return null;
  return kind !== "code" ? text : /^[+-]?\d+$/.test(text.trim()) ? Number(text) : undefined;
}
function controlOf({ kind, values }) {
  if (kind === "boolean" || (kind !== "number" && values && values.length <= LISTED)) return CONTROLS.list;
  return CONTROLS[kind] ?? CONTROLS.typed;
}

// A field. `fault`: renders what is wrong with it; `told`: what the server says of its value.
function makeField(column, onChange) {
  const id = `f${fields.size}`;
  const control = controlOf(column)(column.kind === "boolean" ? { ...column, values: undefined, closed: true } : column, id);
  const main = control.nodes.find((one) => one.id === id);
  const label = bilingual("label", column.titles, "label", { id: `${id}-label`, htmlFor: id, title: column.name });
  const [hint, note] = [span("hint", [], { id: `${id}-hint` }), span("note", [], { id: `${id}-note` })];
  main.setAttribute("aria-describedby", `${hint.id} ${note.id}`);
  const under = element("div", "under", [hint, note]);
  const node = element("div", `field ${column.kind}${control.nodes[0].type === "range" ? " slides" : ""}`, [label, ...control.nodes, under]);
  const field = { ...control, column, node, main, hint, note, fault: null, told: "", unknown: null };
  if (column.nullable && [CONTROLS.number, CONTROLS.text, CONTROLS.date].includes(controlOf(column))) {
    field.unknown = element("input", "", [], { type: "checkbox" });
    under.append(element("label", "unknown", [field.unknown, bilingual("span", UNKNOWN)]));
    addUnknown(field);
  }
  node.addEventListener("input", onChange);
  fields.set(column.name, field);
  return field;
}
// The choice "unknown" of a field that is not a list: the box empties the field, and gives it back its value.
function addUnknown({ unknown, node, read, write, column, main }) {
  let last = null;
  unknown.setAttribute("aria-describedby", `${main.id}-label`);
  node.addEventListener("input", ({ target }) => {
    if (target !== unknown) unknown.checked = column.kind !== "text" && read() === null;
    else {
      last = unknown.checked ? read() : last;
      write(unknown.checked ? null : (last ?? column.example ?? column.low));
    }
  });
}

const readField = ({ unknown, read }) => (unknown?.checked ? null : read());
function writeField({ unknown, write }, value) {
  write(value);
  if (unknown) unknown.checked = value === null;
}
// The row of the form; fields whose value cannot be sent have a `fault`.
function readForm() {
  const row = {};
  for (const field of fields.values()) {
    const value = readField(field);
    const words = value === undefined ? ["donnez un nombre", "give a number"] : refusal(field.column, value);
    field.fault = words && (() => say(...words));
    row[field.column.name] = value;
  }
  return row;
}

// What stands below a field: its fault, else that its value is unusual, else the range seen in training.
function showField(field) {
  const { column, main, hint, note, node, fault, told } = field;
  const value = readField(field);
  const unusual = value === undefined ? null : unusualWords(column, value);
  note.textContent = fault?.() ?? (unusual ? say(...unusual) : told);
  note.className = fault ? "note fault" : "note";
  main.setAttribute("aria-invalid", String(Boolean(fault)));
  node.classList.toggle("odd", note.textContent !== "");
  const [from, to] = [column.low, column.high].map(rangeEnd);
  hint.textContent = from !== undefined && to !== undefined && !unusual ? say(`vu de ${from} à ${to}`, `seen: ${from} to ${to}`) : "";
}
