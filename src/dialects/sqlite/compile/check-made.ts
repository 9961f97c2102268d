/** SQLite takes the text of a view or a trigger without looking into it: what names nothing fails when it is used. */
import { OperationConflictError } from "../../../errors.js";
import type { Operation } from "../../../operations/operation.js";
import { describeOperation } from "../../../operations/registry.js";
import type { TriggerDef } from "../../../schema/objects.js";
import type { Connection } from "../../dialect.js";
import { probeSql, tableReader } from "../catalog/probes.js";
import { sameName } from "../catalog/read-table.js";
import { readStoredObjects } from "../catalog/refresh.js";
import { ddl } from "../text/ddl.js";
import { parseCreateTrigger } from "../text/parse-create-trigger.js";

/** What the application brings to its own connections tells nothing about the text. */
const APPLICATION = /no such (?:function|module|collation sequence)|unknown tokenizer/;

/** @throws OperationConflictError naming the view or trigger, and what SQLite says when it is used */
export async function checkMade(connection: Connection, made: readonly Operation[]): Promise<void> {
  const looked = made.filter((op) => viewOf(op) !== null || triggerOf(op) !== null);
  if (looked.length === 0) return;
  const objects = await readStoredObjects(connection);
  const tables = tableReader(objects);
  for (const op of looked) {
    const view = viewOf(op);
    const name = view ?? triggerOf(op)!.name;
    const stored = objects.find(
      (object) => object.type === (view === null ? "trigger" : "view") && sameName(object.name, name),
    );
    if (stored === undefined) continue;
    const probe =
      view === null
        ? probeSql({ event: parseCreateTrigger(stored.sql).event, object: stored.table }, tables(stored.table))
        : probeSql({ event: "select", object: view }, null);
    const problem = probe === null ? null : await problemOf(connection, probe);
    if (problem === null || APPLICATION.test(problem)) continue;
    if (view === null && (await failsWithout(connection, name, probe!))) continue;
    const what = view === null ? `the trigger '${name}' cannot run` : `the view '${name}' cannot be read`;
    throw new OperationConflictError(`${what}: ${problem}`, {
      operation: describeOperation(op),
      hint: "Correct its text, or make what it names in the same revision.",
    });
  }
}

function viewOf(op: Operation): string | null {
  return op.kind === "createView" || op.kind === "replaceView" ? op.view.name : null;
}

function triggerOf(op: Operation): TriggerDef | null {
  return (op.kind === "createObject" || op.kind === "replaceObject") && op.object.kind === "trigger" ? op.object : null;
}

async function problemOf(connection: Connection, sql: string): Promise<string | null> {
  try {
    await connection.query(sql);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** All triggers of a table are compiled together: is it another one that does not work? */
async function failsWithout(connection: Connection, trigger: string, probe: string): Promise<boolean> {
  await connection.query("SAVEPOINT tsm_without");
  try {
    await connection.query(`DROP TRIGGER ${ddl.id(trigger)}`);
    return (await problemOf(connection, probe)) !== null;
  } finally {
    await connection.query("ROLLBACK TO tsm_without");
    await connection.query("RELEASE tsm_without");
  }
}
