/** What a generated revision says about the data, above the operation and when it is written. */
import { describe, expect, it } from "vitest";
import { tempProject } from "../support/temp-project.js";

const models = (columns: string) =>
  `import { integer, table, text, varchar } from "tsmigrate/schema";\nexport const users = table("users", { id: integer().primaryKey(), ${columns} });\n`;

async function written(from: string, to: string, ...args: readonly string[]) {
  const project = tempProject({ models: models(from) });
  for (const words of [["revision", "--autogenerate", "-m", "first"], ["upgrade"]]) {
    expect((await project.run(words)).exitCode).toBe(0);
  }
  project.write("models.ts", models(to));
  const made = await project.run(["revision", "--autogenerate", "-m", "second", "--json", ...args]);
  expect(made.exitCode).toBe(0);
  const name = project.revisions().find((file) => file.includes("second"));
  const [, upgrade = "", downgrade = ""] = project.read(`migrations/versions/${name}`).split("export async function");
  return { upgrade, downgrade, warnings: made.json().warnings as readonly string[] };
}

describe("a generated revision", () => {
  it("says above everything that destroys data what is lost, in both directions", async () => {
    const { upgrade, downgrade } = await written(
      "a: varchar(50), b: integer()",
      "c: varchar(20), b: integer()",
      "--no-renames",
    );
    expect(upgrade).toContain('  // destroys data: users.a (varchar(50))\n  await op.dropColumn("users", "a");');
    expect(downgrade).toContain('  // destroys data: users.c (varchar(20))\n  await op.dropColumn("users", "c");');
    const narrowed = await written("a: varchar(50)", "a: varchar(20)");
    expect(narrowed.upgrade).toContain(
      "// destroys data: users.a (varchar(50) to varchar(20) may change or refuse values)",
    );
    expect(narrowed.downgrade).not.toContain("destroys");
  });

  it("says how a column that must have a value is added to a table with rows", async () => {
    const { upgrade, warnings } = await written("a: text()", "a: text(), email: text().notNull()");
    expect(warnings).toEqual([expect.stringContaining("users.email is NOT NULL and has no default")]);
    expect(upgrade).toContain(`  // fails if users has rows. Three steps instead: leave out notNull() here,
  // fill it with op.execute("UPDATE …"), then op.alterColumn("users", "email", { nullable: false })
  await op.addColumn("users", "email", text().notNull());`);
  });

  it("warns of rows that hold NULL where a column becomes NOT NULL", async () => {
    const { warnings } = await written("a: text()", "a: text().notNull()");
    expect(warnings).toEqual([
      expect.stringContaining("users.a becomes NOT NULL: the upgrade fails while a row holds NULL"),
    ]);
  });
});
