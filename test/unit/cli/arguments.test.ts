import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePlainArguments } from "../../../src/cli/arguments.js";
import { commands } from "../../../src/cli/commands/index.js";
import { parseArguments } from "../../../src/cli/program.js";
import { TsMigrateError } from "../../../src/errors.js";
import { holds } from "../../support/laws.js";

const names = commands.flatMap(({ name, alias }) => (alias === undefined ? [name] : [name, alias]));
const word = fc.constantFrom(
  ...names,
  "help",
  "head",
  "+1",
  "a1b2:head",
  "billing@-1",
  "",
  "-1",
  "-i",
  "--json",
  "--",
  "x",
);

describe("arguments without flags", () => {
  it("mean what commander takes them for", () => {
    holds(
      fc.property(fc.constantFrom(...names, "upgrde", "help"), fc.array(word, { maxLength: 3 }), (name, words) => {
        const plain = parsePlainArguments([name, ...words], commands);
        if (plain !== null) expect(plain).toEqual(parseArguments([name, ...words], commands, "1.0.0"));
      }),
      500,
    );
  });

  it.each([
    "current",
    "history",
    "heads",
    "check",
    "upgrade",
    "upgrade head",
    "downgrade base",
    "show a b c",
    "status",
  ])("'%s' is read without commander", (line) => {
    expect(parsePlainArguments(line.split(" "), commands)).not.toBeNull();
  });

  it.each(["", "upgrde", "current head", "downgrade", "upgrade -1", "heads --write", "--json current", "help"])(
    "'%s' is left to commander",
    (line) => {
      expect(parsePlainArguments(line === "" ? [] : line.split(" "), commands)).toBeNull();
      if (!/^(?:upgrade|heads|--json|help)/.test(line))
        expect(() => parseArguments(line.split(" ").filter(Boolean), commands, "1.0.0")).toThrow(TsMigrateError);
    },
  );
});
