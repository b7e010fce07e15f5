// The columns of the table and the answers of its model, as /openapi.json describes them.
const on = (id, type, listener) => find(id).addEventListener(type, listener);
const UNKNOWN = ["inconnu", "unknown"];
const api = { path: "", columns: [], kind: "", targets: [], coverage: 0, explains: false, examples: [] };

function readApi({ paths, components }) {
  const resolve = (schema) => components.schemas[schema.$ref?.split("/").pop()] ?? schema;
  const [path, { post }] = Object.entries(paths).find(([path, { post }]) => post && !path.endsWith("/explication"));
  const { schema, examples = {} } = post.requestBody.content["application/json"];
  const request = resolve(schema).properties;
  const { result, sets, intervals } = resolve(post.responses[200].content["application/json"].schema).properties;
  const columns = Object.entries(resolve(request.data.items).properties).map(([name, property]) => columnOf(name, property, resolve));
  const rows = Object.values(examples).map(({ value, summary, "x-summary-en": inEnglish }) => ({ row: value?.data?.[0] ?? {}, words: summary && [summary, inEnglish ?? summary] }));
  Object.assign(api, {
    path: path.slice(1),
    columns,
    kind: result["x-kind"],
    targets: result["x-targets"],
    coverage: (sets ?? intervals)?.["x-coverage"],
    explains: "explain" in request,
    examples: rows.filter(({ row }) => columns.every(({ name }) => name in row)),
  });
}

// A column, from its JSON Schema. A schema that a person has written may lack the members `x-...`.
function columnOf(name, property, resolve) {
  const options = (property.anyOf ?? [property]).map(resolve);
  const spec = { ...property, ...options.find(({ type }) => type !== "null") };
  const types = options.flatMap(({ type }) => type);
  const values = spec["x-values"] ?? spec.enum ?? null;
  const kind = spec["x-kind"] ?? kindOf(types, values);
  const [low, high] = [spec["x-minimum"] ?? spec.minimum ?? spec.exclusiveMinimum, spec["x-maximum"] ?? spec.maximum ?? spec.exclusiveMaximum];
  const title = spec.title ?? name;
  return {
    name,
    kind,
    values,
    titles: [title, spec["x-title-en"] ?? title],
    nullable: types.includes("null"),
    whole: spec["x-whole"] || types.includes("integer"),
    closed: spec["x-closed"] ?? !spec["x-values"],
    low: kind === "date" ? spec["x-first"]?.slice(0, 10) : low,
    high: kind === "date" ? spec["x-last"]?.slice(0, 10) : high,
    example: spec.examples?.[0] ?? spec.default ?? values?.[0] ?? (kind === "boolean" ? false : kind === "number" ? ((low ?? 0) + (high ?? low ?? 0)) / 2 : null),
  };
}
function kindOf(types, values) {
  if (types.includes("boolean")) return "boolean";
  if (types.includes("string")) return values ? "category" : "text";
  return values ? "code" : "number";
}

const titleOf = ({ titles }) => say(...titles);
const targetTitle = ({ name, title, "x-title-en": inEnglish }) => say(title, inEnglish) ?? name;
const shortNumber = (value, digits = 6) => number(value, { maximumSignificantDigits: Number.isInteger(value) ? 21 : digits, useGrouping: "min2" });
const quoted = (label) => say(`« ${labelText(label)} »`, `“${labelText(label)}”`);
const cut = (words, length = 60) => (words.length > length ? `${words.slice(0, length - 1)}…` : words);
const labelText = (label) => (typeof label === "boolean" ? say(label ? "oui" : "non", label ? "yes" : "no") : String(label));
function valueText(value) {
  if (value === null) return say(...UNKNOWN);
  return typeof value === "number" ? shortNumber(value, 8) : cut(labelText(value), 40);
}

// Why the training data do not have a value, in both languages; null if they do.
function unusualWords({ kind, low, high, values }, value) {
  const compared = kind === "date" ? value?.slice(0, 10) : value;
  if (value !== null && (compared < low || compared > high)) {
    const [from, to] = [low, high].map(rangeEnd);
    return [`inhabituel : l'apprentissage a vu de ${from} à ${to}`, `unusual: the training data had ${from} to ${to}`];
  }
  return value === null || !values || values.includes(value) ? null : ["inhabituel : jamais vu à l'apprentissage", "unusual: never seen in training"];
}
const rangeEnd = (end) => (typeof end === "number" ? shortNumber(end) : end);

// Why the function would refuse a value, in both languages; null if it would not, as far as the page knows.
function refusal({ kind, nullable, closed, values }, value) {
  if (value === null) return nullable ? null : ["une valeur est nécessaire", "a value is needed"];
  if (kind === "code" && !Number.isSafeInteger(value)) return ["attendu : nombre entier", "expected: integer"];
  return values && closed && !values.includes(value) ? ["inconnu du modèle, qui le refuse", "unknown to the model, which refuses it"] : null;
}
