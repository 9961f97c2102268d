/** The modules that `models` of the config names: files, folders of them, and patterns. */
import { readdirSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { ModelInvalidError } from "../../errors.js";
import { displayPath } from "../../util/user-module-error.js";

const MODULE = /(?<!\.d)\.[cm]?[jt]sx?$/;

/** Each once. A folder means the modules right in it. @throws ModelInvalidError for what names no module */
export function moduleFiles(models: readonly string[]): readonly string[] {
  return [...new Set(models.flatMap(filesOf))];
}

function filesOf(path: string): readonly string[] {
  const matched = isPattern(path) ? matching(path) : [path];
  const files = matched.flatMap((found) => (isDirectory(found) ? modulesIn(found) : [found]));
  // A file that is named is loaded whatever it is called, so that what is wrong with it is said.
  const modules = isPattern(path) ? files.filter((file) => MODULE.test(file)) : files;
  if (modules.length > 0) return modules;
  throw new ModelInvalidError(`'${displayPath(path)}' names no module`, {
    hint: 'Name TypeScript or JavaScript files in `models`, as in "./src/db/*.ts".',
  });
}

/** Something that is there is meant by its name, whatever signs are in it. */
export function isPattern(path: string): boolean {
  return /[*?{]/.test(path) && statSync(path, { throwIfNoEntry: false }) === undefined;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function modulesIn(folder: string): readonly string[] {
  return namesIn(folder)
    .filter((name) => MODULE.test(name))
    .map((name) => join(folder, name))
    .filter((path) => !isDirectory(path));
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    // What is no folder holds nothing.
    return [];
  }
}

/** What there is that looks like the pattern: `*` and `?` within a name, `**` any folders, `{a,b}` either. */
function matching(pattern: string): readonly string[] {
  const parts = pattern.split(/[\\/]/);
  const fixed = parts.findIndex((part) => /[*?{]/.test(part));
  return [...new Set(under(parts.slice(0, fixed).join(sep) || sep, parts.slice(fixed)))];
}

function under(folder: string, [part, ...rest]: readonly string[]): readonly string[] {
  if (part === undefined) return [folder];
  if (part === "**") {
    const folders = namesIn(folder).filter((name) => isWalked(name) && isDirectory(join(folder, name)));
    return [...under(folder, rest), ...folders.flatMap((name) => under(join(folder, name), [part, ...rest]))];
  }
  const expression = nameExpression(part);
  return namesIn(folder)
    .filter((name) => expression.test(name) && (part.startsWith(".") || !name.startsWith(".")))
    .map((name) => join(folder, name))
    .filter((path) => rest.length === 0 || isDirectory(path))
    .flatMap((path) => under(path, rest));
}

function isWalked(name: string): boolean {
  return name !== "node_modules" && !name.startsWith(".");
}

function nameExpression(part: string): RegExp {
  const words: Readonly<Record<string, string>> = { "*": ".*", "?": ".", "{": "(?:", "}": ")", ",": "|" };
  let depth = 0;
  const text = part.replace(/[^\w]/gu, (sign) => {
    if (sign === "{") depth += 1;
    const isSpecial = sign === "," || sign === "}" ? depth > 0 : sign in words;
    if (sign === "}" && depth > 0) depth -= 1;
    return isSpecial ? words[sign]! : `\\u{${sign.codePointAt(0)!.toString(16)}}`;
  });
  return new RegExp(`^${text}${")".repeat(depth)}$`, "u");
}
