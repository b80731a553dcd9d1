/** Is a site where its file says it is? By the rule of pairing: equal, but for slashes at the end. */
export function isAtHome(home: string, url: string): boolean {
  return bare(home) === bare(url);
}

const bare = (address: string): string => address.replace(/\/+$/u, "");
