/**
 * One PostgreSQL server a run, started when the first test asks for it.
 *
 * Tests run in workers, so they ask over a loopback port, which is handed to them as `postgresBroker`.
 */
import { createServer } from "node:http";
import type { TestProject } from "vitest/node";
import { type PostgresServer, startPostgresServer } from "./postgres-server.js";

export type BrokerAnswer = { readonly url: string; readonly socketUrl: string } | { readonly error: string };

declare module "vitest" {
  interface ProvidedContext {
    postgresBroker: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
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
