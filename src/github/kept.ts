/** Above this many answers all are forgotten: memory has an end, and GitHub can be asked again. */
const most = 10_000;

/** Answers that may be believed for some minutes. */
export class Kept<T> {
  readonly #milliseconds: number;
  readonly #isWorthKeeping: (answer: T, key: string) => boolean;
  readonly #answers = new Map<string, { readonly until: number; readonly answer: T }>();

  constructor(milliseconds: number, isWorthKeeping: (answer: T, key: string) => boolean) {
    this.#milliseconds = milliseconds;
    this.#isWorthKeeping = isWorthKeeping;
  }

  async get(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#answers.get(key);
    const now = performance.now();
    if (known !== undefined && known.until > now) return known.answer;
    const answer = await ask();
    if (this.#isWorthKeeping(answer, key)) this.keep(key, answer);
    return answer;
  }

  keep(key: string, answer: T): void {
    if (this.#answers.size >= most) this.#answers.clear();
    this.#answers.set(key, { until: performance.now() + this.#milliseconds, answer });
  }

  clear(): void {
    this.#answers.clear();
  }
}
