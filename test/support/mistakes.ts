/** Calls with something wrong in them. */
import * as s from "../../src/schema.js";

export type Values = readonly unknown[];

const WRONG: Values = [
  ...[undefined, null, 0, -1, 1.5, Number.NaN, 1e21, 7n, "", "x", 'x.y."z', true, Symbol("s")],
  ...[[], [1], ["a"], [undefined], [null], {}, { a: 1 }, { a: "b" }, { column: 5 }, { toOperationNode: 1 }],
  ...[() => 1, () => [], class {}, s.sql`x`, s.sql`${1}`, new Date(), /x/, new Map(), Object.create(null)],
  ...[
    s.integer(),
    s.table("parent", { id: s.integer() }),
    s.enumType("other", ["a"]),
    s.view("w", s.sql`select 1`),
    s.check("c", s.sql`a`),
    s.index(),
  ],
];

/** Every argument and every option replaced, one at a time; one too many; one too few. */
export function mistakesIn(good: Values): readonly Values[] {
  const replaced = good.flatMap((value, at) => [
    ...WRONG.map((wrong) => good.with(at, wrong)),
    ...optionsIn(value).flatMap(([key]) => WRONG.map((wrong) => good.with(at, { ...(value as object), [key]: wrong }))),
    ...optionsIn(value).map(([key]) => good.with(at, { ...(value as object), [`${key}x`]: 1 })),
  ]);
  return [good, ...replaced, ...WRONG.map((wrong) => [...good, wrong]), good.slice(0, -1), []];
}

function optionsIn(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype
    ? Object.entries(value)
    : [];
}

/** As it is written. */
export function show(given: Values): string {
  return given
    .map((value) => {
      try {
        return JSON.stringify(value, (_key, one) => (typeof one === "bigint" ? `${one}n` : one)) ?? String(value);
      } catch {
        return String(value);
      }
    })
    .join(", ");
}
