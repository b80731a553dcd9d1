/** What a site's process and the one that started it say to each other. */
import type { RunResult } from "./php.ts";
import type { NewSite } from "./site-files.ts";

export interface StartOrder {
  readonly kind: "start";
  readonly root: string;
  readonly parentPid: number;
  /** 0 asks for any free port. */
  readonly port: number;
  readonly phpIni: Readonly<Record<string, string>>;
  readonly wpCli: string;
  /** Compiled PHP to begin with, where there is some. */
  readonly opcache?: string;
  /** Present when the site's files are still to be made. */
  readonly create?: { readonly templateHome: string; readonly site: NewSite };
}

export type SiteTask =
  | { readonly kind: "php"; readonly id: number; readonly file: string }
  /** Writes what PHP has compiled so far into a file. */
  | { readonly kind: "opcache"; readonly id: number; readonly file: string }
  | { readonly kind: "cli"; readonly id: number; readonly args: readonly string[] };

export type SiteReport =
  | { readonly kind: "ready"; readonly port: number }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "done"; readonly id: number; readonly result: RunResult }
  | { readonly kind: "broken"; readonly id: number; readonly reason: string };
