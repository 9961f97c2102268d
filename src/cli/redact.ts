/** Keeps passwords out of everything that is printed, in each spelling they may come in. */

export type Redact = (text: string) => string;

/** `urls` and `passwords` are the secrets known; each is hidden raw, percent-encoded and percent-decoded. */
export function createRedactor(
  urls: readonly (string | undefined)[],
  passwords: readonly (string | undefined)[],
): Redact {
  const secrets = new Set<string>();
  for (const password of [...urls.flatMap(passwordsOf), ...passwords]) {
    if (password === undefined || password === "") continue;
    secrets.add(password);
    secrets.add(encodeURIComponent(password));
    const decoded = decode(password);
    secrets.add(decoded);
    secrets.add(encodeURIComponent(decoded));
  }
  // Longest first, so that a secret inside another does not leave a rest. One that is a common word would hide
  // everything; two characters or less are only hidden where they stand as a password in a URL.
  const list = [...secrets].filter((secret) => secret.length > 2).sort((a, b) => b.length - a.length);
  return (text) => {
    let safe = text.replace(/\b([a-z][a-z0-9+]*:\/\/[^:/?#@\s'"]*):[^\s'"@/]*@/gi, "$1:***@");
    for (const secret of list) safe = safe.replaceAll(secret, "***");
    return safe;
  };
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
