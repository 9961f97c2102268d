/** Kysely, loaded by its first use: it is hundreds of files, and most revisions and models need none of them. */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { OperationNodeSource } from "kysely";
import { quoteName } from "./quote.js";

type KyselyModule = typeof import("kysely");

let loaded: KyselyModule | undefined;

/** The very copy that an `import` gives, and at once: Node.js can `require` an ES module. */
export function loadKysely(): KyselyModule {
  loaded ??= createRequire(import.meta.url)(fileURLToPath(import.meta.resolve("kysely"))) as KyselyModule;
  return loaded;
}

/** Where {@link templateText} finds what was written; the models may have loaded another copy of this package. */
const TEMPLATE = Symbol.for("tsmigrate.template");

interface Template {
  readonly fragments: TemplateStringsArray;
  readonly values: readonly unknown[];
}

/** Kysely's `sql`. Its templates become Kysely's own objects when somebody does with them what only those can. */
export const sql: KyselyModule["sql"] = new Proxy((() => undefined) as unknown as KyselyModule["sql"], {
  apply: (_, _self, [fragments, ...values]: [TemplateStringsArray, ...unknown[]]) =>
    lazyTemplate({ fragments, values }),
  get: (_, name) => Reflect.get(loadKysely().sql, name),
  has: (_, name) => Reflect.has(loadKysely().sql, name),
});

function lazyTemplate(template: Template): object {
  let made: object | undefined;
  const builder = () => {
    made ??= loadKysely().sql(template.fragments, ...template.values);
    return made;
  };
  return new Proxy(
    {},
    {
      get(_, name) {
        if (name === TEMPLATE) return template;
        // Whoever looks for a brand finds none. Kysely's objects have no symbols either.
        if (typeof name === "symbol") return undefined;
        // Whoever asks whether it is an expression need not wait for Kysely.
        if (name === "toOperationNode") return () => (builder() as OperationNodeSource).toOperationNode();
        const value: unknown = Reflect.get(builder(), name, builder());
        return typeof value === "function" ? value.bind(builder()) : value;
      },
      has: (_, name) => name === "toOperationNode" || (typeof name === "string" && Reflect.has(builder(), name)),
      getPrototypeOf: () => Reflect.getPrototypeOf(builder()),
    },
  );
}

/** The text of a template that holds nothing but text, names and templates of that kind; null for everything else. */
export function templateText(expression: object): string | null {
  const template = templateOf(expression);
  if (template === undefined) return null;
  let text = template.fragments[0]!;
  for (const [at, value] of template.values.entries()) {
    const said = valueText(value);
    if (said === null) return null;
    text += said + template.fragments[at + 1]!;
  }
  return text;
}

function valueText(value: unknown): string | null {
  if (typeof value !== "object" || value === null) return null;
  if (templateOf(value) !== undefined) return templateText(value);
  if (!("toOperationNode" in value)) return null;
  const node = (value as { toOperationNode(): { readonly kind: string; readonly name?: unknown } }).toOperationNode();
  return node.kind === "IdentifierNode" && typeof node.name === "string" ? quoteName(node.name) : null;
}

function templateOf(value: object): Template | undefined {
  return (value as { readonly [TEMPLATE]?: Template })[TEMPLATE];
}
