/** A process that takes the lock of a run in plain SQL, says so, and waits to be killed: `hold-lock.ts <url> <name>`, both percent-encoded. */
import { createHash } from "node:crypto";
import pg from "pg";

const [url, name] = process.argv.slice(2).map(decodeURIComponent);
const client = new pg.Client({ connectionString: url, application_name: "holder" });
await client.connect();
const object = createHash("sha256").update(name!).digest().readInt32BE(0);
await client.query("BEGIN");
await client.query("SELECT pg_advisory_xact_lock($1, $2)", [0x74736d67, object]);
process.stdout.write("held\n");
