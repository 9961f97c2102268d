import { describe, expect, it } from "vitest";
import { nearest, typingDistance } from "../../../src/util/nearest.js";

describe("the distance of two words", () => {
  it.each([
    ["", "", 0],
    ["same", "same", 0],
    ["", "abc", 3],
    ["abc", "ab", 1],
    ["abc", "abcd", 1],
    ["abc", "axc", 1],
    ["abcd", "abdc", 1],
    ["ca", "abc", 3],
    ["kitten", "sitting", 3],
    ["a cat", "an act", 2],
  ])("of '%s' and '%s' is %d, in both directions", (a, b, distance) => {
    expect(typingDistance(a, b)).toBe(distance);
    expect(typingDistance(b, a)).toBe(distance);
  });
});

describe("the nearest word", () => {
  const words = ["upgrade", "downgrade", "history", "heads", "head"];

  it.each([
    ["ugrade", "upgrade"],
    ["upgarde", "upgrade"],
    ["DOWNGRADE", "downgrade"],
    ["hed", "head"],
    ["headz", "heads"],
  ])("to '%s' is '%s'", (given, expected) => {
    expect(nearest(given, words)).toBe(expected);
  });

  it("is the first of equally near ones", () => {
    expect(nearest("cat", ["bat", "rat"])).toBe("bat");
  });

  it.each(["", "x", "xyzzy", "database"])("to '%s' is none", (given) => {
    expect(nearest(given, words)).toBeUndefined();
  });
});
