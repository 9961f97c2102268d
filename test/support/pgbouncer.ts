/** PgBouncer in transaction mode in front of a server. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, writeFileSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** The program, or null. `install`: from Debian's archive, where that can be done. */
export function findPgBouncer({ install }: { readonly install: boolean }): string | null {
  const find = () => ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"].find((path) => spawnSync(path, ["-V"]).status === 0);
  const found = find();
  if (found !== undefined) return found;
  if (!install) return null;
  if (process.getuid?.() !== 0 || spawnSync("apt-get", ["--version"]).status !== 0) return null;
  console.log("  installing PgBouncer");
  spawnSync("apt-get", ["update"], { stdio: "ignore" });
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  spawnSync("apt-get", ["install", "-y", "pgbouncer"], { stdio: "ignore", env });
  return find() ?? null;
}

export interface PgBouncer {
  url(database: string): string;
  close(): Promise<void>;
}

/** `folder` is for it alone; `serverUrl` is that of a superuser with a password. */
export async function startPgBouncer(program: string, folder: string, serverUrl: string): Promise<PgBouncer> {
  const { port: serverPort, password } = new URL(serverUrl);
  const port = await freePort();
  const file = join(folder, "pgbouncer.ini");
  writeFileSync(
    file,
    `[databases]
* = host=127.0.0.1 port=${serverPort} user=postgres password=${decodeURIComponent(password)}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
max_client_conn = 1000
default_pool_size = 20
logfile = ${join(folder, "log")}
`,
  );
  // It refuses to run as root.
  const id = (flag: string) => Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" }));
  const nobody = process.getuid?.() === 0 ? { uid: id("-u"), gid: id("-g") } : {};
  if (nobody.uid !== undefined) {
    chownSync(folder, nobody.uid, nobody.gid);
    chownSync(file, nobody.uid, nobody.gid);
    chmodSync(file, 0o600);
  }
  const child = spawn(program, [file], { ...nobody, stdio: "ignore" });
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error("PgBouncer does not start");
    await sleep(20);
  }
  return {
    url(database) {
      const url = new URL(serverUrl);
      url.port = String(port);
      url.pathname = `/${database}`;
      return url.href;
    },
    async close() {
      child.kill("SIGINT");
      await gone;
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
