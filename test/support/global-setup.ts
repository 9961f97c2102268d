/**
 * One PostgreSQL server a run, started when the first test asks for it.
 *
 * Tests run in workers, so they ask over a loopback port, which is handed to them as `postgresBroker`. A seed that is drawn
 * for the laws is one for all workers, too.
 */
import { createServer } from "node:http";
import type { TestProject } from "vitest/node";
import { LAW_SEED_NAME, seedOf } from "./law-seed.js";
import { type PostgresServer, startPostgresServer } from "./postgres-server.js";

export type BrokerAnswer = { readonly url: string; readonly socketUrl: string } | { readonly error: string };

declare module "vitest" {
  interface ProvidedContext {
    postgresBroker: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (process.env[LAW_SEED_NAME] === "random") {
    const seed = String(seedOf("random", Math.random));
    process.env[LAW_SEED_NAME] = seed;
    process.stderr.write(`laws by ${LAW_SEED_NAME}=${seed}\n`);
  }
  let server: Promise<PostgresServer> | undefined;
  const answer = async (): Promise<BrokerAnswer> => {
    server ??= startPostgresServer();
    try {
      const { url, socketUrl } = await server;
      return { url, socketUrl };
    } catch (error) {
      return { error: (error as Error).message };
    }
  };
  const broker = createServer((_request, response) => {
    answer().then((text) => response.end(JSON.stringify(text)));
  });
  await new Promise<void>((resolve) => broker.listen(0, "127.0.0.1", resolve));
  const { port } = broker.address() as { port: number };
  project.provide("postgresBroker", `http://127.0.0.1:${port}/`);
  return async () => {
    broker.closeAllConnections();
    broker.close();
    await server?.then(
      (started) => started.stop(),
      () => undefined,
    );
  };
}
