/**
 * What PostgreSQL can besides tables, keys and indexes, in models: a calendar whose bookings may not overlap, an event log
 * in partitions, and rows that each tenant sees for itself alone.
 */
import {
  bigint,
  compositeType,
  custom,
  definition,
  domain,
  enumType,
  exclude,
  extension,
  functionDefinition,
  index,
  integer,
  materializedView,
  partition,
  pgSchema,
  policy,
  primaryKey,
  sequence,
  sql,
  table,
  text,
  timestamptz,
  trigger,
  uuid,
  varchar,
  view,
} from "tsmigrate/schema";

/** Comes with every server; keys of plain columns in an exclusion constraint need it. */
export const gist = extension("btree_gist");

export const status = enumType("booking_status", ["asked", "agreed", "cancelled"]);
export const place = compositeType("place", { street: text(), city: varchar(100) });
export const shortCode = domain("short_code", varchar(8), { notNull: true, check: sql`value ~ '^[a-z]+$'` });

export const invoiceNumbers = sequence("invoice_numbers", { start: 1000, cache: 10 });

export const rooms = table("rooms", {
  id: integer().primaryKey().identity(),
  code: shortCode(),
  name: text().notNull(),
});

export const bookings = table(
  "bookings",
  {
    id: integer().primaryKey().identity(),
    tenant: uuid().notNull(),
    room_id: integer().notNull().references("rooms.id", { onDelete: "cascade" }),
    during: custom<string>("tstzrange").notNull(),
    status: status().notNull().default("asked"),
    replaces: integer().references("bookings.id", { onDelete: "set null" }),
    changed_at: timestamptz().notNull().defaultNow(),
  },
  (t) => [
    // Two bookings of one room never overlap, unless one is cancelled.
    exclude("ex_bookings_room_during")
      .on([t.room_id, "="], [t.during, "&&"])
      .using("gist")
      .where(sql`status <> 'cancelled'`),
    index("ix_bookings_tenant").on(t.tenant).include(t.status).with({ fillfactor: 80 }),
  ],
  { rowSecurity: true, postgres: { storage: { fillfactor: 90 } } },
).comment("one row a booking, changed bookings included");

export const touch = functionDefinition("touch", {
  returns: "trigger",
  language: "plpgsql",
  body: "begin new.changed_at := now(); return new; end",
});
export const bookingsTouch = trigger("bookings_touch", {
  on: bookings,
  fires: "before update",
  action: "for each row execute function touch()",
});
export const ownBookings = policy("own_bookings", {
  on: bookings,
  using: sql`tenant = current_setting('app.tenant', true)::uuid`,
});

/** Partitions have the columns, keys and indexes of their table. */
export const events = table(
  "events",
  { id: bigint().notNull(), at: timestamptz().notNull(), what: text().notNull() },
  (t) => [primaryKey().on(t.id, t.at), index("ix_events_what").on(t.what)],
  { postgres: { partitionBy: "RANGE (at)" } },
);
export const events2026 = partition("events_2026", events, sql`for values from ('2026-01-01') to ('2027-01-01')`);
export const eventsRest = partition("events_rest", events, sql`default`);

export const roomUse = materializedView("room_use", sql`select room_id, count(*) as n from bookings group by room_id`, {
  indexes: [index("ix_room_use_room_id").on("room_id")],
});
export const agreed = view("agreed_bookings", sql`select id, room_id, during from bookings where status = 'agreed'`);

export const archive = pgSchema("archive", { comment: "what is closed" });
export const oldRooms = archive.table("rooms", { id: integer().primaryKey(), name: text() });

/** Whatever has no function of its own is written as its statement. */
export const roomStatistics = definition(
  "statistics",
  "bookings_room_status",
  sql`create statistics bookings_room_status on room_id, status from bookings`,
);
