import { describe, expect, it } from "vitest";
import { ConfigInvalidError, InternalError } from "../../../src/errors.js";
import {
  dateInTimezone,
  newRevisionId,
  REVISION_FILE_NAME,
  type RevisionFileNameParts,
  revisionFileName,
  slugOf,
} from "../../../src/revisions/revision-file-name.js";

const name = (parts: Partial<RevisionFileNameParts> = {}) =>
  revisionFileName({
    template: "{rev}_{slug}",
    id: "0f9e8d7c6b5a",
    slug: "add_users",
    date: new Date("2026-03-04T05:06:07.890Z"),
    timezone: "UTC",
    extension: "ts",
    ...parts,
  });

describe("newRevisionId", () => {
  it("makes 12 hexadecimal digits of six bytes", () => {
    expect(newRevisionId(Uint8Array.of(0, 1, 0xab, 0xff, 0x10, 0x0f, 0x99))).toBe("0001abff100f");
  });

  it("refuses fewer bytes", () => {
    expect(() => newRevisionId(new Uint8Array(5))).toThrow(InternalError);
  });
});

describe("slugOf", () => {
  it.each([
    ["Add user roles table", "add_user_roles_table"],
    ["  don't -- drop: users.email!  ", "don_t_drop_users_email"],
    ["Größe & Straße, naïve café", "gro_e_stra_e_naive_cafe"],
    ["ﬁx Ⅳ ①", "fix_iv_1"],
    ["snake_case stays", "snake_case_stays"],
    ["добавить", ""],
    ["", ""],
    ["../../etc/passwd", "etc_passwd"],
  ])("%j becomes %j", (message, expected) => {
    expect(slugOf(message, 40)).toBe(expected);
  });

  it("cuts a long one behind its last whole word and keeps the underscore", () => {
    expect(
      slugOf("this is a really long name with lots of characters and also\nI'd like it to\nhave\nnewlines", 40),
    ).toBe("this_is_a_really_long_name_with_lots_of_");
  });

  it("drops a last word that ends right at the cut, as it may go on", () => {
    expect(slugOf("aaa bbb cccc", 7)).toBe("aaa_");
    expect(slugOf("aaa bbb", 7)).toBe("aaa_bbb");
  });

  it("cuts a single long word where it must", () => {
    expect(slugOf("a".repeat(60), 40)).toBe("a".repeat(40));
  });
});

describe("revisionFileName", () => {
  it("joins id and slug by default", () => {
    expect(name()).toBe("0f9e8d7c6b5a_add_users.ts");
  });

  it("writes calendars with two digits, years with four", () => {
    expect(name({ template: "{year}{month}{day}_{hour}{minute}{second}_{rev}" })).toBe(
      "20260304_050607_0f9e8d7c6b5a.ts",
    );
    expect(name({ template: "{epoch}-{slug}", extension: "mts" })).toBe("1772600767-add_users.mts");
  });

  it("shows the time of the timezone, midnight as 00", () => {
    const date = new Date("2026-06-30T22:00:00Z");
    expect(name({ template: "{year}_{month}_{day}_{hour}", timezone: "Europe/Paris", date })).toBe("2026_07_01_00.ts");
    expect(name({ template: "{year}_{month}_{day}_{hour}", timezone: "america/new_york", date })).toBe(
      "2026_06_30_18.ts",
    );
  });

  it("writes dates as the clocks of the timezone show them, with their distance from UTC", () => {
    const summer = new Date("2026-06-30T22:00:00.123Z");
    const winter = new Date("2026-01-01T00:00:00.000Z");
    expect(dateInTimezone(summer, "UTC")).toBe("2026-06-30T22:00:00.123Z");
    expect(dateInTimezone(summer, "Europe/Paris")).toBe("2026-07-01T00:00:00.123+02:00");
    expect(dateInTimezone(winter, "America/New_York")).toBe("2025-12-31T19:00:00.000-05:00");
    expect(dateInTimezone(winter, "Asia/Kolkata")).toBe("2026-01-01T05:30:00.000+05:30");
    expect(Date.parse(dateInTimezone(summer, "America/St_Johns"))).toBe(summer.getTime());
  });

  it("refuses a timezone that does not exist", () => {
    expect(() => name({ timezone: "Mars/Olympus" })).toThrow(ConfigInvalidError);
    expect(() => name({ timezone: "Mars/Olympus" })).toThrow("there is no timezone called 'Mars/Olympus'");
  });

  it("makes directories", () => {
    expect(name({ template: "{year}/{month}/{rev}_{slug}" })).toBe("2026/03/0f9e8d7c6b5a_add_users.ts");
  });

  it("leaves nothing dangling behind the id when the message has no letters", () => {
    expect(name({ slug: "" })).toBe("0f9e8d7c6b5a.ts");
  });

  it("refuses a token that does not exist, and names those that do", () => {
    expect(() => name({ template: "{rev}_{week}" })).toThrow("fileTemplate has an unknown token '{week}'");
  });

  it.each([
    "../{rev}",
    "/{rev}",
    "{rev} {slug}",
    "a//{rev}",
    ".{rev}",
    "{rev}/",
    "-{rev}",
    "__init__",
    "{rev}.d",
    "a\\{rev}",
  ])("refuses '%s', whose files would not be found again", (template) => {
    expect(() => name({ template })).toThrow(ConfigInvalidError);
  });

  it.each([
    ["{slug}", "con", "con_.ts"],
    ["{slug}", "com1", "com1_.ts"],
    ["aux/{rev}", "x", "aux_/0f9e8d7c6b5a.ts"],
    ["nul.{rev}", "x", "nul_.0f9e8d7c6b5a.ts"],
    ["{slug}", "console", "console.ts"],
  ])("keeps %s for '%s' off the names of Windows' devices", (template, slug, expected) => {
    expect(name({ template, slug })).toBe(expected);
  });

  it("gives names that are found again", () => {
    expect(name()).toMatch(REVISION_FILE_NAME);
  });
});
