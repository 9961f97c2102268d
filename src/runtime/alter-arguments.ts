/** What the operations take that change a part where it is: null takes away what is there. */
import { type Argument, checkOf, isObject, isSql, text } from "../model/call-arguments.js";
import { aFlag, DEFERRABLE, storageParameters, textsByName } from "../model/checks.js";
import type { AlterConstraintOptions, AlterIndexOptions, AlterViewOptions } from "./alter-options.js";
import { options, orNull } from "./option-checks.js";

const deferrable = checkOf("'immediate', 'deferred' or null", (value) => {
  return value === null || DEFERRABLE.includes(value as string);
});
const targets = checkOf("an object of whole numbers by position, as in { 2: 200 }", (value) => {
  const isTarget = ([at, target]: readonly [string, unknown]) =>
    /^[1-9]\d{0,4}$/.test(at) && (target === null || Number.isInteger(target));
  return isObject(value) && Object.entries(value).every(isTarget);
});
const someSql = checkOf("SQL, as a text or a sql`…` template", isSql);
const schema = { schema: true } as const;
const storage = { with: orNull(storageParameters), tablespace: true } as const;

export const ALTER_ARGUMENTS: Readonly<Record<"alterConstraint" | "alterIndex" | "alterView", readonly Argument[]>> = {
  alterConstraint: [
    text("name"),
    text("table"),
    options<AlterConstraintOptions>("changes", { ...schema, ...storage, deferrable, notEnforced: orNull(aFlag) }),
  ],
  alterIndex: [text("name"), options<AlterIndexOptions>("changes", { ...schema, ...storage, statistics: targets })],
  alterView: [
    text("name"),
    options<AlterViewOptions>("changes", {
      ...schema,
      query: someSql,
      options: orNull(storageParameters),
      columnDefaults: orNull(textsByName),
    }),
  ],
};
