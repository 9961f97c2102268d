import { timestamptz } from "tsmigrate/schema";

export const timestamps = { created_at: timestamptz().notNull().defaultNow() };
