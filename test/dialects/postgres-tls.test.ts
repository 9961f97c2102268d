import { readFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { describe, expect, it, onTestFinished } from "vitest";
import { ConnectionError } from "../../src/errors.js";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { connectPostgres, withPostgres } from "../support/postgres-connection.js";

const FOLDER = join(import.meta.dirname, "../fixtures/tls");
const CERTIFICATE = join(FOLDER, "server.crt");

describe.each(POSTGRES_DIALECTS)("an encrypted connection to $name", ({ open }) => {
  it.each(["prefer", "require", "verify-ca", "verify-full"])(
    "with sslmode=%s is refused when the certificate is not trusted",
    async (mode) => {
      await withPostgres(open, async (_connection, url) => {
        const server = await encryptedServer(url);
        const error = await connectPostgres(`${server.url}?sslmode=${mode}`).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(ConnectionError);
        expect((error as ConnectionError).message).toMatch(
          /^the certificate of the server at '127\.0\.0\.1:\d+' is not trusted: self-signed certificate$/,
        );
        expect((error as ConnectionError).hint).toMatch(/sslrootcert=<file>/);
        expect(server.startups()).toBe(0);
      });
    },
  );

  it("is made when the certificate is the one of sslrootcert, for the lock as well", async () => {
    await withPostgres(open, async (_connection, url) => {
      const server = await encryptedServer(url);
      await using connection = await connectPostgres(
        `${server.url}?sslmode=verify-full&sslrootcert=${encodeURIComponent(CERTIFICATE)}`,
      );
      expect((await connection.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
      await using _held = await connection.lock({ name: "x", timeoutMilliseconds: 0, onWait: () => undefined });
      expect(server.startups()).toBe(2);
    });
  });

  it("is made without verifying for who says so", async () => {
    await withPostgres(open, async (_connection, url) => {
      const server = await encryptedServer(url);
      await using connection = await connectPostgres(`${server.url}?sslmode=no-verify`);
      expect((await connection.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
      expect(server.startups()).toBe(1);
    });
  });
});

/** A server in between that takes encrypted connections only, and counts those that come to speak. */
async function encryptedServer(url: string): Promise<{ readonly url: string; readonly startups: () => number }> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let startups = 0;
  const server = createServer((raw) => {
    sockets.add(raw);
    raw.on("error", () => undefined);
    // The first eight bytes ask for encryption, and S agrees.
    raw.once("data", () => {
      raw.write("S");
      const secure = new TLSSocket(raw, {
        isServer: true,
        key: readFileSync(join(FOLDER, "server.key")),
        cert: readFileSync(CERTIFICATE),
      });
      secure.on("error", () => undefined);
      secure.once("data", (chunk) => {
        startups++;
        const upstream = connect(Number(target.port), target.hostname);
        sockets.add(upstream);
        upstream.on("error", () => undefined).write(chunk);
        upstream.pipe(secure).pipe(upstream);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const through = new URL(url);
  through.port = String((server.address() as { port: number }).port);
  return { url: through.href, startups: () => startups };
}
