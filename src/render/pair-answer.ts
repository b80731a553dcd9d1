/** What people read of a pairing: the answer to its command, and what they have to compare. */
import { bold, code, counted, listed, plain } from "./markdown.ts";

/** Short answers of `/countersign pair`. */
export const pairProblem = {
  no_site: "It does not say which site: `countersign pair <site>` writes the whole comment.",
  no_key: (site: string): string =>
    `The comment is written by ${code(`countersign pair ${site}`)}, on the machine of whoever opens the window: it carries a public key that is made there.`,
  weak_key: "That is no public key that could be used: run `countersign pair <site>` again.",
  no_policy: "There is no policy in force that names the log's keys, so nothing can be paired.",
  unknown_site: (site: string): string =>
    `There is no site ${code(site)} at the attested commit: merge the proposal that adds its file first.`,
  too_late: "This window would be over already. Run `countersign pair <site>` again.",
  not_taken:
    "That is not the pairing that an open window waits for: it may be over, used, of another site, or changed on the way. Open another window with `countersign pair <site>`.",
  taken: (site: string): string =>
    `The key of ${code(site)} is here, with both signatures. The site is now asked at its own address; the pairing proposal follows.`,
} as const;

/** The answer that `countersign pair` reads: a signed note in a fence, and when the window ends. */
export function windowText(window: {
  readonly site: string;
  readonly until: string;
  readonly note: string;
  /** `null`: the site shows its token, and a person posts it. */
  readonly url: string | null;
}): string {
  const { site, until, note, url } = window;
  const way =
    url === null
      ? "The site will show a token, to be posted here as a comment."
      : `The site will send its key to ${code(url)}.`;
  return `The window for ${code(site)} is open until ${code(until)}, for one pairing. ${way} It closes as soon as another one is opened for this site.

\`\`\`countersign-pairing
${note}\`\`\``;
}

/** The window was used, and the site did not say the same at its own address. */
export const silentText = (site: string, why: string): string =>
  `The pairing of ${code(site)} came to nothing: its key arrived, but the site, asked at the address in its file, ${plain(why)}. Open another window with ${code(`countersign pair ${site}`)} once it can be reached.`;

export const proposalTitle = (sites: readonly string[]): string =>
  sites.length <= 3 ? `Pair ${listed(sites)}` : `Pair ${sites.length} sites`;

export function proposalBody(sites: readonly string[]): string {
  return `${listed(sites.map(code))} proved ${sites.length === 1 ? "its key" : "their keys"}: both signatures hold, and the site's own address answered with it. Before you approve, compare the six words below with those on the site's screen (Tools, Countersign).

The lines \`connector:\` stand for what is on record; other keys are refused. A site that desired nothing yet takes over what it runs now. The right \`pair\` merges; whoever opened a window does not count.`;
}

export const pairingMark = (site: string, index: number): string =>
  `<!-- countersign:pairing ${site} ${index} -->`;

export interface PairingShown {
  readonly site: string;
  readonly url: string;
  readonly words: string;
  readonly kid: string;
  readonly epoch: number;
  readonly by: { readonly id: number; readonly login: string | null };
  /** Plugins and themes that desired state takes over; `null` where the file desired something. */
  readonly adopted: number | null;
  /** What the site has and desired state cannot name. */
  readonly left: readonly string[];
}

export function pairingText(shown: PairingShown): string {
  const { site, url, words, kid, epoch, by, adopted, left } = shown;
  const again =
    epoch === 1 ? "" : ` This is its epoch ${epoch}: the earlier key dies with the merge.`;
  return `${bold(code(site))} at ${code(url)}: compare with the site's screen

> ## ${words}

The same six words in the same order, or do not approve. Key ${code(kid)}; the window was opened by ${by.login === null ? `account ${by.id}` : code(by.login)}.${again}
${adoptedText(adopted, left)}`;
}

function adoptedText(adopted: number | null, left: readonly string[]): string {
  if (adopted === null) return "Its file desires something already: nothing is taken over.";
  const rest = left.slice(0, 20).map(code);
  const unmanaged =
    left.length === 0
      ? ""
      : ` ${counted(left.length, "other")} cannot be named and stay unmanaged: ${listed(rest)}${left.length > 20 ? " and more" : ""}.`;
  return `Desired state takes over its core and ${counted(adopted, "plugin or theme", "plugins and themes")} as they are.${unmanaged}`;
}
