/** SQL of sequences, domains and composite types. */
import type { CompositeTypeDef, DomainDef, SequenceDef } from "../schema/objects.js";
import { effectiveSequence } from "../schema/sequences.js";
import type { DdlWriter } from "./operation.js";

export function sequenceClauses(sequence: SequenceDef): readonly string[] {
  const { type, increment, minValue, maxValue, start, cache, cycle } = sequence;
  const clause = (words: string, value: unknown) => (value === undefined ? "" : `${words} ${value}`);
  return [
    clause("AS", type),
    clause("INCREMENT BY", increment),
    clause("MINVALUE", minValue),
    clause("MAXVALUE", maxValue),
    clause("START WITH", start),
    clause("CACHE", cache),
    cycle === true ? "CYCLE" : "",
  ];
}

export function owner(sequence: SequenceDef, ddl: DdlWriter): readonly string[] {
  const { ownedBy } = sequence;
  return ownedBy === undefined ? [] : [`OWNED BY ${ddl.name(ownedBy.table)}.${ddl.id(ownedBy.column)}`];
}

/**
 * Bounds and start that follow from others are said as well: the server keeps those it chose once. Where the bounds get
 * narrower the number that the sequence stands at may lie outside: then, and only then, it begins anew.
 */
export function alterSequence(
  after: SequenceDef,
  changes: Readonly<Record<string, unknown>>,
  before: SequenceDef | undefined,
  ddl: DdlWriter,
): readonly string[] {
  const old = effectiveSequence(before ?? after);
  const now = effectiveSequence(after);
  const isNew = (key: keyof typeof now) => old[key] !== now[key] || (before === undefined && key in changes);
  const alter = `ALTER SEQUENCE ${ddl.name(after)}`;
  const clauses = [
    isNew("type") ? `AS ${now.type}` : "",
    isNew("increment") ? `INCREMENT BY ${now.increment}` : "",
    isNew("minValue") ? `MINVALUE ${now.minValue}` : "",
    isNew("maxValue") ? `MAXVALUE ${now.maxValue}` : "",
    isNew("start") ? `START WITH ${now.start}` : "",
    isNew("cache") ? `CACHE ${now.cache}` : "",
    isNew("cycle") ? (now.cycle ? "CYCLE" : "NO CYCLE") : "",
    "ownedBy" in changes ? (owner(after, ddl)[0] ?? "OWNED BY NONE") : "",
  ].filter((clause) => clause !== "");
  if (clauses.length === 0) return [];
  const last = joined(alter, ...clauses);
  if (now.minValue <= old.minValue && now.maxValue >= old.maxValue) return [last];
  const least = now.minValue < old.minValue ? now.minValue : old.minValue;
  const most = now.maxValue > old.maxValue ? now.maxValue : old.maxValue;
  const wider = SIZES.indexOf(now.type) > SIZES.indexOf(old.type) ? ` AS ${now.type}` : "";
  return [
    `${alter}${wider} MINVALUE ${least} MAXVALUE ${most}`,
    `SELECT pg_catalog.setval(${ddl.literal(ddl.name(after))}::regclass, ${now.start}, false) FROM ${ddl.name(after)} WHERE last_value NOT BETWEEN ${now.minValue} AND ${now.maxValue}`,
    last,
  ];
}

const SIZES = ["smallint", "integer", "bigint"];

export function domainTexts(domain: DomainDef, ddl: DdlWriter): readonly string[] {
  const checks = domain.checks.filter((check) => check.notValid !== true);
  const late = domain.checks.filter((check) => check.notValid === true);
  return [
    joined(
      `CREATE DOMAIN ${ddl.name(domain)} AS ${ddl.type(domain.type)}`,
      domain.collation === undefined ? "" : `COLLATE ${ddl.collation(domain.collation)}`,
      domain.default === undefined ? "" : `DEFAULT ${domain.default}`,
      domain.notNull === true ? "NOT NULL" : "",
      ...checks.map((check) => ddl.check(check)),
    ),
    ...late.map((check) => `ALTER DOMAIN ${ddl.name(domain)} ADD ${ddl.check(check)}`),
    ...checkComments(domain, [], domain.checks, ddl),
  ];
}

