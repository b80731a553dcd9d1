import { CountersignError } from "../errors.ts";

/** A fault while reading one kind of fact leaves that fact unknown; the gates then wait. */
export async function unread<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof CountersignError) return null;
    throw error;
  }
}
