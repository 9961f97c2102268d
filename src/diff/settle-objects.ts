/** Enums, domains, composite types, sequences, functions, views and the like under new names, in other schemas, or both. */
import type { Operation } from "../operations/operation.js";
import { applyAll } from "../operations/registry.js";
import { isTaken } from "../operations/rename-object.js";
import { joinName, splitName } from "../schema/definition-names.js";
import { cutName } from "../schema/naming.js";
import { type MovableRef, type NamedRef, objectsByKey } from "../schema/objects.js";
import { type ObjectName, objectKey, objectName, type SchemaDef } from "../schema/schema.js";
import { moveQuestion, objectLikeness, objectQuestion, sameContents } from "./object-questions.js";
import { orderRenames, type Rename, type RenameClaim } from "./order-renames.js";
import { type MovableDef, OBJECT_WORDS, PLACED_KINDS, type Placed, placedOf } from "./placed-objects.js";
import { hintedKey, isSaidOf, placeSteps } from "./places.js";
import type { RenameKind } from "./rename-answers.js";
import { decideAll, nameLikeness, type Stage } from "./rename-questions.js";
import { noteUnclear, type RenameNotes, type RenameRules } from "./rename-rules.js";

export interface SettledObjects {
  readonly operations: readonly Operation[];
  /** Without the names that its objects had before. */
  readonly wanted: SchemaDef;
}

export async function settleObjects(
  found: SchemaDef,
  wanted: SchemaDef,
  rules: RenameRules,
  notes: RenameNotes,
): Promise<SettledObjects> {
  const operations: Operation[] = [];
  // Types before what has them in its arguments.
  for (const kind of rules.objects ? PLACED_KINDS : []) {
    const [before, after] = [placedOf(applyAll(found, operations), kind), placedOf(wanted, kind)];
    for (const family of [...new Set(after.map(familyOf))].sort()) {
      const of = (items: readonly Placed[]) => items.filter((item) => familyOf(item) === family);
      const state = applyAll(found, operations);
      operations.push(...(await settleFamily(of(before), of(after), state, rules, notes)));
    }
  }
  return { operations, wanted: withoutHints(wanted) };
}

/** One can become another of its family, and no other. */
function familyOf({ ref }: Placed): string {
  return JSON.stringify([ref.signature ?? null, ref.kind === "definition" ? ref.type : null]);
}

async function settleFamily(
  before: readonly Placed[],
  after: readonly Placed[],
  found: SchemaDef,
  rules: RenameRules,
  notes: RenameNotes,
): Promise<readonly Operation[]> {
  const places = new Map([...before, ...after].map(({ name, place }) => [name, place]));
  const claims = after.flatMap((item) => claimOf(item, before, rules, notes));
  const between = (key: string) => {
    const spare = { ...places.get(key)!, name: cutName(`tsm_rename_${places.get(key)!.name}`) };
    places.set(objectKey(spare), spare);
    return objectKey(spare);
  };
  const ordered = orderRenames(
    claims,
    before.map(({ name }) => name),
    (name) => after.some((item) => item.name === name),
    between,
  );
  noteUnclear("", ordered, notes);
  const likely = await decideLikely(before, after, ordered.done, rules);
  const refAt = (place: ObjectName) => refTo(after[0]!.ref, place);
  const operations: Operation[] = [];
  let state = found;
  for (const { from, to } of [...ordered.steps, ...likely]) {
    const target = places.get(to)!;
    const isNew = target.schema !== undefined && !state.schemas.includes(target.schema);
    const step: readonly Operation[] = [
      ...(isNew ? [{ kind: "createSchema", name: target.schema! } as const] : []),
      ...placeSteps(places.get(from)!, target, {
        // Of definitions only the schema changes.
        rename: (place, name) => ({ kind: "renameObject", object: refAt(place) as NamedRef, to: name }),
        move: (place, schema) => ({ kind: "moveObject", object: refAt(place), to: schema }),
        isTaken: (place) => isTaken(state, refAt(place)),
      }),
    ];
    operations.push(...step);
    state = applyAll(state, step);
  }
  return operations;
}

/** The same kind of thing in this place. */
function refTo(ref: MovableRef, place: ObjectName): MovableRef {
  if (ref.kind === "definition") return { ...ref, name: joinName({ ...place, rest: place.name }) };
  const { schema: _schema, ...rest } = ref;
  return { ...rest, ...objectName(place) };
}

