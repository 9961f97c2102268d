/**
 * The text of a file as it was once, to be compared with what it says now. What is kept is the text itself, packed, and
 * a hash of it: the hash answers for a file that nobody touched, and only a touched one is parsed. Keeping the text
 * rather than a hash of the parsed file lets every version of the parser answer the same question.
 */
import { hash } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";

export interface KeptSource {
  /** `1:` and the SHA-256 of the text. */
  readonly hash: string;
  /** Without byte order mark, with LF line ends and one of them at the end. */
  readonly text: string;
}

const LONGEST_PACKED = 512 * 1024;
/** Memory for a text of some kilobytes: what is taken by default, and given back at once, takes longer than the packing. */
const PACKING = { windowBits: 13, memLevel: 6, chunkSize: 4096 };

/** Packing a short text takes longer than all else that is done with it; one of other letters fits into no old encoding. */
const LONGEST_PLAIN = 4096;
const OTHER_THAN_ASCII = /[^\t\n\x20-\x7e]/;
/** Stands before a text that is stored as it is, and in no Base64. */
const PLAIN = "|";

export function keepSource(given: string): KeptSource {
  const text = plainText(given);
  return { hash: hashPlainText(text), text };
}

export function hashSource(text: string): string {
  return hashPlainText(plainText(text));
}

function hashPlainText(text: string): string {
  return `1:${hash("sha256", text, "hex")}`;
}

/** As it is stored: short ones as they are, others packed. Null for a text that is too long to keep. */
export function storedSource(text: string): string | null {
  return text.length > LONGEST_PLAIN || OTHER_THAN_ASCII.test(text) ? packSource(text) : PLAIN + text;
}

/** Base64 of the deflated text; null for a text that is too long to keep. */
export function packSource(text: string): string | null {
  const packed = deflateRawSync(text, PACKING).toString("base64");
  return packed.length > LONGEST_PACKED ? null : packed;
}

/** The text of {@link storedSource} or {@link packSource}. */
export function readStoredSource(stored: string): string {
  if (stored.startsWith(PLAIN)) return stored.slice(PLAIN.length);
  return inflateRawSync(Buffer.from(stored, "base64")).toString("utf8");
}

/**
 * Do both texts do the same? Comments, types, layout, quotes and everything else that a formatter may change make no
 * difference; names and texts do.
 */
export async function isSameSource(one: string, other: string): Promise<boolean> {
  if (plainText(one) === plainText(other)) return true;
  try {
    const [a, b] = await Promise.all([printSource(one), printSource(other)]);
    return a === b;
  } catch {
    // One of them does not parse, and so is no formatting of the other.
    return false;
  }
}

/**
 * The code alone, as every file that does the same is printed: without comments, types and layout.
 *
 * @throws where the text does not parse
 */
export async function printSource(text: string): Promise<string> {
  const { transform } = await import("esbuild");
  const { code } = await transform(plainText(text), {
    loader: "ts",
    format: "esm",
    target: "esnext",
    charset: "utf8",
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
    tsconfigRaw: "{}",
    logLevel: "silent",
  });
  return withSortedImports(code);
}

/** Tools that format also sort imports, and the names in one. */
function withSortedImports(code: string): string {
  const imports: string[] = [];
  let rest = code;
  for (let found = IMPORT.exec(rest); found !== null; found = IMPORT.exec(rest)) {
    const [statement, names = ""] = found;
    imports.push(statement.replace(`{${names}}`, `{${names.split(",").sort().join(",")}}`));
    rest = rest.slice(statement.length);
  }
  return [...imports.sort(), rest].join("");
}

const IMPORT = /^import(?:[\w$*,\s]*\{([^}]*)\}|[^"';{]+)?(?:from)?"[^"\n]*";\n?/;

function plainText(text: string): string {
  const start = text.startsWith("\uFEFF") ? 1 : 0;
  // Thousands of files are hashed at each upgrade, and few have such line ends.
  const lines = text.includes("\r") ? text.replaceAll(/\r\n?/g, "\n") : text;
  return `${lines.slice(start).trimEnd()}\n`;
}
