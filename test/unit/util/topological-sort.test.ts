import { describe, expect, it } from "vitest";
import { topologicalSort } from "../../../src/util/topological-sort.js";

const sort = (items: string, needs: Readonly<Record<string, string>>) =>
  topologicalSort([...items], (item) => [...(needs[item] ?? "")]);

describe("topologicalSort", () => {
  it("leaves items that need nothing as they are", () => {
    expect(sort("cab", {})).toEqual({ order: ["c", "a", "b"], cycles: [] });
  });

  it("leaves items in place whose needs come before them", () => {
    expect(sort("abcd", { d: "a", c: "ba" }).order.join("")).toBe("abcd");
  });

  it("puts what is needed right before the first that needs it", () => {
    expect(sort("abcd", { b: "d" }).order.join("")).toBe("adbc");
    expect(sort("abcd", { a: "dc" }).order.join("")).toBe("dcab");
  });

  it("ignores needs that are not among the items", () => {
    expect(sort("ab", { a: "xb" }).order.join("")).toBe("ba");
  });

  it("names a circle in the order of the needs, and gives all items all the same", () => {
    expect(sort("abcd", { a: "b", b: "c", c: "a", d: "a" })).toEqual({
      order: ["c", "b", "a", "d"],
      cycles: [["a", "b", "c"]],
    });
  });

  it("names an item that needs itself, and each circle once for each need that closes it", () => {
    expect(sort("ab", { a: "a", b: "b" }).cycles).toEqual([["a"], ["b"]]);
    expect(sort("abc", { a: "bc", b: "a", c: "a" }).cycles).toEqual([
      ["a", "b"],
      ["a", "c"],
    ]);
  });

  it("takes chains of 100,000", () => {
    const items = Array.from({ length: 100_000 }, (_, index) => index);
    const { order } = topologicalSort(items, (item) => (item + 1 < items.length ? [item + 1] : []));
    expect(order[0]).toBe(99_999);
  });
});
