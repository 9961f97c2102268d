import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { execute, runTutorial } from "../../scripts/tutorial.mjs";
import { DIALECTS } from "../support/dialects.js";
import { connectTo } from "../support/engine.js";

const ROOT = join(import.meta.dirname, "../..");

/** An empty project with this checkout as its installed package. */
function folderWithPackage(): string {
  const folder = mkdtempSync(join(tmpdir(), "tsmigrate-tutorial-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  writeFileSync(join(folder, "package.json"), '{ "name": "user_management", "private": true }\n');
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(ROOT, join(folder, "node_modules/tsmigrate"), "junction");
  return folder;
}

describe.each(DIALECTS)("the tutorial on $name", ({ open }) => {
  it("does its eleven steps, from the command line and from code", { timeout: 180_000 }, async () => {
    const [main, second] = [await open(), await open()];
    const { DATABASE_URL: _theirs, ...inherited } = process.env;
    // A URL with a password is not written into the config: it comes from the environment, as the README says.
    const env = /:[^/@]+@/.test(main.url) ? { ...inherited, DATABASE_URL: main.url } : inherited;
    try {
      const folder = folderWithPackage();
      const outputs = await runTutorial({
        folder,
        node: process.execPath,
        bin: join(ROOT, "bin/tsmigrate.js"),
        urls: { main: main.url, async: second.url },
        env,
      });
      const output = (line: string) =>
        outputs.filter((entry) => entry.line.includes(line)).map((entry) => entry.stdout);
      expect(output("tsmigrate current")[0]).toMatch(/^[0-9a-f]{12} \(head\)\n$/);
      expect(output("tsmigrate history")[0]!.split("\n")).toHaveLength(4);
      expect(output("tsmigrate check")[0]).toBe("The models and the database agree.\n");
      expect(output("status.mjs")[0]).toMatch(
        /^current revision: [0-9a-f]{12}\n- [0-9a-f]{12}: Add user roles table\n/,
      );
      expect(output("main_async.mjs")[0]).toMatch(/created ([0-9a-f]{12})\ncurrent \1\nup to date: true\n/);

      const connection = await connectTo(main.url);
      const { rows } = await connection.query(
        "SELECT u.username, r.role_name FROM users u JOIN user_roles r ON r.user_id = u.id",
      );
      await connection.close();
      expect(rows).toEqual([{ username: "admin", role_name: "admin" }]);
    } finally {
      await main.dispose();
      await second.dispose();
    }
  });

  it("does them with the library alone", { timeout: 120_000 }, async () => {
    const database = await open();
    try {
      const folder = folderWithPackage();
      writeFileSync(join(folder, "tutorial.mjs"), readFileSync(join(import.meta.dirname, "library-tutorial.mjs")));
      const result = await execute(process.execPath, ["tutorial.mjs", database.url, "migrations"], {
        cwd: folder,
        env: process.env,
      });
      expect(result).toEqual({ status: 0, stdout: "eleven steps done\n", stderr: "" });
    } finally {
      await database.dispose();
    }
  });
});
