import { describe, expect, it } from "vitest";
import { createRedactor } from "../../../src/cli/redact.js";

const PASSWORD = `p@ss:w/rd%#é'"`;
const URL_OF_IT = `postgres://me:${encodeURIComponent(PASSWORD)}@host/db`;

describe("what is printed", () => {
  it.each([
    ["as it is", PASSWORD],
    ["in a URL", encodeURIComponent(PASSWORD)],
    ["in a URL, with small letters", encodeURIComponent(PASSWORD).toLowerCase()],
    ["in a URL that is only half encoded", encodeURI(PASSWORD)],
    ["in a literal of SQL", PASSWORD.replaceAll("'", "''")],
    ["in JSON", JSON.stringify(PASSWORD).slice(1, -1)],
    ["in a literal of SQL in JSON", JSON.stringify(PASSWORD.replaceAll("'", "''")).slice(1, -1)],
  ])("shows no password %s", (_how, spelling) => {
    const redact = createRedactor([URL_OF_IT], []);
    expect(redact(`before ${spelling} after`)).toBe("before *** after");
  });

  it("shows no rest of a password that holds an @ and stands in a URL as it is", () => {
    const url = `sqlite://me:${PASSWORD}@host/app.db`;
    expect(createRedactor([url], [])(`on ${url}`)).toBe("on sqlite://me:***@host/app.db");
  });

  it("shows no password of a URL that nobody told of", () => {
    expect(createRedactor([], [])("on postgres://me:secret@host/db")).toBe("on postgres://me:***@host/db");
  });

  it("keeps the hashes and packed files of a script, which hold a short secret by chance", () => {
    const redact = createRedactor([], ["abc", "a long enough secret"]);
    const line = `VALUES ('1:${"abc0".repeat(16)}', '${"abcd".repeat(40)}=', 'abc')`;
    expect(redact(line)).toBe(line.replace("'abc'", "'***'"));
    const secret = "Rm9vYmFyQmF6UXV4Rm9vYmFyQmF6UXV4".repeat(4);
    expect(createRedactor([], [secret])(`'${secret}' '${secret}AAAA'`)).toBe("'***' '***AAAA'");
  });
});
