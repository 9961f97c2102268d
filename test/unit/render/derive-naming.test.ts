import { describe, expect, it } from "vitest";
import { deriveNaming } from "../../../src/render/derive-naming.js";
import type { TableDef } from "../../../src/schema/schema.js";

interface Names {
  readonly key: string;
  readonly unique?: string;
  readonly foreignKey?: string;
  readonly check?: string;
  readonly index?: string;
}

/** A table with a column for each kind, all named as `names` says. */
function named(name: string, { key, unique, foreignKey, check, index }: Names): TableDef {
  const column = (of: string) => ({ name: of, type: { name: "integer" as const }, nullable: false });
  return {
    name,
    columns: ["id", "code", "owner_id", "score"].map(column),
    primaryKey: { name: key, columns: ["id"] },
    uniques: unique === undefined ? [] : [{ name: unique, columns: ["code"] }],
    foreignKeys:
      foreignKey === undefined
        ? []
        : [{ name: foreignKey, columns: ["owner_id"], target: { name: "users" }, targetColumns: ["id"] }],
    checks: check === undefined ? [] : [{ name: check, expression: "score > 0" }],
    indexes: index === undefined ? [] : [{ name: index, unique: false, elements: [{ column: "score" }] }],
  };
}

const server = (name: string) =>
  named(name, {
    ...{ key: `${name}_pkey`, unique: `${name}_code_key`, foreignKey: `${name}_owner_id_fkey` },
    ...{ check: `${name}_score_check`, index: `${name}_score_idx` },
  });

describe("deriveNaming", () => {
  it("finds the server's own names, by one table already", () => {
    const rules = {
      primaryKey: "{table}_pkey",
      unique: "{table}_{columns}_key",
      index: "{table}_{columns}_idx",
      foreignKey: "{table}_{columns}_fkey",
      check: "{table}_{columns}_check",
    };
    expect(deriveNaming([server("orders")], {})).toEqual({ rules, names: 5 });
    expect(deriveNaming([server("users"), server("user")], {})).toEqual({ rules, names: 10 });
    expect(deriveNaming([server("orders")], rules)).toBeNull();
  });

  it("finds rules of anybody's own that several names follow, whatever is part of what", () => {
    const own = (name: string) =>
      named(name, { key: `PK_${name}`, foreignKey: `FK_${name}_users_owner_id`, index: `index_${name}_on_score` });
    expect(deriveNaming([own("users"), own("id"), own("score_owner_id")], {})).toEqual({
      rules: {
        primaryKey: "PK_{table}",
        index: "index_{table}_on_{columns}",
        foreignKey: "FK_{table}_{target}_{columns}",
      },
      names: 9,
    });
  });

  it("says only what is another rule than the config's, and more names follow", () => {
    const mixed = (name: string) => named(name, { key: `pk_${name}`, index: `${name}_score_idx` });
    expect(deriveNaming([mixed("a"), mixed("b")], {})).toEqual({ rules: { index: "{table}_{columns}_idx" }, names: 2 });
    const conventional = (name: string) => named(name, { key: `pk_${name}`, index: `ix_${name}_score` });
    expect(deriveNaming([conventional("a"), server("b"), conventional("c")], {})).toMatchObject({
      rules: { unique: "{table}_{columns}_key" },
      names: 3,
    });
  });

  it("finds none in names that have nothing in common, and none that could not tell two tables apart", () => {
    expect(deriveNaming([named("a", { key: "one" }), named("b", { key: "two" })], {})).toBeNull();
    const same = (name: string) => named(name, { key: `pk_${name}`, index: "by_score" });
    expect(deriveNaming([same("a"), same("b")], {})).toBeNull();
    expect(deriveNaming([], {})).toBeNull();
  });
});
