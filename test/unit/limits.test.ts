import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createRedactor } from "../../src/cli/redact.js";
import { parseArrayText } from "../../src/dialects/postgres/text/array-text.js";
import { tokenize } from "../../src/dialects/postgres/text/sql-text.js";
import { schemaFromModels } from "../../src/model/collect-models.js";
import { describeOperation } from "../../src/operations/registry.js";
import { loadRevisions } from "../../src/revisions/revision-directory.js";
import { integer, table } from "../../src/schema.js";
import { LONGEST_FILE, MOST_MODEL_TABLES } from "../../src/util/limits.js";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "tsmigrate-limits-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

const load = (path: string, more: { readonly mostFiles?: number } = {}) =>
  loadRevisions({
    locations: [path],
    recursive: false,
    importRevision: () => Promise.reject(new Error("imported")),
    ...more,
  });

describe("what is read", () => {
  it("is no revision file of any length", async () => {
    const path = folder();
    writeFileSync(join(path, "long.ts"), "");
    truncateSync(join(path, "long.ts"), LONGEST_FILE + 1);
    await expect(load(path)).rejects.toThrow(/long\.ts' has 67108865 characters, and 67108864 is the most$/);
  });

  it("is no folder of any number of files", async () => {
    const path = folder();
    for (let number = 0; number < 4; number++) writeFileSync(join(path, `r${number}.ts`), "");
    await expect(load(path, { mostFiles: 3 })).rejects.toThrow("there are 4 revision files, and 3 is the most");
    await expect(load(path)).rejects.toThrow("r0.ts");
  });

  it.skipIf(process.platform === "win32")("is no pipe with the name of a revision, which would never end", async () => {
    const path = folder();
    spawnSync("mkfifo", [join(path, "pipe.ts")]);
    expect(await load(path)).toEqual([]);
  });

  it("is no number of models", { timeout: 120_000 }, () => {
    const models = Object.fromEntries(
      Array.from({ length: MOST_MODEL_TABLES + 1 }, (_, at) => [`t${at}`, table(`t${at}`, { id: integer() })]),
    );
    expect(() => schemaFromModels(models, { dialect: "sqlite" })).toThrow(
      "the models export 50001 tables, and 50000 is the most",
    );
  });
});

describe("a hostile text of a database, or SQL that goes wrong", () => {
  const MANY = 1_000_000;
  // What takes more than linear time takes hours here.
  const texts = ["\t", "a", "0", "'", "''", '"', "(", "[", "/*", "--", "$a$", "\\", "{", "a-", "://", "a://a:", "x\n"];

  it.each(texts.map((text) => [JSON.stringify(text), text]))(
    "of a million times %s is read to its end",
    { timeout: 30_000 },
    (_shown, part) => {
      const text = part.repeat(MANY / part.length);
      const redact = createRedactor(["postgres://ada:secret@host/db"], []);
      expect(redact(`password=secret ${text}`)).not.toContain("secret");
      expect(parseArrayText(`{${text}`)).toBeNull();
      expect(tokenize(text).length).toBeGreaterThanOrEqual(0);
      expect(describeOperation({ kind: "execute", sql: `SELECT ${text}` }).length).toBeLessThan(100);
    },
  );
});
