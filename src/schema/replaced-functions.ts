/** Functions that cannot become what they are to be by CREATE OR REPLACE: dropped, and made under the same name. */
import { sameObject } from "./edit-schema.js";
import type { FunctionDef, ObjectDefs } from "./objects.js";
import { sameDef } from "./schema.js";

/** What CREATE OR REPLACE has to find as it is: arguments with their names and defaults, result, kind. */
export function sameHead(a: FunctionDef, b: FunctionDef): boolean {
  const head = (it: FunctionDef) => [it.arguments, it.returns ?? null, it.procedure ?? null, it.window ?? null];
  return sameDef(head(a), head(b));
}

/** The names of those that go while one of that name comes. */
export function replacedFunctions(from: ObjectDefs, to: ObjectDefs): readonly string[] {
  const [gone, made] = [changed(from, to), changed(to, from)];
  return [...new Set(gone.filter((one) => made.some((other) => sameObject(one, other))).map((one) => one.name))];
}

function changed(these: ObjectDefs, those: ObjectDefs): readonly FunctionDef[] {
  return Object.entries(these).flatMap(([key, one]) => {
    const other = those[key];
    return one.kind !== "function" || (other?.kind === "function" && sameHead(one, other)) ? [] : [one];
  });
}
