// Runs a page's scripts without a browser: in the page's order, in one scope, on a document whose elements accept anything.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

const ROOT = path.resolve(__dirname, "../..");

const stub = new Proxy(function () {}, {
  get: (_, name) => (name === Symbol.iterator ? Array.prototype[Symbol.iterator].bind([]) : name === Symbol.toPrimitive ? () => "" : stub),
  set: () => true,
  apply: () => stub,
  construct: () => stub,
});

// Loads the scripts that a page refers to, without its inline script. `run` evaluates an expression in their scope; it can read `input`.
function loadPage(file, language = "fr") {
  const folder = path.dirname(path.join(ROOT, file));
  const html = fs.readFileSync(path.join(ROOT, file), "utf-8");
  const documentElement = { lang: language };
  const document = new Proxy({}, { get: (_, name) => (name === "documentElement" ? documentElement : stub) });
  const location = { origin: "http://localhost", pathname: "/demo", search: "" };
  const context = vm.createContext({ document, location, addEventListener: stub, ResizeObserver: stub, URL, URLSearchParams, TextDecoder });
  for (const [, script] of html.matchAll(/<script src="([^"]+)"><\/script>/g)) {
    vm.runInContext(fs.readFileSync(path.join(folder, script), "utf-8"), context, { filename: script });
  }
  return {
    run(expression, input) {
      context.input = input;
      return vm.runInContext(expression, context);
    },
    setLanguage: (other) => { documentElement.lang = other; },
  };
}

// A copy with this realm's arrays and objects: deepEqual compares prototypes.
const plain = (value) => JSON.parse(JSON.stringify(value));

const readJson = (file) => JSON.parse(fs.readFileSync(path.join(ROOT, file), "utf-8"));

module.exports = { ROOT, loadPage, plain, readJson };
