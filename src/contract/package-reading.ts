/** What asking a package's source came to. */
import type { PackageLock } from "./package-lock.ts";

/** What a source has under a package's name, read from its very bytes. */
export interface FoundPackage {
  /** What a lock of it has to say. */
  readonly lock: PackageLock;
  /** The version that the package's own header names: maybe another one, or no version at all. */
  readonly headerVersion: string;
}

export interface PackageProblem {
  /** `unreachable` may be over soon; the others last until somebody changes something. */
  readonly kind: "not_found" | "too_large" | "unsafe" | "unreachable";
  /** One line for people; may quote the source, so whoever renders it escapes. */
  readonly why: string;
}

export type PackageReading =
  | { readonly kind: "found"; readonly found: FoundPackage }
  | PackageProblem;
