/**
 * A PostgreSQL database as its catalogs hold it: every row of every catalog that belongs to a schema, whatever its columns
 * are, with names where the numbers of objects are. For servers that the pg_dump of this machine is too old for (14 on).
 */
import pg from "pg";

type Value = unknown;
type Row = Readonly<Record<string, Value>>;

/** The column that says whose row it is, where that is not `oid`; and what says in words what a row holds as a tree. */
const CATALOGS: Readonly<Record<string, { readonly of?: string; readonly texts?: string }>> = {
  pg_namespace: {},
  pg_class: {
    texts: `'bounds', pg_get_expr(t.relpartbound, t.oid), 'view', CASE WHEN t.relkind IN ('v', 'm') THEN pg_get_viewdef(t.oid) END`,
  },
  pg_attribute: { of: "attrelid" },
  pg_attrdef: { texts: `'value', pg_get_expr(t.adbin, t.adrelid)` },
  pg_constraint: { texts: `'text', pg_get_constraintdef(t.oid)` },
  pg_index: { of: "indexrelid", texts: `'text', pg_get_indexdef(t.indexrelid)` },
  pg_inherits: { of: "inhrelid" },
  pg_partitioned_table: { of: "partrelid", texts: `'text', pg_get_partkeydef(t.partrelid)` },
  pg_sequence: { of: "seqrelid" },
  pg_trigger: { texts: `'text', pg_get_triggerdef(t.oid)` },
  pg_rewrite: { texts: `'text', pg_get_ruledef(t.oid)` },
  pg_policy: { texts: `'using', pg_get_expr(t.polqual, t.polrelid), 'check', pg_get_expr(t.polwithcheck, t.polrelid)` },
  pg_statistic_ext: { texts: `'text', pg_get_statisticsobjdef(t.oid)` },
  pg_type: {
    texts: `'labels', (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)`,
  },
  pg_range: { of: "rngtypid" },
  pg_proc: {
    texts: `'arguments', pg_get_function_arguments(t.oid), 'sql', pg_get_function_sqlbody(t.oid)`,
  },
  pg_aggregate: { of: "aggfnoid" },
  pg_operator: {},
  pg_opclass: {},
  pg_opfamily: {},
  pg_amop: {},
  pg_amproc: {},
  pg_cast: {},
  pg_collation: {},
  pg_conversion: {},
  pg_event_trigger: {},
  pg_extension: {},
  pg_language: {},
  pg_foreign_data_wrapper: {},
  pg_foreign_server: {},
  pg_foreign_table: { of: "ftrelid" },
  pg_user_mapping: {},
  pg_publication: {},
  pg_publication_rel: { texts: `'where', pg_get_expr(t.prqual, t.prrelid)` },
  pg_publication_namespace: {},
  pg_ts_config: {},
  pg_ts_config_map: { of: "mapcfg" },
  pg_ts_dict: {},
  pg_ts_parser: {},
  pg_ts_template: {},
  pg_description: { of: "objoid", texts: "'catalog', t.classoid::regclass::text" },
};

/** What tells of the past, of the rows, or of where they lie. */
const MEANINGLESS: Readonly<Record<string, readonly string[]>> = {
  pg_class: [
    ...["relfilenode", "relpages", "reltuples", "relallvisible", "relallfrozen", "relfrozenxid", "relminmxid"],
    ...["reltoastrelid", "relhasindex", "relhasrules", "relhastriggers", "relhassubclass", "relnatts"],
    "relispopulated",
  ],
  pg_attribute: ["attnum", "attcacheoff", "atthasmissing", "attmissingval"],
  pg_attrdef: ["adnum"],
  pg_constraint: ["confdelsetcols"],
  pg_index: ["indcheckxmin"],
};

/** Sorted lines, one a row; null before version 14, which does not say what its numbers refer to. */
export async function catalogView(url: string): Promise<readonly string[] | null> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows: version } = await client.query("SELECT current_setting('server_version_num')::int AS number");
    if (version[0].number < 140_000) return null;
    return await readCatalogs(client);
  } finally {
    await client.end();
  }
}

/** The schema `pg_toast`. */
const TOAST = "99";

interface Reference {
  readonly fktable: string;
  readonly fkcols: readonly string[];
  readonly pktable: string;
}

