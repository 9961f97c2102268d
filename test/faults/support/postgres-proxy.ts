/**
 * A proxy that reads PostgreSQL's protocol and lets something happen at a chosen message: the connection is cut before it
 * arrives, or its statement is another one.
 *
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
import { connect, createServer, type Socket } from "node:net";

export interface Message {
  /** Of all messages of all connections, in the order of their arrival here, from 1. */
  readonly number: number;
  readonly from: "client" | "server";
  /** The letter; empty for the first message of a client. */
  readonly type: string;
  /** Of a query, or of one that is to be parsed. */
  readonly sql: string | undefined;
}

/** What becomes of a message: it passes, its connection or all of them are cut before it, or it says something else. */
export type Fate = "pass" | "cut" | "cutAll" | { readonly sql: string };

export interface MessageProxy {
  /** The server's URL with our address. */
  readonly url: (database: string) => string;
  /** Messages so far. */
  count(): number;
  close(): Promise<void>;
}

export async function startProxy(serverUrl: string, decide: (message: Message) => Fate): Promise<MessageProxy> {
  const target = new URL(serverUrl);
  let number = 0;
  const open = new Set<() => void>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    const end = () => {
      open.delete(end);
      client.destroy();
      upstream.destroy();
    };
    open.add(end);
    const meet = (from: "client" | "server", to: Socket) => (type: string, whole: Buffer) => {
      const fate = decide({ number: ++number, from, type, sql: sqlOf(from, type, whole) });
      if (fate === "cut") end();
      else if (fate === "cutAll") for (const cut of [...open]) cut();
      else to.write(fate === "pass" ? whole : withSql(type, whole, fate.sql));
      return typeof fate === "object" || fate === "pass";
    };
    pass(client, end, meet("client", upstream), true);
    pass(upstream, end, meet("server", client), false);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", 512, resolve));
  const { port } = server.address() as { port: number };
  return {
    url(database) {
      const url = new URL(serverUrl);
      url.port = String(port);
      url.pathname = `/${database}`;
      url.searchParams.set("sslmode", "disable");
      return url.href;
    },
    count: () => number,
    async close() {
      for (const end of [...open]) end();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Cuts the stream into messages; `take` says whether to go on. */
function pass(
  socket: Socket,
  end: () => void,
  take: (type: string, whole: Buffer) => boolean,
  startsUntyped: boolean,
): void {
  let rest = Buffer.alloc(0);
  let isFirst = startsUntyped;
  socket.setNoDelay(true);
  socket.on("error", end).on("close", end);
  socket.on("data", (data) => {
    rest = Buffer.concat([rest, data]);
    for (;;) {
      const head = isFirst ? 0 : 1;
      if (rest.length < head + 4) return;
      const length = head + rest.readInt32BE(head);
      if (rest.length < length) return;
      const whole = rest.subarray(0, length);
      rest = rest.subarray(length);
      const type = isFirst ? "" : String.fromCharCode(whole[0]!);
      isFirst = false;
      if (!take(type, whole)) return;
    }
  });
}

function sqlOf(from: "client" | "server", type: string, whole: Buffer): string | undefined {
  if (from === "server") return undefined;
  if (type === "Q") return whole.toString("utf8", 5, whole.length - 1);
  if (type !== "P") return undefined;
  const name = whole.indexOf(0, 5);
  return whole.toString("utf8", name + 1, whole.indexOf(0, name + 1));
}

function withSql(type: string, whole: Buffer, sql: string): Buffer {
  const text = Buffer.from(`${sql}\0`);
  const name = type === "P" ? whole.subarray(5, whole.indexOf(0, 5) + 1) : Buffer.alloc(0);
  const after = type === "P" ? whole.subarray(whole.indexOf(0, 5 + name.length) + 1) : Buffer.alloc(0);
  const body = Buffer.concat([name, text, after]);
  const head = Buffer.alloc(5);
  head.write(type, 0, "latin1");
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
