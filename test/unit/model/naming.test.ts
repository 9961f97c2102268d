import { describe, expect, it } from "vitest";
import { conventionalName, cutName, DEFAULT_NAMING, freeName } from "../../../src/schema/naming.js";

describe("conventionalName", () => {
  it("names every kind after its table and columns", () => {
    const parts = { table: "orders", columns: ["user_id", "shop_id"], target: "users" };
    expect(conventionalName("primaryKey", parts)).toBe("pk_orders");
    expect(conventionalName("unique", parts)).toBe("uq_orders_user_id_shop_id");
    expect(conventionalName("index", parts)).toBe("ix_orders_user_id_shop_id");
    expect(conventionalName("foreignKey", parts)).toBe("fk_orders_user_id_shop_id_users");
    expect(conventionalName("check", parts)).toBe("ck_orders_user_id_shop_id");
  });

  it("leaves out the underscore before columns that are none", () => {
    expect(conventionalName("check", { table: "orders", columns: [] })).toBe("ck_orders");
  });

  it("takes a template for one kind and keeps the default for the others", () => {
    const naming = { index: "{table}_{columns}_idx" };
    expect(conventionalName("index", { table: "a", columns: ["b"] }, naming)).toBe("a_b_idx");
    expect(conventionalName("unique", { table: "a", columns: ["b"] }, naming)).toBe("uq_a_b");
  });

  it("takes a function", () => {
    const naming = { ...DEFAULT_NAMING, unique: (parts: { columns: readonly string[] }) => `u${parts.columns.length}` };
    expect(conventionalName("unique", { table: "a", columns: ["b", "c"] }, naming)).toBe("u2");
  });

  it("does not read placeholders that a table's name happens to hold", () => {
    expect(conventionalName("index", { table: "{columns}", columns: ["$&"] })).toBe("ix_{columns}_$&");
  });

  it("counts up where the name is taken", () => {
    const taken = new Set(["ck_a_b", "ck_a_b_2"]);
    expect(conventionalName("check", { table: "a", columns: ["b"] }, DEFAULT_NAMING, taken)).toBe("ck_a_b_3");
  });
});

describe("cutName", () => {
  it("keeps a name of exactly 63 bytes", () => {
    expect(cutName("a".repeat(63))).toBe("a".repeat(63));
    expect(cutName(`${"a".repeat(61)}é`)).toBe(`${"a".repeat(61)}é`);
  });

  it("cuts a longer name to 63 bytes with a hash of the whole", () => {
    const cut = cutName("a".repeat(64));
    expect(cut).toMatch(/^a{54}_[0-9a-f]{8}$/);
    expect(cut).toBe(cutName("a".repeat(64)));
    expect(cut).not.toBe(cutName("a".repeat(65)));
  });

  it.each(["é", "漢", "😀"])("never cuts through a character: %s", (character) => {
    for (let ascii = 0; ascii < 5; ascii += 1) {
      const cut = cutName("x".repeat(ascii) + character.repeat(40));
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(63);
      expect(Buffer.byteLength(cut)).toBeGreaterThan(63 - Buffer.byteLength(character));
      expect(Buffer.from(cut).toString("utf8")).toBe(cut);
      expect(cut.slice(0, -9)).toBe(
        "x".repeat(ascii) + character.repeat(((cut.length - 9 - ascii) / character.length) | 0),
      );
    }
  });
});

describe("freeName", () => {
  it("keeps apart names that are the same after the cut", () => {
    const long = "n".repeat(80);
    const first = freeName(long, new Set());
    const second = freeName(long, new Set([first]));
    expect(second).not.toBe(first);
    expect(Buffer.byteLength(second)).toBe(63);
  });
});
