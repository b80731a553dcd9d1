/**
 * Remembers what packages turned out to be, so that a claim that was confirmed costs no second
 * download, and one that was not costs one a minute at most. In memory, bounded, for one process.
 */
import type { PackageId } from "../contract/control-repository.ts";
import type { PackageLock } from "../contract/package-lock.ts";
import type { PackageReading } from "../contract/package-reading.ts";
import type { PackageSource } from "../contract/package-source.ts";

export interface Question {
  readonly id: PackageId;
  readonly source: PackageSource;
  readonly claim: Pick<PackageLock, "url" | "sha256"> | null;
}

interface Kept {
  readonly reading: Promise<PackageReading>;
  /** As `performance.now()` counts. */
  until: number;
}

const maxKept = 2000;
const unconfirmedMilliseconds = 60_000;

export class Confirmed {
  readonly #kept = new Map<string, Kept>();

  async get(question: Question, read: () => Promise<PackageReading>): Promise<PackageReading> {
    const { claim } = question;
    if (claim === null) return read();
    // The whole source is part of the key: another rule or address is another question.
    const key = JSON.stringify([question.source, question.id, claim.url, claim.sha256]);
    const known = this.#kept.get(key);
    if (known !== undefined && known.until > performance.now()) return known.reading;
    const kept: Kept = { reading: read(), until: Number.POSITIVE_INFINITY };
    if (this.#kept.size >= maxKept) this.#kept.clear();
    this.#kept.set(key, kept);
    const reading = await kept.reading;
    if (!confirms(reading, claim)) kept.until = performance.now() + unconfirmedMilliseconds;
    return reading;
  }
}

function confirms(reading: PackageReading, claim: NonNullable<Question["claim"]>): boolean {
  if (reading.kind !== "found") return false;
  const { url, sha256 } = reading.found.lock;
  return url === claim.url && sha256 === claim.sha256;
}
