/**
 * What the types of the models cost: seconds that the compilers spend on 200 tables of 20 columns and 50 queries, with
 * the interface inferred from the models and with the same interface written by hand.
 *
 * node bench/type-check.mjs [tables]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeLargeSchema } from "../test/support/large-schema.ts";
import { COMPILER_NAMES, compile, prepareProject } from "../test/support/type-compilers.ts";

const ROUNDS = 3;
const tables = Number(process.argv[2] ?? 200);
const folder = mkdtempSync(join(tmpdir(), "tsmigrate-type-check-"));
try {
  const project = join(folder, "project");
  writeLargeSchema(project, prepareProject(project), { tables, columns: 20, queries: 50 });
  console.log(`${tables} tables of 20 columns, 50 joins and 50 inserts; median of ${ROUNDS}`);
  for (const compiler of COMPILER_NAMES) {
    const [models, byHand] = ["models", "byHand"].map((source) => median(measure(compiler, project, source)));
    const ratio = (models.total / byHand.total).toFixed(2);
    console.log(`${compiler}: ${print(models)}; by hand ${print(byHand)}; ratio ${ratio}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function measure(compiler, project, source) {
  return Array.from({ length: ROUNDS }, () => {
    const { ok, output } = compile(compiler, join(project, `tsconfig.${source}.json`), ["--extendedDiagnostics"]);
    if (!ok) throw new Error(`${compiler} rejects the ${source} project:\n${output.slice(0, 2000)}`);
    const number = (label) => Number(new RegExp(`^${label}:\\s+([\\d.]+)`, "m").exec(output)?.[1]);
    return { check: number("Check time"), total: number("Total time"), instantiations: number("Instantiations") };
  });
}

function median(runs) {
  return runs.toSorted((a, b) => a.total - b.total)[Math.floor(runs.length / 2)];
}

function print({ check, total, instantiations }) {
  return `check ${check} s, total ${total} s, ${instantiations} instantiations`;
}
