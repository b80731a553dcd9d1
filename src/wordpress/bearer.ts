/**
 * A token for one host, read from the environment as `<host> <token>`: whoever runs Countersign
 * says there which host may see it, so that no control repository can have it sent elsewhere, nor
 * any other variable.
 */
export type Environment = Readonly<Record<string, string | undefined>>;

/** @returns a text that says why there is no token for this address */
export function bearerFor(
  name: string,
  url: string,
  env: Environment,
): { readonly host: string; readonly token: string } | string {
  const host = URL.parse(url)?.host;
  const [, forHost, token] = /^(\S+) (\S+)$/u.exec(env[name] ?? "") ?? [];
  if (host !== undefined && forHost === host && token !== undefined) return { host, token };
  return `the environment variable ${name} does not hold "${host} <token>"`;
}
