/** Takes the steps of a check, one after another. */
export function atOnce<T>(run: Generator<number, T>): T {
  for (;;) {
    const { done, value } = run.next();
    if (done) return value;
  }
}

/**
 * The same in slices: progress hears how far it is (0 to 1), and what it returns is awaited, so that a page can breathe. It is called for every record
 * and more: it should wait only when time has passed.
 */
export async function slowly<T>(run: Generator<number, T>, progress: (part: number) => Promise<void> | void): Promise<T> {
  for (;;) {
    const { done, value } = run.next();
    if (done) return value;
    await progress(value);
  }
}
