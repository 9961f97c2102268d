import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { clientSettings } from "../../../../src/dialects/postgres/connection/client-config.js";
import { UsageError } from "../../../../src/errors.js";

describe("clientSettings", () => {
  it("asks for no encryption when nobody does", () => {
    expect(clientSettings("postgres://u@h/d", {}).config).toMatchObject({
      connectionString: "postgres://u@h/d",
      ssl: false,
    });
  });

  it.each([
    ["prefer", "verify-full"],
    ["require", "verify-full"],
    ["verify-ca", "verify-full"],
    ["verify-full", "verify-full"],
    ["no-verify", "no-verify"],
    ["disable", "disable"],
  ])("sslmode=%s means %s", (given, mode) => {
    const settings = clientSettings(`postgres://u@h/d?sslmode=${given}&x=1`, {});
    expect(settings.sslMode).toBe(mode);
    expect(settings.config.connectionString).toBe("postgres://u@h/d?x=1");
    const ssl = mode === "disable" ? false : { rejectUnauthorized: mode !== "no-verify" };
    expect(settings.config.ssl).toEqual(ssl);
    expect(clientSettings("postgres://u@h/d", { PGSSLMODE: given }).sslMode).toBe(mode);
  });

  it("weakens that only for who asks for libpq's own meaning", () => {
    const mode = (query: string) => clientSettings(`postgres://u@h/d?uselibpqcompat=true&${query}`, {}).sslMode;
    expect(mode("sslmode=require")).toBe("no-verify");
    expect(mode("sslmode=verify-full")).toBe("verify-full");
  });

  it("refuses an unknown sslmode", () => {
    expect(() => clientSettings("postgres://u@h/d?sslmode=requrie", {})).toThrow(UsageError);
    expect(() => clientSettings("postgres://u@h/d?ssl=maybe", {})).toThrow("sslmode 'maybe' is not known");
  });

  it("reads the files of certificates, and says which cannot be read", () => {
    const folder = mkdtempSync(join(tmpdir(), "tsmigrate-pem-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "ca.pem");
    writeFileSync(file, "PEM");
    const url = `postgres://u@h/d?sslrootcert=${encodeURIComponent(file)}`;
    expect(clientSettings(url, {})).toMatchObject({ sslMode: "verify-full", config: { ssl: { ca: "PEM" } } });
    expect(() => clientSettings("postgres://u@h/d?sslcert=/nowhere.pem", {})).toThrow(
      "the file '/nowhere.pem' of sslcert cannot be read",
    );
  });

  it("does not encrypt a socket", () => {
    expect(clientSettings("postgres://u@/d?host=/run/postgresql&sslmode=require", {}).config.ssl).toBe(false);
    expect(clientSettings("postgres://u@%2Frun%2Fpostgresql/d", { PGSSLMODE: "require" }).config.ssl).toBe(false);
  });

  it.each([
    "postgres://user:pa/ss@host/db",
    "postgres://user:pa#ss@host/db",
    "postgres://user:12?ss@host/db",
    "postgres://user:12/ss@host/db",
    "postgres://user:p@12/ss@host/db",
    "postgres://user:pass@host:port/db",
  ])("does not take part of the password of %s for a host or a database", (url) => {
    const error = (() => {
      try {
        clientSettings(url, {});
      } catch (thrown) {
        return thrown as UsageError;
      }
    })();
    expect(error).toBeInstanceOf(UsageError);
    for (const secret of ["ss@", "pa/", "pa#", "pass", "12"]) expect(error!.message).not.toContain(secret);
  });

  it.each([
    "postgres://",
    "postgres:///db?user=a@b",
    "postgres://u:p@/db?host=/tmp",
    "postgres://[::1]:5432/db",
    "postgres://u:p%40%2F@h:1/d",
  ])("takes %s", (url) => {
    expect(() => clientSettings(url, {})).not.toThrow();
  });

  it("knows whether the user named the application", () => {
    expect(clientSettings("postgres://h/d", {}).namesApplication).toBe(false);
    expect(clientSettings("postgres://h/d?application_name=x", {}).namesApplication).toBe(true);
    expect(clientSettings("postgres://h/d", { PGAPPNAME: "x" }).namesApplication).toBe(true);
  });

  it("waits a while for an answer, and as long as it is told", () => {
    expect(clientSettings("postgres://h/d", {}).config.connectionTimeoutMillis).toBe(15_000);
    expect(clientSettings("postgres://h/d?connect_timeout=3", {}).config.connectionTimeoutMillis).toBe(3_000);
    expect(clientSettings("postgres://h/d", { PGCONNECT_TIMEOUT: "0" }).config.connectionTimeoutMillis).toBe(0);
  });
});
