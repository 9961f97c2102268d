/** Types of a function's input arguments, as PostgreSQL spells them, out of what somebody wrote between the parentheses. */

/** `a int, OUT b text, VARIADIC c varchar(10)[] DEFAULT '{}'` → `integer, character varying[]`. */
export function signatureOf(argumentList: string): string {
  return splitArguments(argumentList).flatMap(inputType).join(", ");
}

/** At the commas that are in no parentheses or quotes. */
function splitArguments(text: string): readonly string[] {
  const parts: string[] = [];
  let part = "";
  let depth = 0;
  for (const [token] of text.matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|[\s\S]/g)) {
    if (token.startsWith("--") || token.startsWith("/*")) {
      part += " ";
      continue;
    }
    if (token === "(" || token === "[") depth++;
    if (token === ")" || token === "]") depth--;
    if (token === "," && depth === 0) {
      parts.push(part);
      part = "";
    } else part += token;
  }
  return [...parts, part].map((each) => each.trim()).filter((each) => each !== "");
}

const WORDS = /"(?:[^"]|"")*"(?:\."(?:[^"]|"")*"|\.[^\s([]+)?|\([^)]*(?:\)|$)|\[[^\]]*(?:\]|$)|[^\s([]+/g;

/** Types of several words: their first word is no name of an argument. */
const LONG_TYPES = /^(?:double|character|char|bit|timestamp|time|national|interval|setof)$/i;
const TAILS = /^(?:precision|varying|with|without|character|char|year|month|day|hour|minute|second|to|\(|\[)/i;

function inputType(argument: string): readonly string[] {
  const [declared = ""] = argument.split(/\sdefault\s|:?=/i);
  let words: readonly string[] = declared.match(WORDS) ?? [];
  if (/^(?:out|table)$/i.test(words[0] ?? "") && words.length > 1) return [];
  // Mode and name come in either order.
  const isMode = (word: string | undefined) => /^(?:in|inout|variadic)$/i.test(word ?? "");
  if (isMode(words[0]) && words.length > 1) words = words.slice(1);
  const isTypeAlone =
    words.length === 1 || /^[([]/.test(words[1]!) || (LONG_TYPES.test(words[0]!) && TAILS.test(words[1]!));
  if (!isTypeAlone) words = words.slice(1);
  if (/^out$/i.test(words[0] ?? "") && words.length > 1) return [];
  if (isMode(words[0]) && words.length > 1) words = words.slice(1);
  return [canonicalType(words)];
}

const SYNONYMS: Readonly<Record<string, string>> = {
  int: "integer",
  int2: "smallint",
  int4: "integer",
  int8: "bigint",
  bool: "boolean",
  float: "double precision",
  float4: "real",
  float8: "double precision",
  decimal: "numeric",
  dec: "numeric",
  varchar: "character varying",
  char: "character",
  bpchar: "character",
  "char varying": "character varying",
  timestamptz: "timestamp with time zone",
  timestamp: "timestamp without time zone",
  timetz: "time with time zone",
  time: "time without time zone",
  varbit: "bit varying",
};

/** Modifiers do not count; every array is one of one dimension. */
function canonicalType(words: readonly string[]): string {
  const isArray = words.some((word) => /^(?:\[|array$)/i.test(word));
  const kept = words.filter((word) => !/^[([]|^array$/i.test(word));
  const quoted = kept.some((word) => word.startsWith('"'));
  const text = kept.join(" ").replace(/^pg_catalog\./i, "");
  const plain = quoted ? text : text.toLowerCase();
  return (SYNONYMS[plain] ?? plain) + (isArray ? "[]" : "");
}