function checkComments(
  domain: DomainDef,
  old: DomainDef["checks"],
  wanted: DomainDef["checks"],
  ddl: DdlWriter,
): readonly string[] {
  const before = (name: string, expression: string) =>
    old.find((other) => other.name === name && other.expression === expression)?.comment;
  return wanted
    .filter(({ name, expression, comment }) => comment !== before(name, expression))
    .map(
      ({ name, comment = null }) =>
        `COMMENT ON CONSTRAINT ${ddl.id(name)} ON DOMAIN ${ddl.name(domain)} IS ${ddl.literal(comment)}`,
    );
}

export function alterDomain(
  after: DomainDef,
  changes: Readonly<Record<string, unknown>>,
  before: DomainDef | undefined,
  ddl: DdlWriter,
): readonly string[] {
  const alter = `ALTER DOMAIN ${ddl.name(after)}`;
  const wanted = "checks" in changes ? after.checks : [];
  const old = "checks" in changes ? (before?.checks ?? []) : [];
  const text = (check: DomainDef["checks"][number]) => JSON.stringify([check.name, check.expression]);
  const kept = (check: DomainDef["checks"][number], others: DomainDef["checks"]) =>
    others.find((other) => text(other) === text(check));
  const validated = wanted.filter((check) => check.notValid !== true && kept(check, old)?.notValid === true);
  const isLoosened = (check: DomainDef["checks"][number]) =>
    check.notValid === true && kept(check, old) !== undefined && kept(check, old)?.notValid !== true;
  const isSame = (check: DomainDef["checks"][number]) => kept(check, old) !== undefined && !isLoosened(check);
  return [
    ...old
      .filter(
        (check) =>
          kept(check, wanted) === undefined || wanted.some((other) => isLoosened(other) && other.name === check.name),
      )
      .map((check) => `${alter} DROP CONSTRAINT ${ddl.id(check.name)}`),
    ...("default" in changes
      ? [`${alter} ${after.default === undefined ? "DROP DEFAULT" : `SET DEFAULT ${after.default}`}`]
      : []),
    ...("notNull" in changes ? [`${alter} ${after.notNull === true ? "SET" : "DROP"} NOT NULL`] : []),
    ...wanted.filter((check) => !isSame(check)).map((check) => `${alter} ADD ${ddl.check(check)}`),
    ...validated.map((check) => `${alter} VALIDATE CONSTRAINT ${ddl.id(check.name)}`),
    ...checkComments(after, old, wanted, ddl),
  ];
}

export function attribute(column: CompositeTypeDef["columns"][number], ddl: DdlWriter): string {
  const collation = column.collation === undefined ? "" : ` COLLATE ${ddl.collation(column.collation)}`;
  return `${ddl.id(column.name)} ${ddl.type(column.type)}${collation}`;
}

export function alterComposite(
  after: CompositeTypeDef,
  before: CompositeTypeDef | undefined,
  ddl: DdlWriter,
): readonly string[] {
  const old = new Map((before?.columns ?? []).map((column) => [column.name, attribute(column, ddl)]));
  const names = new Set(after.columns.map((column) => column.name));
  const actions = [
    ...[...old.keys()].filter((name) => !names.has(name)).map((name) => `DROP ATTRIBUTE ${ddl.id(name)}`),
    ...after.columns.flatMap((column) => {
      const text = attribute(column, ddl);
      if (!old.has(column.name)) return [`ADD ATTRIBUTE ${text}`];
      return old.get(column.name) === text
        ? []
        : [`ALTER ATTRIBUTE ${text.replace(ddl.id(column.name), `${ddl.id(column.name)} TYPE`)}`];
    }),
  ];
  return actions.length === 0 ? [] : [`ALTER TYPE ${ddl.name(after)} ${actions.join(", ")}`];
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(" ");
}
