/**
 * Exports of a revision file that are nearly one of the names that are read: misspelt, they would do nothing, and nobody
 * would know. Other names are the file's own helpers.
 */
import { typingDistance } from "../util/nearest.js";
import { advance, isSign, scanSource } from "./scan-source.js";

export interface MisspeltExport {
  readonly name: string;
  readonly meant: string;
}

const READ = ["revision", "downRevision", "branchLabels", "dependsOn", "transaction", "upgrade", "downgrade"] as const;

/** A first look that costs little: hardly any file exports anything else. */
const EXPORT = /^export +(?:async +)?(?:const|let|var|function) +(\w+)/gm;

/** Is one of the names a misspelt one? Not where what it is near to is exported as well. */
export function misspeltExport(names: readonly string[]): MisspeltExport | null {
  for (const name of names) {
    if ((READ as readonly string[]).includes(name)) continue;
    const meant = READ.find((known) => !names.includes(known) && isSlip(name, known));
    if (meant !== undefined) return { name, meant };
  }
  return null;
}

/** The same of a file's text, without running it: what it exports otherwise than by declaring it is not seen. */
export function misspeltExportIn(text: string): MisspeltExport | null {
  const found = misspeltExport(Array.from(text.matchAll(EXPORT), ([, name]) => name!));
  // It may stand in a comment or a text.
  return found === null ? null : misspeltExport(declaredExports(text));
}

/** One letter more, less or another, or two that changed places: two such would make words of their own near. */
function isSlip(name: string, known: string): boolean {
  return typingDistance(name.toLowerCase(), known.toLowerCase()) <= 1;
}

function declaredExports(text: string): readonly string[] {
  const names: string[] = [];
  const scanner = scanSource(text);
  for (advance(scanner); scanner.kind !== "end"; advance(scanner)) {
    if (scanner.depth > 0 || scanner.kind !== "name" || scanner.value !== "export") continue;
    advance(scanner);
    while (DECLARING.has(scanner.value) || isSign(scanner, "*")) advance(scanner);
    if (scanner.kind === "name") names.push(scanner.value);
  }
  return names;
}

const DECLARING = new Set(["async", "const", "function", "let", "var"]);
