const MEASURES = [
  { key: "sepal length (cm)", label: ["Longueur du sépale", "Sepal length"] },
  { key: "sepal width (cm)", label: ["Largeur du sépale", "Sepal width"] },
  { key: "petal length (cm)", label: ["Longueur du pétale", "Petal length"] },
  { key: "petal width (cm)", label: ["Largeur du pétale", "Petal width"] },
];
const SPECIES = ["setosa", "versicolor", "virginica"]; // the model's classes, in order
// Fisher's 150 flowers (1936), 50 per species: four measures per flower, two digits per measure, in tenths of a centimetre.
const FISHER = [
  "5135140249301402473213024631150250361402543917044634140350341502442914024931150154371502483416024830140143301101584012025744150454391304513514035738170351381503543417025137150446361002513317054834190250301602503416045235150252341402473216024831160254341504524115015542140249311502503212025535130249361401443013025134150250351303452313034432130250351606513819044830140351381602463214025337150250331402",
  "7032471464324515693149155523401365284615572845136333471649243310662946135227391450203510593042156022401061294714562936136731441456304515582741106222451556253911593248186128401363254915612847126429431366304414682848146730501760294515572635105524381155243710582739126027511654304515603445166731471563234413563041135525401355264412613046145826401250233310562742135730421257294213622943135125301157284113",
  "6333602558275119713059216329561865305822763066214925451773296318672558187236612565325120642753196830552157255020582851246432532365305518773867227726692360225015693257235628492077286720632749186733572172326018622848186130491864285621723058167428611979386420642856226328511561265614773061236334562464315518603048186931542167315624693151235827511968325923673357256730522363255019653052206234542359305118",
];
const FLOWERS = FISHER.flatMap((digits, species) =>
  digits.match(/.{8}/g).map((flower, index) => ({
    number: 50 * species + index + 1,
    species,
    measures: flower.match(/../g).map((tenths) => tenths / 10),
  })),
);


const flowersOf = (species) => FLOWERS.filter((flower) => flower.species === species);
const meanMeasures = (species) => MEASURES.map((_, index) => Math.round(flowersOf(species).reduce((sum, { measures }) => sum + measures[index] / 5, 0)) / 10);
// Range of each measure: that of Fisher's flowers, until those of the served model are loaded.
const ranges = MEASURES.map((_, index) => {
  const values = FLOWERS.map(({ measures }) => measures[index]);
  return [Math.min(...values), Math.max(...values)];
});
const isUnusual = (measures) => measures.some((value, index) => value < ranges[index][0] || value > ranges[index][1]);

const named = (measures) => Object.fromEntries(MEASURES.map(({ key }, index) => [key, measures[index]]));
const cm = (value) => number(value, { minimumFractionDigits: 1 });
const sizes = ([a, b, c, d]) => `${say("sépale", "sepal")} ${cm(a)}\u00a0×\u00a0${cm(b)}, ${say("pétale", "petal")} ${cm(c)}\u00a0×\u00a0${cm(d)}\u00a0cm`;

// Each species has a shape as well as a colour.
const SHAPES = [
  (x, y, r) => `M${x} ${y - r}a${r} ${r} 0 1 1 0 ${2 * r}a${r} ${r} 0 1 1 0 ${-2 * r}z`,
  (x, y, r) => `M${x} ${y - 1.2 * r}l${1.15 * r} ${2 * r}h${-2.3 * r}z`,
  (x, y, r) => `M${x - 0.9 * r} ${y - 0.9 * r}h${1.8 * r}v${1.8 * r}h${-1.8 * r}z`,
];
const symbol = (species, kind = "fisher") =>
  svgElement("svg", { class: "symbol", viewBox: "-8 -8 16 16", "aria-hidden": "true" }, svgElement("path", { class: `${kind} ${SPECIES[species]}`, d: SHAPES[species](0, 0, 5.5) }));
