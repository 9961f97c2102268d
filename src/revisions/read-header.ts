/** What a revision file says about itself, read from its text without running it. */
import { type HeaderComment, readComment } from "./header-comment.js";
import { readPlainHeader } from "./read-plain-header.js";
import { advance, isSign, type Scanner, scanSource } from "./scan-source.js";

const NAMES = ["revision", "downRevision", "branchLabels", "dependsOn", "transaction"] as const;
const REQUIRED: readonly HeaderName[] = ["revision", "downRevision"];

export type HeaderName = (typeof NAMES)[number];
export type HeaderValue = string | boolean | null | readonly string[];

export interface RevisionHeader extends HeaderComment {
  /** The constants whose values are literals. */
  readonly values: Readonly<Partial<Record<HeaderName, HeaderValue | undefined>>>;
  /** The constants that are there, or may be, with values that only running the file can tell. */
  readonly computed: readonly HeaderName[];
}

/**
 * Reads the exported constants and the first comment. Takes any text: what is not understood is computed or missing.
 *
 * Literals are strings, templates without `${`, arrays of these, `null`, `undefined`, `true` and `false`, with any type
 * annotation, `as` or `satisfies`; declared with `export const` or, in compiled CommonJS, as `exports.revision = …`.
 */
export function readHeader(text: string): RevisionHeader {
  const plain = readPlainHeader(text);
  if (plain === undefined) return scanHeader(text);
  const { values, message, description, createdAt } = plain;
  return { values, computed: NONE, message, description, createdAt };
}

const NONE: readonly never[] = [];

/** As {@link readHeader}, token by token. */
export function scanHeader(text: string): RevisionHeader {
  const scanner = scanSource(text);
  const found = new Map<HeaderName, HeaderValue | typeof COMPUTED>();
  const mentioned = NAMES.filter((name) => text.includes(name));
  const isComplete = REQUIRED.every((name) => mentioned.includes(name));
  // Nothing is declared behind the last place where one of the names is written.
  const last = isComplete ? Math.max(...mentioned.map((name) => text.lastIndexOf(name))) : text.length;
  let exportsOtherwise = false;
  let comments: readonly string[] | undefined;
  for (advance(scanner); scanner.kind !== "end" && scanner.start <= last; ) {
    const word = scanner.depth === 0 && scanner.kind === "name" ? scanner.value : "";
    if (word === "export" || word === "exports" || word === "module") comments ??= [...scanner.comments];
    advance(scanner);
    if (word === "export") exportsOtherwise = readExport(scanner, found) || exportsOtherwise;
    else if (word === "exports" && isSign(scanner, ".")) readAssignment(scanner, found);
    else if (word === "module" && isSign(scanner, ".")) exportsOtherwise = true;
  }
  const values: Partial<Record<HeaderName, HeaderValue>> = {};
  for (const [name, value] of found) if (value !== COMPUTED) values[name] = value;
  const computed = NAMES.filter((name) => {
    if (found.has(name)) return found.get(name) === COMPUTED;
    return REQUIRED.includes(name) ? exportsOtherwise || mentioned.includes(name) : exportsOtherwise;
  });
  return { values, computed, ...readComment(comments ?? scanner.comments) };
}

const COMPUTED = Symbol("computed");

type Found = Map<HeaderName, HeaderValue | typeof COMPUTED>;

/** Reads what follows `export`; says whether any name may be exported by it in a way that is not looked into. */
function readExport(scanner: Scanner, found: Found): boolean {
  if (isSign(scanner, "*")) return true;
  if (isSign(scanner, "{")) {
    readExportList(scanner, found);
    return false;
  }
  if (scanner.kind !== "name" || !["const", "let", "var"].includes(scanner.value)) return false;
  do {
    advance(scanner);
    if (scanner.kind !== "name") return true;
    const name = headerName(scanner.value);
    advance(scanner);
    skipTypeAnnotation(scanner);
    if (name === undefined) return false;
    found.set(name, isSign(scanner, "=") ? readValue(scanner) : COMPUTED);
  } while (scanner.depth === 0 && isSign(scanner, ","));
  return false;
}