function claimOf(
  { name, place, ref, def }: Placed,
  before: readonly Placed[],
  rules: RenameRules,
  notes: RenameNotes,
): readonly RenameClaim[] {
  const isOpen = (from: ObjectName) => ref.kind !== "definition" || from.name === place.name;
  const isOf = (kind: RenameKind | undefined) => kind === undefined || kind === OBJECT_WORDS[ref.kind];
  for (const answer of rules.answers) {
    const from = before.find(
      (other) => isOf(answer.kind) && isSaidOf(answer, other.place, place) && isOpen(other.place),
    );
    if (from === undefined) continue;
    notes.used.add(answer);
    return [{ from: from.name, to: name, said: true }];
  }
  if (def.renamedFrom === undefined) return [];
  const isThere = (key: string) => before.some((other) => other.name === key);
  if (ref.kind === "definition") {
    const { rest, ...old } = splitName(def.renamedFrom);
    const key = objectKey({ ...(old.schema === rules.defaultSchema ? {} : old), name: rest });
    return rest === place.name ? [{ from: key, to: name, said: false }] : [];
  }
  return [{ from: hintedKey(def.renamedFrom, place, isThere, rules.defaultSchema), to: name, said: false }];
}

/** Each that comes is asked about once, in the order in which it is likely: in another schema, under another name, both. */
async function decideLikely(
  before: readonly Placed[],
  after: readonly Placed[],
  done: readonly Rename[],
  rules: RenameRules,
): Promise<readonly Rename[]> {
  const likely: Rename[] = [];
  const isIn = (items: readonly Placed[], name: string) => items.some((item) => item.name === name);
  const isOpen = (name: string, side: "from" | "to") => ![...done, ...likely].some((one) => one[side] === name);
  const stage = async ({ likeness, question }: Pick<Stage<Placed, Placed>, "likeness" | "question">) => {
    const gone = before.filter(({ name }) => !isIn(after, name) && isOpen(name, "from"));
    const come = after.filter(({ name }) => !isIn(before, name) && isOpen(name, "to"));
    const decided = await decideAll({ gone, come, likeness, question }, rules.decide);
    likely.push(...decided.map(([from, to]): Rename => ({ from: from.name, to: to.name })));
  };
  const moved = (to: Placed, choices: Parameters<typeof moveQuestion>[1]) =>
    moveQuestion(to, choices, rules.defaultSchema);
  const isNamesake = (from: Placed, to: Placed) => from.place.name === to.place.name;
  await stage({ likeness: (from, to) => (isNamesake(from, to) ? objectLikeness(from, to) : null), question: moved });
  if (after[0]?.ref.kind === "definition") return likely;
  for (const schema of [...new Set(after.map(({ place }) => place.schema))].sort()) {
    const isHere = ({ place }: Placed) => place.schema === schema;
    const likeness = (from: Placed, to: Placed) => (isHere(from) && isHere(to) ? objectLikeness(from, to) : null);
    await stage({ likeness, question: objectQuestion });
  }
  const isMuchAlike = (from: Placed, to: Placed) =>
    from.place.schema !== to.place.schema &&
    !isNamesake(from, to) &&
    nameLikeness(from.place.name, to.place.name) >= 0.5 &&
    sameContents(from, to);
  await stage({ likeness: (from, to) => (isMuchAlike(from, to) ? objectLikeness(from, to) : null), question: moved });
  return likely;
}

function withoutHints(schema: SchemaDef): SchemaDef {
  const bare = <T extends MovableDef>({ renamedFrom: _hint, ...rest }: T): T => rest as T;
  const hasHint = (defs: Readonly<Record<string, MovableDef>>) =>
    Object.values(defs).some((def) => def.renamedFrom !== undefined);
  const each = <T extends MovableDef>(defs: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
    hasHint(defs) ? Object.fromEntries(Object.entries(defs).map(([key, def]) => [key, bare(def)])) : defs;
  const objects = hasHint(schema.objects) ? objectsByKey(Object.values(schema.objects).map(bare)) : schema.objects;
  return { ...schema, enums: each(schema.enums), views: each(schema.views), objects };
}
