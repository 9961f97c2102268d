/** What the options of models may be. */
import { type Check, checkOf, isList, isObject, isPlainObject } from "./call-arguments.js";
import { isSqlExpression } from "./expression-text.js";

const isText = (value: unknown): value is string => typeof value === "string";
export const aText = checkOf("a text", isText);
export const texts = checkOf(
  'a list of texts, as in ["email"]',
  (value) => Array.isArray(value) && value.every(isText),
);
export const flagOrTexts = checkOf(
  'true, false or a list of texts, as in ["events_2024"]',
  (value) => typeof value === "boolean" || (Array.isArray(value) && value.every(isText)),
);
export const aFlag = checkOf("true or false", (value) => typeof value === "boolean");
export const aNumber = checkOf("a number", (value) => typeof value === "number" && Number.isFinite(value));
export const aWholeNumber = checkOf("a whole number", Number.isInteger);
/** Those beyond 2^53 as text or bigint. */
export const sequenceNumber = checkOf("a whole number, as a text beyond 2^53", (value) => {
  return typeof value === "bigint" || Number.isSafeInteger(value) || (isText(value) && /^-?\d+$/.test(value));
});
export const sqlOrText = checkOf(
  "SQL, as a text or a sql`…` template",
  (value) => isText(value) || isSqlExpression(value),
);
export const sqlTexts = checkOf("a list of SQL", (value) =>
  isList(value, (item) => isText(item) || isSqlExpression(item)),
);
export const anItemList = checkOf("a list of indexes", Array.isArray);
export const anObject = checkOf("an object", isPlainObject);
export const textsByName = checkOf('an object of texts, as in { email: "…" }', (value) => {
  return isPlainObject(value) && Object.values(value).every(isText);
});
export const storageParameters = checkOf("an object of texts and numbers, as in { fillfactor: 70 }", (value) => {
  return (
    isPlainObject(value) && Object.values(value).every((one) => ["string", "number", "boolean"].includes(typeof one))
  );
});
export const replicaIdentity = checkOf("'full', 'nothing' or { index: \"…\" }", (value) => {
  return value === "full" || value === "nothing" || (isObject(value) && isText(value.index));
});
export const firings = checkOf('how it fires by partition, as in { log_2024: "never" }', (value) => {
  const isFiring = (one: unknown) => isText(one) && ["ordinary", "never", "replica", "always"].includes(one);
  return isObject(value) && Object.values(value).every(isFiring);
});
export const anything: Check = () => null;
export const DEFERRABLE = ["immediate", "deferred"];
export const FOREIGN_KEY_ACTIONS = ["cascade", "restrict", "set null", "set default", "no action"];
export const MATCHES = ["simple", "full", "partial"];

/** One that cannot be left out. */
export function required(check: Check): Check {
  return Object.assign((value: unknown) => check(value), { isRequired: true });
}

export function isRequired(check: object): boolean {
  return (check as { readonly isRequired?: true }).isRequired === true;
}