/** Marks what `export { id as revision, downRevision }` names: its value is written elsewhere. */
function readExportList(scanner: Scanner, found: Found): void {
  let last: HeaderName | undefined;
  for (advance(scanner); scanner.kind !== "end"; advance(scanner)) {
    if (scanner.kind === "name") last = headerName(scanner.value);
    else if (last !== undefined) found.set(last, COMPUTED);
    if (isSign(scanner, "}")) return;
  }
}

/** Reads `.revision = "…"` behind `exports`. */
function readAssignment(scanner: Scanner, found: Found): void {
  advance(scanner);
  const name = scanner.kind === "name" ? headerName(scanner.value) : undefined;
  advance(scanner);
  if (name !== undefined && isSign(scanner, "=")) found.set(name, readValue(scanner));
}

function headerName(word: string): HeaderName | undefined {
  return NAMES.find((name) => name === word);
}

function skipTypeAnnotation(scanner: Scanner): void {
  const { depth } = scanner;
  while (scanner.kind !== "end" && !(scanner.depth === depth && (isSign(scanner, "=") || isSign(scanner, ";")))) {
    advance(scanner);
  }
}

/** Reads the expression behind `=`, and leaves the scanner behind it. */
function readValue(scanner: Scanner): HeaderValue | typeof COMPUTED {
  advance(scanner);
  const value = readLiteral(scanner);
  if (value === COMPUTED) return COMPUTED;
  if (startsType(scanner)) return skipType(scanner) ? value : COMPUTED;
  return endsStatement(scanner) || isSign(scanner, ",") ? value : COMPUTED;
}

function readLiteral(scanner: Scanner): HeaderValue | typeof COMPUTED {
  if (isSign(scanner, "(")) {
    advance(scanner);
    const value = readLiteral(scanner);
    if (startsType(scanner) && !skipType(scanner)) return COMPUTED;
    if (!isSign(scanner, ")")) return COMPUTED;
    advance(scanner);
    return value;
  }
  if (isSign(scanner, "[")) return readList(scanner);
  const { kind, value } = scanner;
  advance(scanner);
  if (kind === "string") return value;
  if (kind !== "name") return COMPUTED;
  if (value === "null" || value === "undefined") return null;
  return value === "true" || (value === "false" ? false : COMPUTED);
}

function readList(scanner: Scanner): readonly string[] | typeof COMPUTED {
  const items: string[] = [];
  advance(scanner);
  while (!isSign(scanner, "]")) {
    if (scanner.kind !== "string") return COMPUTED;
    items.push(scanner.value);
    advance(scanner);
    if (isSign(scanner, ",")) advance(scanner);
    else if (!isSign(scanner, "]")) return COMPUTED;
  }
  advance(scanner);
  return items;
}

function startsType(scanner: Scanner): boolean {
  return scanner.kind === "name" && (scanner.value === "as" || scanner.value === "satisfies") && !scanner.newLine;
}

/** Skips the type behind `as`, to the end of the statement or bracket; false if an operator shows that the value goes on. */
function skipType(scanner: Scanner): boolean {
  const { depth } = scanner;
  for (advance(scanner); scanner.depth > depth || !endsStatement(scanner); advance(scanner)) {
    if (scanner.depth < depth || scanner.kind === "end") return true;
    const isOperator = scanner.kind === "sign" && ["+", "*", "?", "=>"].includes(scanner.value);
    if (scanner.depth === depth && isOperator) return false;
  }
  return true;
}

const STATEMENT = new Set(
  "export import const let var function async class abstract type interface enum declare exports module".split(" "),
);

function endsStatement(scanner: Scanner): boolean {
  if (scanner.kind === "end" || isSign(scanner, ";")) return true;
  return scanner.kind === "name" && scanner.newLine && STATEMENT.has(scanner.value);
}
