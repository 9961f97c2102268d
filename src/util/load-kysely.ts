/** Kysely, loaded by its first use: it is hundreds of files, and most revisions and models need none of them. */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

type KyselyModule = typeof import("kysely");

let loaded: KyselyModule | undefined;

/** The very copy that an `import` gives, and at once: Node.js can `require` an ES module. */
export function loadKysely(): KyselyModule {
  loaded ??= createRequire(import.meta.url)(fileURLToPath(import.meta.resolve("kysely"))) as KyselyModule;
  return loaded;
}

/** Kysely's `sql`. */
export const sql: KyselyModule["sql"] = new Proxy((() => undefined) as unknown as KyselyModule["sql"], {
  apply: (_, self, args) => Reflect.apply(loadKysely().sql, self, args),
  get: (_, name) => Reflect.get(loadKysely().sql, name),
  has: (_, name) => Reflect.has(loadKysely().sql, name),
});
