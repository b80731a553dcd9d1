/** The sites of the heartbeat benchmark, the same in both of its processes. */
export const siteNames: readonly string[] = Array.from(
  { length: Number(process.env["BENCH_SITES"] ?? 5000) },
  (_, index) => `site-${index}`,
);
