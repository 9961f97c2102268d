/** What a step does, as text and as a hash. A hash begins with the number of the form it is taken in. */
import { hash } from "node:crypto";
import type { Operation } from "../operations/operation.js";
import { canonicalJson } from "../util/canonical-json.js";

const FORM = "1:";

export function planText(op: Operation): string {
  return canonicalJson(op);
}

/** Of a statement with values. */
export function statementText(sql: string, parameters: readonly unknown[]): string {
  return JSON.stringify([sql, parameters.map(String)]);
}

/** Of the texts of all that a step does, in order. */
export function hashPlan(texts: readonly string[]): string {
  return `${FORM}${hash("sha256", JSON.stringify(texts), "hex")}`;
}

/** False for a hash that another version took in a form of its own. */
export function isComparable(hash: string): boolean {
  return hash.startsWith(FORM);
}
