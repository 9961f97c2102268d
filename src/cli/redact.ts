/** Keeps passwords out of everything that is printed, in each spelling they may come in. */

export type Redact = (text: string) => string;

/** `urls` and `passwords` are the secrets known; each is hidden as it is and in every way it may be escaped. */
export function createRedactor(
  urls: readonly (string | undefined)[],
  passwords: readonly (string | undefined)[],
): Redact {
  const secrets = new Set<string>();
  for (const password of [...urls.flatMap(passwordsOf), ...passwords]) {
    if (password === undefined || password === "") continue;
    for (const spelling of [...spellings(password), ...spellings(decode(password))]) secrets.add(spelling);
  }
  // Longest first, so that a secret inside another does not leave a rest. One that is a common word would hide
  // everything; two characters or less are only hidden where they stand as a password in a URL.
  const list = [...secrets].filter((secret) => secret.length > 2).sort((a, b) => b.length - a.length);
  return (text) => {
    let safe = text;
    for (const secret of list) safe = safe.replaceAll(secret, "***");
    // After those that are known: this one would cut a secret in two where it holds an `@`.
    return safe.replace(/\b([a-z][a-z0-9+]*:\/\/[^:/?#@\s'"]*):[^\s'"@/]*@/gi, "$1:***@");
  };
}

/** As it stands in text, in a URL, in a literal of SQL, and each of them in JSON. */
function spellings(secret: string): readonly string[] {
  const encoded = [encodeURIComponent(secret), encodeURI(secret)];
  const lower = encoded.map((text) => text.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()));
  const plain = [secret, ...encoded, ...lower, secret.replaceAll("'", "''")];
  return [...plain, ...plain.map((text) => JSON.stringify(text).slice(1, -1))];
}

function passwordsOf(url: string | undefined): readonly (string | undefined)[] {
  if (url === undefined) return [];
  const userInfo = /^[a-z][a-z0-9+]*:\/\/[^:/?#@]*:(.*)@/i.exec(url)?.[1];
  const parameters = [...url.matchAll(/[?&](?:password|pass|pwd|sslpassword)=([^&]*)/gi)].map((match) => match[1]);
  return [userInfo, ...parameters];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
