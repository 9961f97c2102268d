import { createServer } from "node:net";
import { inspect } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { ConnectionError, type TsMigrateError } from "../../src/errors.js";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { connectClient, connectPostgres, withPostgres } from "../support/postgres-connection.js";

/** Every character that means something in a URL, in SQL or to a shell. */
const PASSWORD = "p%25/&=#@:?'\"$\\ ;ü×😀";

describe.each(POSTGRES_DIALECTS)("connecting to $name", ({ open }) => {
  it("says that nothing listens", async () => {
    const error = await refusal("postgres://u@127.0.0.1:1/x");
    expect(error.message).toBe("no PostgreSQL server listens at '127.0.0.1:1'");
    expect(error.hint).toBe("Start the server, or correct host and port in the URL.");
  });

  it("says that a host is not known", async () => {
    expect((await refusal("postgres://u@no-such-host.invalid/x")).message).toBe(
      "the host 'no-such-host.invalid' is not known",
    );
  });

  it("says that a server does not answer", async () => {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const error = await refusal(`postgres://u@127.0.0.1:${port}/x?connect_timeout=1`);
    expect(error.message).toBe(`the server at '127.0.0.1:${port}' does not answer`);
  });

  it("says that there is no socket", async () => {
    expect((await refusal("postgres://u@/x?host=/tmp/nowhere")).message).toBe(
      "no PostgreSQL server listens at the socket in '/tmp/nowhere'",
    );
  });

  it("says that the password is wrong", async () => {
    await withPostgres(open, async (_connection, url) => {
      const error = await refusal(url.replace(/:[^:@]*@/, ":wrong@"));
      expect(error.message).toBe(`the server refuses the password of user '${new URL(url).username}'`);
    });
  });

  it("says that there is no such database, and how to make it", async () => {
    await withPostgres(open, async (_connection, url) => {
      const error = await refusal(url.replace(/\/[^/]*$/, "/shop"));
      expect(error.message).toBe("there is no database 'shop'");
      expect(error.hint).toBe("Run `createdb shop`.");
    });
  });

  it("says that the role may not log in", async () => {
    await withPostgres(open, async (connection, url) => {
      await withRole(connection, "NOLOGIN PASSWORD 'secret'", async (role) => {
        const error = await refusal(url.replace(/\/\/[^@]*@/, `//${role}:secret@`));
        expect(error.message).toMatch(new RegExp(`^the server at .* does not let user '${role}' into database`));
      });
    });
  });

  it("says that there is no free connection", async () => {
    await withPostgres(open, async (connection, url) => {
      await withRole(connection, "LOGIN CONNECTION LIMIT 0 PASSWORD 'secret'", async (role) => {
        const error = await refusal(url.replace(/\/\/[^@]*@/, `//${role}:secret@`));
        expect(error.message).toMatch(/has no free connection$/);
      });
    });
  });

  it("does not go on in plain text when TLS is asked for and not offered", async () => {
    await withPostgres(open, async (_connection, url) => {
      const error = await refusal(`${url}?sslmode=require`);
      expect(error.message).toMatch(/^the server at .* offers no encryption$/);
    });
  });

  it("takes a password with every special character, and shows it nowhere", async () => {
    await withPostgres(open, async (connection, url) => {
      const literal = `'${PASSWORD.replaceAll("'", "''")}'`;
      await withRole(connection, `LOGIN PASSWORD ${literal}`, async (role) => {
        const secretUrl = url.replace(/\/\/[^@]*@/, `//${role}:${encodeURIComponent(PASSWORD)}@`);
        const other = await connectPostgres(secretUrl);
        const errors: unknown[] = [
          await refusal(secretUrl.replace(/\/[^/]*$/, "/nowhere")),
          await refusal(secretUrl.replace(/:\d+\//, ":1/")),
          await refusal(`${secretUrl}?sslmode=require`),
          await other.query("SELECT nonsense").catch((error: unknown) => error),
        ];
        const client = await connectClient(url);
        await client.query("SELECT pg_terminate_backend($1)", [other.facts.processId]);
        await client.end();
        errors.push(await other.query("SELECT 1").catch((error: unknown) => error));
        const text = [other.description, inspect(other), ...errors.flatMap(shown)].join("\n");
        for (const secret of [PASSWORD, encodeURIComponent(PASSWORD), PASSWORD.slice(0, 8)])
          expect(text).not.toContain(secret);
        expect(errors).toHaveLength(5);
      });
    });
  });
});

async function refusal(url: string): Promise<ConnectionError> {
  const error = await connectPostgres(url).then(
    async (connection) => {
      await connection.close();
      throw new Error("it connected");
    },
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ConnectionError);
  return error as ConnectionError;
}

async function withRole(
  connection: Awaited<ReturnType<typeof connectPostgres>>,
  attributes: string,
  use: (role: string) => Promise<void>,
): Promise<void> {
  const role = `tsm_role_${connection.facts.processId}`;
  await connection.script(`CREATE ROLE ${role} ${attributes}`);
  try {
    await use(role);
  } finally {
    await connection.script(`DROP ROLE ${role}`);
  }
}

/** Everything of an error that could be printed. */
function shown(error: unknown): readonly string[] {
  const { message, hint, stack } = error as TsMigrateError;
  return [message, hint ?? "", stack ?? "", JSON.stringify(error), inspect(error, { depth: 10, showHidden: true })];
}
