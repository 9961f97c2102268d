/**
 * Over a drop and a create of one step: what the thing had of grants, and its owner, are read before it goes, and given
 * back to what comes under its name. No model can know them; an application that loses them stands still.
 */
import type { Connection } from "../dialects/dialect.js";
import type { OwnerRefusal, PrivilegeKeeping } from "../dialects/privilege-keeping.js";
import { DatabaseError } from "../errors.js";
import { type KeptTarget, keptKey, relation, targetDroppedBy, targetMadeBy } from "../operations/kept-targets.js";
import { type Operation, type Statement, statement } from "../operations/operation.js";
import { sameObject } from "../schema/edit-schema.js";
import { displayTarget } from "../schema/privileges.js";
import { displayName, objectKey, objectName } from "../schema/schema.js";
import { quoteName, quoteText } from "../util/quote.js";
import type { Emit } from "./events.js";

interface Kept {
  readonly target: KeptTarget;
  /** What the database said; in a script, the name of the setting that will hold it. */
  readonly text: string;
  readonly refusal?: OwnerRefusal | null;
  /** In a script: writes the statement that fills the setting. */
  readonly write?: () => void;
}

export interface KeepingOptions {
  readonly connection: Connection;
  readonly keeping: PrivilegeKeeping;
  readonly emit: Emit;
  /** Runs a statement and tells of it. */
  readonly run: (statement: Statement) => Promise<void>;
}

export class KeptPrivileges {
  readonly #options: KeepingOptions;
  readonly #kept = new Map<string, Kept>();
  /** Functions that were made here and got nothing, should one of their name go later. */
  readonly #made: KeptTarget[] = [];
  /** Tables that were made here: another name may put them in the place of one that went. */
  readonly #fresh = new Set<string>();
  #slots = 0;

  constructor(options: KeepingOptions) {
    this.#options = options;
  }

  /** To be called before the operation runs. */
  async before(op: Operation, statements: readonly Statement[]): Promise<void> {
    const dropped = targetDroppedBy(op);
    const remade = statements.flatMap(({ remakes }) => remakes ?? []);
    for (const target of [dropped ?? [], remade].flat()) {
      const kept = await this.#read(target);
      if (kept === null) continue;
      if (remade.includes(target)) refuseLostOwner(kept);
      this.#kept.set(keptKey(target), kept);
    }
  }

  /** To be called when it has run. */
  async after(op: Operation, statements: readonly Statement[]): Promise<void> {
    const dropped = targetDroppedBy(op);
    if (dropped !== null) await this.#passOn(dropped);
    const made = targetMadeBy(op);
    if (made !== null) await this.#meet(made);
    if (op.kind === "createTable") this.#fresh.add(objectKey(op.table));
    if (op.kind === "renameTable" && this.#fresh.has(objectKey(op.table))) {
      await this.#meet(relation({ ...objectName(op.table), name: op.to }));
    }
    for (const { remakes } of statements) if (remakes !== undefined) await this.#meet(remakes);
  }

  async #meet(made: KeptTarget): Promise<void> {
    const key = keptKey(made);
    const kept = this.#kept.get(key) ?? this.#namesake(made);
    if (kept === undefined) {
      if (made.on.type === "function") this.#made.push(made);
      return;
    }
    this.#kept.delete(keptKey(kept.target));
    await this.#giveBack(made, kept);
  }

  /** The function made before this one went is what it has become. */
  async #passOn(dropped: KeptTarget): Promise<void> {
    const kept = this.#kept.get(keptKey(dropped));
    const heirs = this.#made.filter((one) => isNamesake(one, dropped));
    if (kept === undefined || heirs.length !== 1) return;
    this.#made.splice(this.#made.indexOf(heirs[0]!), 1);
    this.#kept.delete(keptKey(dropped));
    await this.#giveBack(heirs[0]!, kept);
  }

  /** A function under the same name with other arguments. Of several nobody can tell which. */
  #namesake(made: KeptTarget): Kept | undefined {
    const gone = [...this.#kept.values()].filter(({ target }) => isNamesake(target, made));
    if (gone.length <= 1) return gone[0];
    const text = `${displayTarget(made.on)} has no grants of those that went: there were several of that name`;
    this.#options.emit({ type: "warning", text });
    return undefined;
  }

  async #read(target: KeptTarget): Promise<Kept | null> {
    const { connection, keeping } = this.#options;
    if (connection.writeLater !== undefined) {
      const slot = `tsmigrate.kept_${++this.#slots}`;
      const write = connection.writeLater();
      return { target, text: slot, write: () => write((isLocal) => keeping.readInScript(target, slot, isLocal)) };
    }
    const { rows } = await connection.query<Found>(keeping.read(target));
    return rows[0] === undefined ? null : { target, text: rows[0].kept, refusal: rows[0].refusal };
  }

  async #giveBack(made: KeptTarget, kept: Kept): Promise<void> {
    const { connection, keeping, emit, run } = this.#options;
    refuseLostOwner(kept);
    if (keptKey(made) !== keptKey(kept.target)) {
      emit({
        type: "log",
        text: `${displayTarget(made.on)} has the grants and the owner of ${displayTarget(kept.target.on)}`,
      });
    }
    if (kept.write !== undefined) {
      kept.write();
      await connection.query(keeping.giveBackInScript(made, kept.text));
      return;
    }
    const { rows } = await connection.query<{ sql: string }>(keeping.giveBack(made, quoteText(kept.text)));
    for (const { sql } of rows) await run(statement(sql));
  }
}

interface Found {
  readonly kept: string;
  readonly refusal: OwnerRefusal | null;
}

/** What is made again under another owner reads with other rights, and its grants are somebody else's. */
function refuseLostOwner({ target, refusal }: Kept): void {
  if (refusal === undefined || refusal === null) return;
  const { owner, role, schema } = refusal;
  const why =
    schema === null ? `'${role}' cannot act as '${owner}'` : `'${owner}' may create nothing in schema '${schema}'`;
  const grant =
    schema === null
      ? `GRANT ${quoteName(owner)} TO ${quoteName(role)}`
      : `GRANT CREATE ON SCHEMA ${quoteName(schema)} TO ${quoteName(owner)}`;
  throw new DatabaseError(
    `${target.on.type === "table" ? `'${displayName(target.on)}'` : displayTarget(target.on)} belongs to '${owner}' and could not be given back when it is made again: ${why}`,
    {
      hint: `Let somebody run \`${grant}\`, or run the revision as the owner: \`tsmigrate --role ${quoteName(owner)} upgrade\`.`,
    },
  );
}

function isNamesake(one: KeptTarget, other: KeptTarget): boolean {
  const areFunctions = one.on.type === "function" && other.on.type === "function";
  return areFunctions && sameObject(one.on, other.on) && keptKey(one) !== keptKey(other);
}