async function readCatalogs(client: pg.Client): Promise<readonly string[]> {
  const { rows: trees } = await client.query<{ catalog: string; name: string }>(
    "SELECT attrelid::regclass::text AS catalog, attname AS name FROM pg_attribute WHERE atttypid = 'pg_node_tree'::regtype",
  );
  const { rows: references } = await client.query<Reference>(
    "SELECT fktable::regclass::text AS fktable, fkcols, pktable::regclass::text AS pktable FROM pg_get_catalog_foreign_keys()",
  );
  const { rows: known } = await client.query<{ catalog: string }>(
    "SELECT relname AS catalog FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace",
  );
  const there = Object.entries(CATALOGS).filter(([name]) => known.some(({ catalog }) => catalog === name));
  const { rows } = await client.query<{ catalog: string; row: Row; identity: string | null }>(
    there
      .map(([name, { of = "oid", texts = "" }]) => {
        const left = [
          ...(MEANINGLESS[name] ?? []),
          ...trees.flatMap((tree) => (tree.catalog === name ? [tree.name] : [])),
        ];
        const identity = of === "oid" ? `(pg_identify_object('${name}'::regclass, t.oid, 0)).identity` : "NULL";
        return `SELECT '${name}' AS catalog, to_jsonb(t) - '{${left.join(",")}}'::text[] || jsonb_build_object(${texts}) AS row, ${identity} AS identity FROM ${name} t WHERE t.${of}::oid >= 16384`;
      })
      .join(" UNION ALL "),
  );
  const names = new Map(
    rows.flatMap(({ catalog, row, identity }) => (identity === null ? [] : [[`${catalog} ${row.oid}`, identity]])),
  );
  const { rows: columns } = await client.query<{ key: string; name: string }>(
    "SELECT attrelid || ' ' || attnum AS key, attname AS name FROM pg_attribute WHERE attrelid >= 16384",
  );
  const columnNames = new Map(columns.map(({ key, name }) => [key, name]));
  const hidden = new Set(
    rows.flatMap(({ catalog, row }) => (catalog === "pg_class" && String(row.relnamespace) === TOAST ? [row.oid] : [])),
  );
  const indexes = new Set(rows.flatMap(({ catalog, row }) => (catalog === "pg_index" ? [row.indexrelid] : [])));
  return rows
    .filter(({ row }) => !isHidden(row, hidden))
    .map(({ catalog, row, identity }) => {
      const said = { ...row };
      for (const { fktable, fkcols, pktable } of references) {
        if (fktable !== catalog) continue;
        const column = fkcols.at(-1)!;
        if (!(column in said)) continue;
        const named = (value: Value): Value =>
          pktable === "pg_attribute"
            ? (columnNames.get(`${row[fkcols[0]!]} ${value}`) ?? value)
            : (names.get(`${pktable} ${value}`) ?? value);
        const value = row[column];
        said[column] = Array.isArray(value) ? value.map(named) : named(value);
      }
      if (catalog === "pg_description") {
        said.objoid = names.get(`${row.catalog} ${row.objoid}`) ?? row.objoid;
        if (row.objsubid !== 0) said.objsubid = columnNames.get(`${row.objoid} ${row.objsubid}`);
      }
      delete said.oid;
      // A column of an index keeps the name that the table's column had when the index was made.
      if (catalog === "pg_attribute" && indexes.has(row.attrelid)) said.attname = row.attnum;
      // Which of several keys over the same columns the server leans on depends on which came first.
      if (row.contype === "f") delete said.conindid;
      // Nothing inherits a key; the flag says whether its table was made as a partition or joined later.
      if (row.contype === "p" || row.contype === "u" || row.contype === "x") delete said.connoinherit;
      // What is validated meanwhile is no worse than what is not.
      if (row.convalidated === false)
        Object.assign(said, { convalidated: true, text: String(row.text).replace(/ NOT VALID$/, "") });
      // A NOT NULL that nobody named keeps the name of the table or column that it was made for.
      if (row.contype === "n" && /_not_null\d*$/.test(String(row.conname)))
        return `${catalog} ${said.conrelid} ${row.text}`;
      return `${catalog} ${identity ?? ""} ${JSON.stringify(
        Object.fromEntries(
          Object.entries(said)
            .filter(([, value]) => value !== null)
            .sort(),
        ),
      )}`;
    })
    .sort();
}

/** What the server makes by itself, under a name that is a number: TOAST tables, triggers of foreign keys, dropped columns. */
function isHidden(row: Row, hidden: ReadonlySet<Value>): boolean {
  if (row.tgisinternal === true || row.attisdropped === true || Number(row.attnum ?? 1) < 0) return true;
  return [row.oid, row.attrelid, row.indexrelid].some((value) => hidden.has(value));
}
