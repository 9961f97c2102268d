import { describe, expect, it } from "vitest";
import { brokenDriver, loadDriver, refuseWrongNode } from "../../../../src/dialects/sqlite/connection/driver.js";
import { fitsRange } from "../../../../src/dialects/sqlite/connection/node-range.js";

describe("fitsRange", () => {
  it.each([
    ["22.0.0", ">=22", true],
    ["20.20.2", ">=22", false],
    ["20.19.0", "20.x || 22.x || 23.x || 24.x", true],
    ["21.0.0", "20.x || 22.x || 23.x || 24.x", false],
    ["22.12.0", "^20.19 || ^22.12 || >=24", true],
    ["22.11.9", "^20.19 || ^22.12 || >=24", false],
    ["23.1.0", "^20.19 || ^22.12 || >=24", false],
    ["18.3.1", ">=16 <18.3.2", true],
    ["18.3.2", ">= 16 < 18.3.2", false],
    ["20.4.5", "~20.4.1", true],
    ["20.5.0", "~20.4.1", false],
    ["14.2.0", "12 - 14", true],
    ["15.0.0", "12 - 14", false],
    ["20.0.0", "*", true],
    ["20.0.0", "something else", true],
    ["25.0.0-nightly", ">24", true],
    ["24.9.9", ">24", false],
  ])("%s in '%s': %s", (version, range, fits) => {
    expect(fitsRange(version, range)).toBe(fits);
  });
});

describe("the driver", () => {
  it("that does not run on this Node.js is refused before it is loaded, with the one that does", () => {
    const found = { version: "13.2.0", engines: ">=22" };
    expect(() => refuseWrongNode(found, "22.0.0")).not.toThrow();
    expect(() => refuseWrongNode(found, "20.20.2")).toThrow(
      expect.objectContaining({
        code: "TSM_DRIVER_MISSING",
        message: "better-sqlite3 13.2.0 needs Node.js >=22, this is 20.20.2",
        hint: expect.stringContaining("npm install better-sqlite3@12"),
      }),
    );
  });

  it.each([
    [
      "Could not locate the bindings file. Tried:\n → /x/build/better_sqlite3.node",
      "without its native binding",
      "npm install-scripts approve better-sqlite3",
    ],
    [
      "The module was compiled against a different Node.js version using\nNODE_MODULE_VERSION 115.",
      "built for another version of Node.js",
      "npm rebuild better-sqlite3",
    ],
    ["something odd\nand more", "cannot be loaded: something odd", "npm rebuild better-sqlite3"],
  ])("that fails with '%s' says so in a sentence, with the command", (message, sentence, command) => {
    const error = brokenDriver({ version: "12.0.0", directory: "/x" }, new Error(message));
    expect(error.message).toContain(sentence);
    expect(error.message).not.toContain("\n");
    expect(error.hint).toContain(command);
  });

  it("is found from our own location when the project has none", () => {
    expect(loadDriver(["/"]).entry).toContain("better-sqlite3");
  });
});
