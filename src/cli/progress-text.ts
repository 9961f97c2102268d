/** `copying users: 12,000 of 50,000 rows (24%)`. */
import type { WorkProgress } from "../dialects/dialect.js";
import { printableLine } from "../util/printable.js";

export function describeProgress({ text, done, total, unit }: WorkProgress): string {
  const name = printableLine(text);
  if (done === 0 && total === undefined) return name;
  const amount =
    unit === "bytes" ? bytes(done) : `${count(done)}${total === undefined ? "" : ` of ${count(total)}`} ${unit}`;
  const share = total === undefined || total <= 0 ? "" : ` (${Math.min(100, Math.floor((done / total) * 100))}%)`;
  return `${name}: ${amount}${share}`;
}

function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

function bytes(value: number): string {
  return value < 1_000_000 ? `${count(value / 1_000)} kB` : `${(value / 1_000_000).toFixed(1)} MB`;
}
