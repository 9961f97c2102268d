/** TypeScript expressions as documents: literals, calls, chains of calls, objects and arrays. */
import {
  value as assigned,
  choice,
  type Document,
  group,
  hardLine,
  ifBroken,
  indent,
  join,
  line,
  softLine,
  willBreak,
} from "./document.js";

export type Source =
  | { readonly kind: "text"; readonly text: string; readonly simple: boolean }
  | { readonly kind: "array"; readonly items: readonly Source[]; readonly expanded: boolean }
  | { readonly kind: "object"; readonly entries: readonly (readonly [string, Source])[]; readonly expanded: boolean }
  | { readonly kind: "chain"; readonly calls: readonly Call[] }
  /** `(t) => [ … ]` */
  | { readonly kind: "arrow"; readonly parameter: string; readonly result: Source }
  /** `async (op) => { await op.…; }` */
  | { readonly kind: "body"; readonly parameter: string; readonly statements: readonly Source[] };
export interface Call {
  readonly name: string;
  readonly args: readonly Source[];
}

export const text = (value: string, simple = true): Source => ({ kind: "text", text: value, simple });
export const call = (name: string, ...args: readonly Source[]): Source => ({ kind: "chain", calls: [{ name, args }] });
export const chain = (calls: readonly Call[]): Source => ({ kind: "chain", calls });
export const array = (items: readonly Source[], expanded = false): Source => ({ kind: "array", items, expanded });
export const object = (entries: readonly (readonly [string, Source])[], expanded = false): Source => ({
  kind: "object",
  entries,
  expanded,
});

/** A string literal with the quotes that need fewer escapes, and nothing in it that a line-based reader could trip over. */
export function string(value: string): Source {
  return text(stringLiteral(value));
}

export function stringLiteral(value: string): string {
  const doubled = JSON.stringify(value)
    .slice(1, -1)
    .replace(
      /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  const doubles = value.split('"').length - 1;
  const singles = value.split("'").length - 1;
  if (doubles > singles) return `'${doubled.replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
  return `"${doubled}"`;
}

/** Any JSON value as a literal. */
export function literal(value: unknown): Source {
  if (typeof value === "string") return string(value);
  if (Array.isArray(value)) return array(value.map(literal));
  if (typeof value === "object" && value !== null) {
    return object(Object.entries(value).map(([key, item]) => [key, literal(item)] as const));
  }
  return text(Object.is(value, -0) ? "0" : String(value).replace("e+", "e"));
}

/**
 * An SQL expression: as a template where its characters cannot mean anything to JavaScript or where there are several
 * lines to read, else as a string, since the text may come from a database that somebody else writes to.
 */
export function sqlExpression(sql: string): Source {
  if (isPlain(sql)) return text(`sql\`${sql}\``, false);
  return sql.includes("\n") ? text(`sql${templateLiteral(sql)}`, false) : call("sql.raw", string(sql));
}

/** A longer text, such as the body of a function: as a template where it has lines. */
export function longString(value: string): Source {
  return value.includes("\n") ? text(templateLiteral(value), false) : string(value);
}

