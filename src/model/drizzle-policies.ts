/** Policies of Drizzle: those among the parts of a table, and those that are exported and linked to one. */
import { ModelInvalidError } from "../errors.js";
import type { PolicyDef } from "../schema/objects.js";
import { compact } from "../schema/schema.js";
import type { DrizzlePolicy, DrizzleSql, DrizzleTableConfig } from "./drizzle-api.js";
import { bareSqlText, type DrizzleContext } from "./drizzle-sql.js";

export function drizzlePolicy(policy: DrizzlePolicy, table: DrizzleTableConfig, context: DrizzleContext): PolicyDef {
  const sql = (value: DrizzleSql | undefined) =>
    value === undefined ? undefined : bareSqlText(value, `the policy '${policy.name}'`, context);
  const roles = [policy.to ?? []].flat().map(roleName);
  return {
    kind: "policy",
    name: policy.name,
    table: compact({ name: table.name, schema: table.schema }),
    ...compact({
      restrictive: policy.as === "restrictive" ? (true as const) : undefined,
      command: policy.for === undefined || policy.for === "all" ? undefined : (policy.for as "select"),
      roles: roles.length === 0 || roles.includes("public") ? undefined : roles.sort(),
      using: sql(policy.using),
      withCheck: sql(policy.withCheck),
    }),
  };
}

/** Of `"current_user"`, or of a `pgRole`: whether it says that it exists already does not matter, as none is made. */
function roleName(role: unknown): string {
  return typeof role === "string" ? role : (role as { readonly name: string }).name;
}

/** The tables with what else they have: policies that are exported by themselves. */
export function withLinkedPolicies(
  configs: readonly DrizzleTableConfig[],
  linked: readonly DrizzlePolicy[],
  { api }: DrizzleContext,
): readonly DrizzleTableConfig[] {
  const isSame = (a: DrizzleTableConfig, b: DrizzleTableConfig) => a.name === b.name && a.schema === b.schema;
  const targets = linked.flatMap((policy) =>
    policy._linkedTable === undefined ? [] : [{ policy, table: api.getTableConfig(policy._linkedTable) }],
  );
  const lost = targets.find(({ table }) => !configs.some((config) => isSame(config, table)));
  if (lost !== undefined) {
    throw new ModelInvalidError(
      `the policy '${lost.policy.name}' is linked to the table '${lost.table.name}', which the models do not export`,
      { table: lost.table.name, hint: "Export the table too." },
    );
  }
  return configs.map((config) => {
    const own = targets.filter(({ table }) => isSame(config, table)).map(({ policy }) => policy);
    return own.length === 0 ? config : { ...config, policies: [...(config.policies ?? []), ...own] };
  });
}
