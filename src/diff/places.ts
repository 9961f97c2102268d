/** Things that get another name, go to another schema, or both: how it is said, and the steps that it takes. */
import type { Operation } from "../operations/operation.js";
import { cutName } from "../schema/naming.js";
import { type ObjectName, objectKey, objectName } from "../schema/schema.js";
import { isPathOf, pathText, type RenameAnswer } from "./rename-answers.js";

/** Does the answer say, whatever kind it names, that the one became the other? */
export function isSaidOf(answer: RenameAnswer, from: ObjectName, to: ObjectName): boolean {
  const { toSchema, from: path } = answer;
  if (answer.to !== to.name || !isPathOf(path, from)) return false;
  if (from.name === to.name && from.schema === to.schema) return false;
  if (toSchema !== undefined) return (toSchema ?? undefined) === to.schema;
  // `billing.invoices:invoices` can only mean the default schema, `billing.invoices:bills` stays where it is.
  return to.schema === (path.length > 1 && path.at(-1) === answer.to ? undefined : from.schema);
}

/** The key of the old name that models say: of one in the same schema, if there is any, else with its schema in it. */
export function hintedKey(
  hint: string,
  to: ObjectName,
  isThere: (key: string) => boolean,
  defaultSchema: string | undefined,
): string {
  const here = objectKey({ ...objectName(to), name: hint });
  if (isThere(here)) return here;
  const isDefault = defaultSchema !== undefined && hint.startsWith(`${defaultSchema}.`);
  return isDefault ? hint.slice(defaultSchema!.length + 1) : hint;
}

/** As it stands in an answer. The default schema goes without saying where the name is the same. */
export function targetText(from: ObjectName, to: ObjectName, defaultSchema: string | undefined): string {
  const isPlain = to.schema !== undefined || from.name === to.name || defaultSchema === undefined;
  return pathText(isPlain ? to : { ...objectName(to), schema: defaultSchema });
}

export interface PlaceSteps {
  rename(place: ObjectName, to: string): Operation;
  move(place: ObjectName, to: string | null): Operation;
  /** Is there something of that name that is in the way? */
  isTaken(place: ObjectName): boolean;
}

/** Both at once in an order in which no name is taken on the way. */
export function placeSteps(from: ObjectName, to: ObjectName, steps: PlaceSteps): readonly Operation[] {
  const at = (place: ObjectName, name: string): ObjectName => ({ ...objectName(place), name });
  const move = (name: string) => steps.move(at(from, name), to.schema ?? null);
  if (from.schema === to.schema) return [steps.rename(objectName(from), to.name)];
  if (from.name === to.name) return [move(from.name)];
  if (!steps.isTaken(at(from, to.name))) return [steps.rename(objectName(from), to.name), move(to.name)];
  if (!steps.isTaken(at(to, from.name))) return [move(from.name), steps.rename(at(to, from.name), to.name)];
  const spare = cutName(`tsm_rename_${from.name}`);
  return [steps.rename(objectName(from), spare), move(spare), steps.rename(at(to, spare), to.name)];
}
