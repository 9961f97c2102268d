/** What is done to the built files so that they are loaded sooner. */
import { parseAst } from "rolldown/parseAst";

/** Modules that few commands need, and of which functions alone are used. */
const CALLED_LATE = new Set([
  "node:child_process",
  "node:crypto",
  "node:fs/promises",
  "node:os",
  "node:readline",
  "node:timers/promises",
  "node:v8",
  "node:zlib",
]);

/**
 * An `import` of one of Node's own modules makes Node read every property that it has, and with them load what stands
 * behind: streams for `node:fs`, a dozen modules for `node:crypto`, 20 ms in all. `process.getBuiltinModule` reads what is
 * named. What few commands need is loaded by the first call.
 */
export function readBuiltins(code) {
  return replaceImports(
    code,
    (source) => source.startsWith("node:"),
    ({ specifiers, source: { value: name } }) =>
      specifiers.map((specifier) => `const ${specifier.local.name} = ${readingOf(specifier, name)};`).join("\n"),
  );
}

function readingOf({ type, imported }, module) {
  const builtin = `globalThis.process.getBuiltinModule("${module}")`;
  const isLate = CALLED_LATE.has(module);
  if (type !== "ImportSpecifier") return isLate ? `new Proxy({}, { get: (_, name) => ${builtin}[name] })` : builtin;
  return isLate ? `(...args) => ${builtin}.${imported.name}(...args)` : `${builtin}.${imported.name}`;
}

/** The bundler keeps its few helpers in a file of their own; they are taken in by whoever needs them. */
export function inlineHelpers(code, helpers) {
  return replaceImports(
    code,
    (source) => source.includes("/rolldown-runtime"),
    () => helpers.replace(/^export .*$/m, "").trim(),
  );
}

function replaceImports(code, isMeant, write) {
  return parseAst(code)
    .body.filter((node) => node.type === "ImportDeclaration" && isMeant(node.source.value))
    .reduceRight((text, node) => text.slice(0, node.start) + write(node) + text.slice(node.end), code);
}

/**
 * V8 reads a file of one-byte letters in half the memory. The others stand in texts and patterns only, where their
 * escapes mean the same.
 */
export function escapeLetters(code) {
  const misread = /(?<!\\)(?:\\\\)*\\([^\0-\x7f])/.exec(code);
  if (misread !== null) throw new Error(`a backslash stands before '${misread[1]}'`);
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
