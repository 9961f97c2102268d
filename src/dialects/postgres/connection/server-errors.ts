/** What the driver and the server throw, in sentences. */
import { ConnectionError, QueryError } from "../../../errors.js";

/** Where we tried to connect; nothing here is secret but `password`, which is only looked for. */
export interface ConnectTarget {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  readonly database: string | undefined;
  readonly password: string | undefined;
}

interface ServerError extends Error {
  readonly code?: string;
  readonly severity?: string;
  readonly hint?: string;
  readonly errors?: readonly ServerError[];
}

/** Says in one sentence why there is no connection. */
export function connectionError(error: unknown, target: ConnectTarget): ConnectionError {
  const thrown = error as ServerError;
  // Several addresses of one host were tried: the first says enough.
  const cause = thrown.errors?.[0] ?? thrown;
  const [message, hint] = explain(cause, target);
  return new ConnectionError(scrub(message, target), { url: target.url, hint: hint && scrub(hint, target), cause });
}

/** The connection broke, or a statement was refused. PostgreSQL's `detail` may hold rows of the user's and is left out. */
export function queryError(error: unknown, sql: string, url: string): QueryError | ConnectionError {
  const thrown = error as ServerError;
  if (isConnectionLoss(error)) return lostConnection(url, thrown);
  const message = thrown.message.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
  return new QueryError(message, {
    sql,
    sqlState: thrown.code,
    hint: QUERY_HINTS[thrown.code ?? ""] ?? thrown.hint,
    cause: error,
  });
}

export function lostConnection(url: string, cause?: unknown): ConnectionError {
  const reason = cause instanceof Error ? `: ${cause.message}` : "";
  return new ConnectionError(`the connection to the database was lost${reason}`, {
    url,
    cause,
    hint: "Run the command again once the server is back.",
  });
}

/** COMMIT was answered with ROLLBACK, or would be. */
export function transactionFailed(): QueryError {
  return new QueryError("the transaction had already failed, so the database rolled it back", {
    sql: "COMMIT",
    sqlState: "25P02",
    hint: "Let the error of a failed statement pass instead of catching it, or use a savepoint around the statement.",
  });
}

/** `failure` is what the same text ran into afterwards. */
export function endedByStatement(sql: string, failure?: QueryError): QueryError {
  const also = failure === undefined ? "" : `, and then: ${failure.message}`;
  return new QueryError(`the statement ended the transaction it ran in${also}`, {
    sql,
    sqlState: failure?.sqlState ?? "2D000",
    hint: "Take COMMIT, ROLLBACK and BEGIN out of it, or run the revision without a transaction.",
    cause: failure,
  });
}

/**
 * Did the connection break, rather than the server refuse a statement?
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html (classes 08 and 57P)
 */
export function isConnectionLoss(error: unknown): boolean {
  const { code, severity, message } = error as ServerError;
  if (severity !== undefined) return /^(?:08...|57P0[123]|57P05|25P0[34])$/.test(code ?? "");
  if (code !== undefined && /^E[A-Z]+$/.test(code)) return true;
  return /^(?:Connection terminated|Client has encountered a connection error|Client was closed)/.test(message ?? "");
}

const QUERY_HINTS: Readonly<Record<string, string>> = {
  "55P03": "Run it again when the table is less busy, or give more time with ddlLockTimeout in the config.",
  "53200": "Raise max_locks_per_transaction of the server, or run one transaction a revision.",
  "25006": "Connect to a server and as a role that may write.",
};

type Sentence = readonly [message: string, hint: string | undefined];

function explain(error: ServerError, target: ConnectTarget): Sentence {
  const place = target.host.startsWith("/") ? `the socket in '${target.host}'` : `'${target.host}:${target.port}'`;
  const user = `'${target.user ?? ""}'`;
  const database = `'${target.database ?? ""}'`;
  const known = SERVER_SENTENCES[error.code ?? ""]?.({ place, user, database, target });
  if (known !== undefined) return known;
  const { message } = error;
  if (/timeout expired|timed out/i.test(message)) return notAnswering(place);
  if (/does not support SSL/.test(message)) {
    return [
      `the server at ${place} offers no encryption`,
      "Turn TLS on in the server, or say sslmode=disable in the URL.",
    ];
  }
  if (/password must be a string|no password/i.test(message)) {
    return [`the server at ${place} asks for a password and none is given`, "Put it in the URL, or set PGPASSWORD."];
  }
  if (error.code !== undefined && isCertificateCode(error.code)) {
    return [
      `the certificate of the server at ${place} is not trusted: ${message.split(";")[0]}`,
      "Name the authority's file with sslrootcert=<file>, or say sslmode=no-verify to encrypt without verifying.",
    ];
  }
  return [`cannot connect to ${place}: ${message}`, undefined];
}

interface Facts {
  readonly place: string;
  readonly user: string;
  readonly database: string;
  readonly target: ConnectTarget;
}

const refused = ({ place }: Facts): Sentence => [
  `no PostgreSQL server listens at ${place}`,
  "Start the server, or correct host and port in the URL.",
];
const unknownHost = ({ target }: Facts): Sentence => [
  `the host '${target.host}' is not known`,
  "Correct the host in the URL.",
];
const notAnswering = (place: string): Sentence => [
  `the server at ${place} does not answer`,
  "Check host, port, firewall and VPN.",
];
const wrongPassword = ({ user }: Facts): Sentence => [
  `the server refuses the password of user ${user}`,
  "Correct user and password in the URL, or set PGPASSWORD.",
];
const tooMany = ({ place }: Facts): Sentence => [
  `the server at ${place} has no free connection`,
  "Close other connections, or raise max_connections.",
];
const starting = ({ place }: Facts): Sentence => [
  `the server at ${place} is starting up or shutting down`,
  "Try again in a moment.",
];

const SERVER_SENTENCES: Readonly<Record<string, (facts: Facts) => Sentence>> = {
  ECONNREFUSED: refused,
  ENOENT: refused,
  ENOTFOUND: unknownHost,
  EAI_AGAIN: unknownHost,
  ETIMEDOUT: ({ place }) => notAnswering(place),
  EHOSTUNREACH: ({ place }) => notAnswering(place),
  ENETUNREACH: ({ place }) => notAnswering(place),
  "28P01": wrongPassword,
  "28000": ({ user, database, place }) => [
    `the server at ${place} does not let user ${user} into database ${database}`,
    "Create the role, or add a line for it to the server's pg_hba.conf.",
  ],
  "3D000": ({ database, target }) => [
    `there is no database ${database}`,
    `Run \`createdb ${/^[\w-]+$/.test(target.database ?? "") ? target.database : database}\`.`,
  ],
  "53300": tooMany,
  "57P03": starting,
  "57P01": starting,
};

function isCertificateCode(code: string): boolean {
  return /CERT|ALTNAME|ERR_TLS|UNABLE_TO|SELF_SIGNED/.test(code);
}

function scrub(text: string, { password }: ConnectTarget): string {
  if (password === undefined || password.length < 3) return text;
  return [password, encodeURIComponent(password)].reduce((clean, secret) => clean.replaceAll(secret, "***"), text);
}
