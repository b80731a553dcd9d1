/** Answers that may be believed for some minutes. */
export class Kept<T> {
  readonly #milliseconds: number;
  readonly #isWorthKeeping: (answer: T) => boolean;
  readonly #answers = new Map<string, { readonly until: number; readonly answer: T }>();

  constructor(milliseconds: number, isWorthKeeping: (answer: T) => boolean) {
    this.#milliseconds = milliseconds;
    this.#isWorthKeeping = isWorthKeeping;
  }

  async get(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#answers.get(key);
    const now = performance.now();
    if (known !== undefined && known.until > now) return known.answer;
    const answer = await ask();
    if (this.#isWorthKeeping(answer)) {
      this.#answers.set(key, { until: now + this.#milliseconds, answer });
    }
    return answer;
  }

  clear(): void {
    this.#answers.clear();
  }
}
