/**
 * What a database URL and the PG* variables mean for node-postgres.
 *
 * Encryption is decided here and handed over explicitly, so that a later version of the driver, which will read
 * `sslmode` in a weaker way, cannot change it.
 */
import { readFileSync } from "node:fs";
import type { ClientConfig } from "pg";
import { UsageError } from "../../../errors.js";
import { redactUrl } from "../../database-url.js";
import type { Encryption } from "../../dialect.js";

export type SslMode = "disable" | "no-verify" | "verify-ca" | "verify-full";

export interface ClientSettings {
  readonly config: ClientConfig;
  readonly sslMode: SslMode;
  readonly encryption: Encryption;
  /** Paths, and the passphrase of the key. */
  readonly sslFiles: Pick<SslParameters, "sslrootcert" | "sslcert" | "sslkey" | "sslpassword">;
  /** `-c search_path=app`. */
  readonly options: string | undefined;
  /** Did the user name the application, in the URL or by PGAPPNAME? */
  readonly namesApplication: boolean;
}

const DEFAULT_CONNECT_TIMEOUT_SECONDS = 15;
const SSL_PARAMETERS = ["ssl", "sslmode", "sslrootcert", "sslcert", "sslkey", "sslpassword", "uselibpqcompat"] as const;
type SslParameters = { readonly [K in (typeof SSL_PARAMETERS)[number]]?: string };

/** @throws {@link UsageError} for a URL that cannot be read and for an unknown or unusable way to encrypt. */
export function clientSettings(url: string, env: NodeJS.ProcessEnv): ClientSettings {
  const { base, query } = splitUrl(url);
  const ssl: Record<string, string> = {};
  for (const name of SSL_PARAMETERS) {
    const value = query.get(name) ?? fromEnvironment(name, env);
    if (value !== undefined && value !== "") ssl[name] = value;
    query.delete(name);
  }
  // A socket never leaves the machine, and servers do not encrypt it.
  const host = query.get("host") ?? (decodedHost(base) || (env.PGHOST ?? ""));
  const sslMode = readSslMode(ssl, query.get("sslnegotiation") === "direct");
  const seconds = Number(query.get("connect_timeout") ?? env.PGCONNECT_TIMEOUT ?? DEFAULT_CONNECT_TIMEOUT_SECONDS);
  const rest = query.size === 0 ? "" : `?${query}`;
  return {
    config: {
      connectionString: base + rest,
      ssl: sslMode === "disable" || host.startsWith("/") ? false : sslOptions(sslMode, ssl),
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      // The server knows 0 as "for ever", as libpq does.
      connectionTimeoutMillis: Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : 15_000,
    },
    sslMode,
    encryption: encryptionOf(host, sslMode, ssl),
    sslFiles: ssl,
    options: query.get("options") ?? env.PGOPTIONS,
    namesApplication: query.has("application_name") || (env.PGAPPNAME ?? "") !== "",
  };
}

/** Over a network others can read along, unless it is said that this is meant. */
function encryptionOf(host: string, mode: SslMode, ssl: SslParameters): Encryption {
  const isLocal = host === "" || host.startsWith("/") || /^(?:localhost|127\.[\d.]+|\[?::1\]?)$/i.test(host);
  if (mode !== "disable" && !host.startsWith("/")) return { mode, isLocal };
  if (isLocal) return { mode: "none, local", isLocal };
  if (ssl.sslmode !== undefined || ssl.ssl !== undefined) return { mode: "none", isLocal };
  return {
    mode: "none",
    isLocal,
    warning: `the connection to '${host}' is not encrypted: add sslmode=verify-full to the URL, or sslmode=disable if that is meant`,
  };
}

function splitUrl(url: string): { readonly base: string; readonly query: URLSearchParams } {
  const [, scheme = "", authority = "", rest = ""] = /^([a-z]+:)(?:\/\/([^/?#]*))?(.*)$/is.exec(url) ?? [];
  // A bare `/`, `?` or `#` in the password ends the part that holds the host: what follows is password and host.
  const isCut = /^[^?]*@|^[^?]*\?[^=]*@/.test(rest);
  const malformed = isCut || !isReadable(`${scheme}//${authority}`);
  if (scheme === "" || malformed) {
    throw new UsageError(`the database URL '${redactUrl(url)}' cannot be read`, {
      hint: "Percent-encode special characters of the user and the password (`/` is %2F, `#` is %23, `?` is %3F, `@` is %40).",
    });
  }
  const at = rest.indexOf("?");
  return {
    base: `${scheme}//${authority}${at === -1 ? rest : rest.slice(0, at)}`,
    query: new URLSearchParams(at === -1 ? "" : rest.slice(at + 1)),
  };
}

function decodedHost(base: string): string {
  const host = /^[a-z]+:\/\/(?:[^@]*@)?([^/:]*)/i.exec(base)?.[1] ?? "";
  return host.replace(/%2f/gi, "/");
}

/** Can the driver take it apart? It is given a host where there is none, as the driver does. */
function isReadable(url: string): boolean {
  try {
    new URL(url.replace(/(\/\/|@)$/, "$1host"));
    return true;
  } catch {
    return false;
  }
}

function fromEnvironment(name: string, env: NodeJS.ProcessEnv): string | undefined {
  const variables: Readonly<Record<string, string>> = {
    sslmode: "PGSSLMODE",
    sslrootcert: "PGSSLROOTCERT",
    sslcert: "PGSSLCERT",
    sslkey: "PGSSLKEY",
  };
  const variable = variables[name];
  return variable === undefined ? undefined : env[variable];
}

function readSslMode(ssl: SslParameters, direct: boolean): SslMode {
  const compatible = ssl.uselibpqcompat === "true";
  switch (ssl.sslmode ?? ssl.ssl) {
    case undefined:
      return direct || ssl.sslrootcert !== undefined || ssl.sslcert !== undefined ? "verify-full" : "disable";
    case "disable":
    case "false":
    case "0":
      return "disable";
    case "no-verify":
      return "no-verify";
    case "verify-ca":
      return compatible ? "verify-ca" : "verify-full";
    case "prefer":
    case "require":
      if (!compatible) return "verify-full";
      return ssl.sslrootcert === undefined ? "no-verify" : "verify-ca";
    case "verify-full":
    case "true":
    case "1":
      return "verify-full";
    default:
      throw new UsageError(`sslmode '${ssl.sslmode ?? ssl.ssl}' is not known`, {
        hint: "Use sslmode=disable, require, verify-full or no-verify.",
      });
  }
}

function sslOptions(mode: SslMode, ssl: SslParameters): NonNullable<ClientConfig["ssl"]> {
  const { sslrootcert, sslcert, sslkey, sslpassword } = ssl;
  return {
    rejectUnauthorized: mode !== "no-verify",
    ...(mode === "verify-ca" ? { checkServerIdentity: () => undefined } : {}),
    ...(sslrootcert === undefined || sslrootcert === "system" ? {} : { ca: readPem("sslrootcert", sslrootcert) }),
    ...(sslcert === undefined ? {} : { cert: readPem("sslcert", sslcert) }),
    ...(sslkey === undefined ? {} : { key: readPem("sslkey", sslkey) }),
    ...(sslpassword === undefined ? {} : { passphrase: sslpassword }),
  };
}

function readPem(parameter: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new UsageError(`the file '${path}' of ${parameter} cannot be read`, {
      cause,
      hint: `Give ${parameter} the path of a readable PEM file.`,
    });
  }
}