/** What a line of SQL is made of: letters and digits of any language, and no backtick, no backslash and no `${`. */
const PLAIN = /^(?:[\w \n\t()'",.<>=+*/%|&:!~;[\]{}?@#^€£¥\p{L}\p{N}\p{Pd}\p{Pi}\p{Pf}-]|\$(?!\{))+$/u;

function isPlain(value: string): boolean {
  return PLAIN.test(value) && !/[ \t]\n/.test(value);
}

/** Escaped is what JavaScript would read, what cannot be seen, and spaces that an editor would take off the end of a line. */
function templateLiteral(value: string): string {
  const escaped = value
    .replace(/[`\\]|\$(?=\{)/g, "\\$&")
    .replace(/ (?=\n)/g, "\\x20")
    .replace(/\t(?=\n)/g, "\\t")
    .replaceAll("\r", "\\r")
    .replace(/[^\P{C}\n\t]|\p{Zl}|\p{Zp}|(?! )\p{Zs}/gu, (character) => escapedUnits(character));
  return `\`${escaped}\``;
}

function escapedUnits(character: string): string {
  const units = [...Array(character.length).keys()].map((at) => character.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}

export function toDocument(source: Source): Document {
  switch (source.kind) {
    case "text":
      return source.text;
    case "array":
      return source.items.length === 0
        ? "[]"
        : group(
            ["[", indent([softLine, join([",", line], source.items.map(toDocument))]), ifBroken(","), softLine, "]"],
            breaksArray(source),
          );
    case "object":
      return source.entries.length === 0
        ? "{}"
        : group(
            [
              "{",
              indent([
                line,
                join(
                  [",", line],
                  source.entries.map(([key, value]) => property(propertyKey(key), value)),
                ),
              ]),
              ifBroken(","),
              line,
              "}",
            ],
            source.expanded,
          );
    case "chain":
      return chainDocument(source.calls);
    case "arrow":
      return [`(${source.parameter}) => `, toDocument(source.result)];
    case "body":
      return [
        `async (${source.parameter}) => {`,
        indent(
          source.statements.map((statement) => [hardLine, `await ${source.parameter}.`, toDocument(statement), ";"]),
        ),
        hardLine,
        "}",
      ];
  }
}

/** A long string goes to a line of its own, unless that gains next to nothing. */
function property(key: string, value: Source): Document {
  const isString = value.kind === "text" && /^["']/.test(value.text);
  if (value.kind === "chain") return [key, ":", assigned(toDocument(value))];
  if (!isString || key.length <= 4) return [key, ": ", toDocument(value)];
  return group([key, ":", group(indent([line, value.text]))]);
}

/** An array of several objects (or arrays) of several entries each is always expanded. */
function breaksArray(source: Source & { kind: "array" }): boolean {
  if (source.expanded) return true;
  if (source.items.length < 2) return false;
  const kind = source.items[0]!.kind;
  return source.items.every(
    (item) =>
      item.kind === kind &&
      ((item.kind === "object" && item.entries.length > 1) || (item.kind === "array" && item.items.length > 1)),
  );
}

function chainDocument(calls: readonly Call[]): Document {
  const [first, ...rest] = calls.map(
    (part, at): Document => [at === 0 ? "" : ".", part.name, callArguments(part.args)],
  );
  const oneLine: Document = [first!, ...rest];
  if (rest.length <= 1) return oneLine;
  const expanded: Document = [first!, indent(rest.map((part) => [hardLine, part]))];
  const complicated = calls.length > 2 && calls.some((part) => !part.args.every(isSimple));
  if (complicated || [first!, ...rest.slice(0, -1)].some(willBreak)) return expanded;
  const last = calls.at(-1)!;
  const hugged = huggedArguments(last.args);
  if (hugged === null) return choice([oneLine, expanded]);
  // An object that has to break keeps the chain on one line, as far as that goes.
  const broken: Document = [first!, ...rest.slice(0, -1), ".", last.name, hugged];
  return choice([oneLine, expanded, broken, expanded], [1]);
}

/** With the last of them broken and the others flat; null where it cannot be. */
function huggedArguments(args: readonly Source[]): Document | null {
  const last = args.at(-1);
  if (last === undefined || !canHug(last) || args.at(-2)?.kind === last.kind) return null;
  const printed = args.map(toDocument);
  return ["(", ...printed.slice(0, -1).flatMap((item) => [item, ", "]), forceBreak(printed.at(-1)!), ")"];
}

function callArguments(args: readonly Source[]): Document {
  if (args.length === 0) return "()";
  const printed = args.map(toDocument);
  const allBroken: Document = group(["(", indent([softLine, join([",", line], printed)]), ",", softLine, ")"], true);
  const flat: Document = ["(", join(", ", printed), ")"];
  const last = args.at(-1)!;
  const others = printed.slice(0, -1);
  if (!canHug(last) || args.at(-2)?.kind === last.kind) {
    return group(["(", indent([softLine, join([",", line], printed)]), ifBroken(","), softLine, ")"]);
  }
  if (others.some(willBreak)) return allBroken;
  return choice([flat, huggedArguments(args)!, allBroken]);
}

function canHug(source: Source): boolean {
  if (source.kind === "arrow") return canHug(source.result);
  return (
    (source.kind === "object" && source.entries.length > 0) || (source.kind === "array" && source.items.length > 0)
  );
}

function forceBreak(document: Document): Document {
  if (typeof document === "object" && "kind" in document && document.kind === "group") {
    return { kind: "group", content: document.content, broken: true };
  }
  return document;
}

function isSimple(source: Source): boolean {
  switch (source.kind) {
    case "text":
      return source.simple;
    case "array":
      return source.items.every(isSimple);
    case "object":
      return source.entries.every(([, value]) => isSimple(value));
    case "chain":
      return source.calls.every((part) => part.args.every(isSimple));
    case "arrow":
    case "body":
      return false;
  }
}

function propertyKey(key: string): string {
  // Quoted or not, a plain `__proto__` key sets the prototype instead of making a property.
  if (key === "__proto__") return '["__proto__"]';
  return /^[$_\p{L}][$_\p{L}\p{N}]*$/u.test(key) ? key : stringLiteral(key);
}
