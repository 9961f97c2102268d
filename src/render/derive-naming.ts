/** The rules that the names of constraints and indexes in a database follow, as far as they follow any. */
import {
  conventionalName,
  DEFAULT_NAMING,
  type NamedKind,
  type NameParts,
  type NamingConvention,
} from "../schema/naming.js";
import type { TableDef } from "../schema/schema.js";
import { conventionalNames } from "./render-table.js";

export interface DerivedNaming {
  /** Only the kinds for which it says something else than the convention that is there. */
  readonly rules: { readonly [K in NamedKind]?: string };
  /** Names that follow these rules and not those that are there. */
  readonly names: number;
}

/** What PostgreSQL calls a thing that nobody named: followed by one name alone it is a rule already. */
const SERVER_NAMING: { readonly [K in NamedKind]: string } = {
  primaryKey: "{table}_pkey",
  unique: "{table}_{columns}_key",
  index: "{table}_{columns}_idx",
  foreignKey: "{table}_{columns}_fkey",
  check: "{table}_{columns}_check",
  exclude: "{table}_{columns}_excl",
};

const KINDS = Object.keys(DEFAULT_NAMING) as readonly NamedKind[];

/** Null where the names follow `current`, or nothing that half of a kind has in common. */
export function deriveNaming(tables: readonly TableDef[], current: NamingConvention): DerivedNaming | null {
  const named = tables.flatMap(namedParts);
  const rules: { [K in NamedKind]?: string } = {};
  let names = 0;
  for (const kind of KINDS) {
    const ofKind = named.filter((one) => one.kind === kind);
    const follow = (rule: NamingConvention[NamedKind]) =>
      ofKind.filter(({ name, parts }) => conventionalName(kind, parts, { [kind]: rule }) === name).length;
    const now = follow(current[kind] ?? DEFAULT_NAMING[kind]);
    const [best] = candidates(kind, ofKind)
      .map((rule) => ({ rule, count: follow(rule) }))
      .filter(({ rule, count }) => count > (rule === SERVER_NAMING[kind] ? 0 : 1))
      .sort((a, b) => b.count - a.count || a.rule.length - b.rule.length || (a.rule < b.rule ? -1 : 1));
    if (best === undefined || best.count <= now || best.count * 2 < ofKind.length) continue;
    rules[kind] = best.rule;
    names += best.count - now;
  }
  return names === 0 ? null : { rules, names };
}

interface NamedPart {
  readonly kind: NamedKind;
  readonly name: string;
  readonly parts: NameParts;
}

/** Each name with what it may be made of: what a rule would be given. */
function namedParts(table: TableDef): readonly NamedPart[] {
  const asked: (readonly [NamedKind, NameParts])[] = [];
  const listen = (kind: NamedKind) => (parts: NameParts) => `${kind} ${asked.push([kind, parts])}`;
  const bare = <T extends { readonly name: string | null }>(all: readonly T[]) =>
    all.map((one) => ({ ...one, name: null }));
  const { primaryKey, uniques, foreignKeys, checks, indexes, excludes = [] } = table;
  conventionalNames(
    {
      ...table,
      ...(primaryKey === undefined ? {} : { primaryKey: { ...primaryKey, name: null } }),
      uniques: bare(uniques),
      foreignKeys: bare(foreignKeys),
      checks: bare(checks),
      indexes: bare(indexes) as unknown as TableDef["indexes"],
      excludes: bare(excludes),
    },
    Object.fromEntries(KINDS.map((kind) => [kind, listen(kind)])),
  );
  const names: { readonly [K in NamedKind]: readonly { readonly name: string | null }[] } = {
    ...{ primaryKey: primaryKey === undefined ? [] : [primaryKey], unique: uniques, foreignKey: foreignKeys },
    ...{ check: checks, index: indexes, exclude: excludes },
  };
  return KINDS.flatMap((kind) =>
    asked
      .filter(([of]) => of === kind)
      .flatMap(([, parts], at): readonly NamedPart[] => {
        const name = names[kind][at]?.name ?? null;
        return name === null ? [] : [{ kind, name, parts }];
      }),
  );
}

/** Rules that several of the names may have been made by, and the server's own. */
function candidates(kind: NamedKind, named: readonly NamedPart[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const one of named) {
    for (const rule of new Set(rulesOf(one))) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  }
  const common = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, 8);
  return [SERVER_NAMING[kind], ...common.map(([rule]) => rule)];
}

const ORDERS: readonly (readonly ("table" | "columns" | "target")[])[] = [
  ["columns", "target", "table"],
  ["table", "columns", "target"],
  ["target", "table", "columns"],
];

/** The name with its table, columns and target taken out, in several orders, since one may be part of another. */
function rulesOf({ kind, name, parts }: NamedPart): readonly string[] {
  const words = { table: parts.table, columns: parts.columns.join("_"), target: parts.target ?? "" };
  return ORDERS.map((order) => {
    let pieces: readonly string[] = [name];
    for (const key of order)
      pieces = pieces.flatMap((piece) => (isRule(piece) ? [piece] : split(piece, key, words[key])));
    return pieces.join("");
  }).filter((rule) => !/[{}]/.test(rule.replace(/\{(?:table|columns|target)\}/g, "")) && tellsApart(kind, rule));
}

function isRule(piece: string): boolean {
  return /^\{\w+\}$/.test(piece);
}

/** Around the first place where the word stands. */
function split(piece: string, key: string, word: string): readonly string[] {
  const at = word === "" ? -1 : piece.indexOf(word);
  return at === -1 ? [piece] : [piece.slice(0, at), `{${key}}`, piece.slice(at + word.length)];
}

/** Names of keys and indexes are told apart within a schema, those of the others within their table. */
function tellsApart(kind: NamedKind, rule: string): boolean {
  const isOfTable = kind === "foreignKey" || kind === "check";
  return (isOfTable || rule.includes("{table}")) && (kind === "primaryKey" || /\{(?:columns|target)\}/.test(rule));
}
