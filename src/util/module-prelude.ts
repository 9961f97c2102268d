/**
 * What a bundled file sees of the place it was written in: `import.meta`, `__dirname`, `__filename`, `require` and
 * computed imports mean the user's own file, not the bundle.
 */
import { pathToFileURL } from "node:url";

/** A word in a source file to replace by one of the same length: a computed `require(…)` or `import(…)`. */
export interface Patch {
  /** From 1. */
  readonly line: number;
  /** In bytes, from 0. */
  readonly column: number;
  readonly word: keyof typeof REPLACEMENTS;
}

/** Same lengths, so that no position in the file moves. */
const REPLACEMENTS = { require: "$tsmreq", import: "$tsmim" } as const;

/** esbuild gives these words to the variable of the prelude that stands in the same file. */
export const DEFINITIONS: Record<string, string> = {
  "import.meta": "__tsmigrate_file.meta",
  __filename: "__tsmigrate_file.meta.filename",
  __dirname: "__tsmigrate_file.meta.dirname",
  "require.resolve": "__tsmigrate_file.require.resolve",
};

/**
 * The first line of a bundle, whose first file is at `url`. `require` serves what esbuild leaves of a
 * `require("package")`, as Node.js has none in modules. `import.meta.resolve` of a package asks Node.js from the bundle's
 * place, which is in the same node_modules, and only where that fails what `require` would find.
 */
export function bannerFor(url: string): string {
  return `${BANNER.replace("URL_OF_FIRST_FILE", () => JSON.stringify(url))} // ${url}`;
}

/** Leaves only the comment of the first line where nothing asks for more: `createRequire` costs most of a millisecond. */
export function leanBanner(code: string): string {
  const end = code.indexOf("\n");
  if (/__tsmigrate_|\brequire\b/.test(code.slice(end))) return code;
  return code.slice(code.lastIndexOf("// file:", end));
}

const BANNER = `
  import { createRequire as __tsmigrate_require } from "node:module";
  const require = __tsmigrate_require(URL_OF_FIRST_FILE);
  const __tsmigrate_locate = (url) => {
    const own = __tsmigrate_require(url);
    const { fileURLToPath, pathToFileURL } = own("node:url");
    const filename = fileURLToPath(url);
    const absolute = (name) => (/^\\.{0,2}\\//.test(name) ? new URL(name, url).href : String(name));
    const resolve = (name) => {
      try { return import.meta.resolve(absolute(name)); }
      catch { return pathToFileURL(own.resolve(name)).href; }
    };
    const meta = { __proto__: null, url, filename, dirname: own("node:path").dirname(filename), main: false, resolve };
    return { meta, require: own, import: (name, options) => import(absolute(name), options) };
  };
`
  .trim()
  .replace(/\n\s*/g, " ");

/** The declarations to put in front of the file's first line; empty for the many files that need none. */
export function preludeFor(content: Buffer, path: string, patches: readonly Patch[]): string {
  if (patches.length === 0 && !/\bmeta\b|\b__(?:dir|file)name\b|\brequire\b/.test(content.toString("latin1")))
    return "";
  const words = new Set(patches.map((patch) => patch.word));
  const aliases = [...words].map((word) => `,${REPLACEMENTS[word]}=__tsmigrate_file.${word}`);
  return `const __tsmigrate_file=__tsmigrate_locate(${JSON.stringify(pathToFileURL(path).href)})${aliases.join("")};`;
}

/** Puts the prelude in front and the patches in place. No line moves, and columns of the first line only. */
export function patchSource(content: Buffer, prelude: string, patches: readonly Patch[]): Uint8Array {
  if (prelude === "") return content;
  // One character a byte, as esbuild counts columns.
  let text = content.toString("latin1");
  for (const { line, column, word } of patches) {
    const start = lineStart(text, line) + column;
    if (!text.startsWith(word, start)) continue;
    text = text.slice(0, start) + REPLACEMENTS[word] + text.slice(start + word.length);
  }
  // Neither a byte order mark nor a hashbang may follow other text.
  const body = text.replace(/^\xef\xbb\xbf/, "").replace(/^#![^\r\n]*/, "");
  return Buffer.concat([Buffer.from(prelude), Buffer.from(body, "latin1")]);
}

/** The index of the line's first character, where lines end as ECMAScript says, U+2028 and U+2029 included. */
function lineStart(text: string, line: number): number {
  const ends = /\r\n|[\r\n]|\xe2\x80[\xa8\xa9]/g;
  for (let current = 1; current < line; current++) ends.exec(text);
  return ends.lastIndex;
}
