/**
 * How the builders recognize each other's results. The symbols are global, so that two copies of the package in one
 * process understand each other; nothing here or elsewhere asks `instanceof`.
 */
export const columnBrand: unique symbol = Symbol.for("tsmigrate.column");
export const columnRefBrand: unique symbol = Symbol.for("tsmigrate.columnRef");
export const tableItemBrand: unique symbol = Symbol.for("tsmigrate.tableItem");
export const tableBrand: unique symbol = Symbol.for("tsmigrate.table");
export const viewBrand: unique symbol = Symbol.for("tsmigrate.view");
export const enumBrand: unique symbol = Symbol.for("tsmigrate.enum");
export const objectBrand: unique symbol = Symbol.for("tsmigrate.object");
export const privilegeBrand: unique symbol = Symbol.for("tsmigrate.privilege");
export const schemaBrand: unique symbol = Symbol.for("tsmigrate.schema");
export const wholeBrand: unique symbol = Symbol.for("tsmigrate.whole");

/** What an object carries under a brand, or undefined for anything else. */
export function branded<S>(value: unknown, brand: symbol): S | undefined {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  return (value as Readonly<Record<symbol, S | undefined>>)[brand];
}

/**
 * An immutable builder: `methods` as its prototype, `spec` under its brand. A method reads the spec from `this` and
 * gives a new builder.
 */
export function brandedObject<T>(methods: object, brand: symbol, spec: object): T {
  const object = Object.create(methods) as object;
  Object.defineProperty(object, brand, { value: Object.freeze(spec) });
  return Object.freeze(object) as T;
}
