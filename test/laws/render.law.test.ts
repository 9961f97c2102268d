/** The text of revisions: as a formatter would write it, and nothing that strict TypeScript complains of. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { format } from "prettier";
import { describe, expect, it, onTestFinished } from "vitest";
import { templateText } from "../../src/commands/files/templates.js";
import { postgres } from "../../src/dialects/postgres/index.js";
import { sqlite } from "../../src/dialects/sqlite/index.js";
import { diffSchemas } from "../../src/diff/diff-schemas.js";
import type { Operation } from "../../src/operations/operation.js";
import { applyAll } from "../../src/operations/registry.js";
import { renderRevision } from "../../src/render/render-revision.js";
import { type DialectName, EMPTY_SCHEMA, type SchemaDef } from "../../src/schema/schema.js";
import { arbitrarySchema } from "../support/arbitraries.js";
import { withObjects } from "../support/arbitrary-objects.js";
import { withPostgresParts } from "../support/arbitrary-postgres.js";
import { holds } from "../support/laws.js";
import { mutations } from "../support/mutations.js";
import { spokenSchema } from "../support/spoken-models.js";
import { COMPILER_NAMES, compile, ROOT } from "../support/type-compilers.js";

const TEMPLATE = { text: templateText("generic", "revision.ts.tpl"), path: "revision.ts.tpl" };
const FAMILIES: readonly DialectName[] = ["sqlite", "postgres"];

function revision(operations: readonly Operation[], before: SchemaDef): string {
  const draft = {
    id: "0f9e8d7c6b5a",
    message: "what it does",
    downRevisions: ["a1b2c3d4e5f6"],
    branchLabels: [],
    dependsOn: [],
    createdAt: "2026-01-02T03:04:05.000Z",
    operations,
    before,
  };
  return renderRevision(draft, TEMPLATE).text;
}

async function expectFormatted(text: string): Promise<void> {
  const once = await format(text, { parser: "typescript" });
  expect(once).toBe(text);
}

/** Everything that models can say on one database. */
function spoken(family: DialectName): SchemaDef {
  return (family === "sqlite" ? sqlite : postgres).adapt(spokenSchema(family));
}

describe("the text of a revision", () => {
  const schemas = withPostgresParts(withObjects(arbitrarySchema, "postgres"));

  it("is as Prettier would write it, whatever it holds", { timeout: 240_000 }, async () => {
    const runs = Math.ceil(Number(process.env.TSMIGRATE_LAW_RUNS ?? 1000) / 20);
    await holds(
      fc.asyncProperty(schemas, schemas, async (a, b) => expectFormatted(revision(diffSchemas(a, b), a))),
      runs,
    );
  });

  it.each(FAMILIES)("is so for everything that models of %s say", { timeout: 240_000 }, async (family) => {
    const operations = diffSchemas(EMPTY_SCHEMA, spoken(family));
    // Prettier takes long for a long file, and finds as much in parts of it.
    let before = EMPTY_SCHEMA;
    for (let at = 0; at < operations.length; at += 20) {
      const part = operations.slice(at, at + 20);
      await expectFormatted(revision(part, before));
      before = applyAll(before, part);
    }
  });

  it("is so for every attribute that changes", { timeout: 240_000 }, async () => {
    for (const { from, to } of mutations().values()) await expectFormatted(revision(diffSchemas(from, to), from));
  });

  it.each(COMPILER_NAMES)("passes %s under strict options", { timeout: 300_000 }, async (compiler) => {
    const folder = mkdtempSync(join(tmpdir(), "tsmigrate-revisions-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(ROOT, join(folder, "node_modules/tsmigrate"), "junction");
    symlinkSync(join(ROOT, "node_modules/kysely"), join(folder, "node_modules/kysely"), "junction");
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
    const texts = [
      ...fc
        .sample(fc.tuple(schemas, schemas), { numRuns: 20, seed: 7 })
        .map(([a, b]) => revision(diffSchemas(a, b), a)),
      ...[...mutations().values()].map(({ from, to }) => revision(diffSchemas(from, to), from)),
      ...FAMILIES.map((family) => revision(diffSchemas(EMPTY_SCHEMA, spoken(family)), EMPTY_SCHEMA)),
    ];
    for (const [at, text] of texts.entries()) writeFileSync(join(folder, `r${at}.ts`), text);
    const compilerOptions = {
      ...{ target: "es2022", lib: ["es2023"], module: "nodenext", moduleResolution: "nodenext", types: [] },
      ...{ strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, verbatimModuleSyntax: true },
      ...{ noUnusedLocals: true, isolatedModules: true, erasableSyntaxOnly: true, skipLibCheck: true, noEmit: true },
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["r*.ts"] }));
    expect(compile(compiler, join(folder, "tsconfig.json")).output).toBe("");
  });
});
