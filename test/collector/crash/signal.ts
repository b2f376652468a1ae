/** Notifies waiters of a change. */
export class Signal {
  readonly #waiting = new Set<() => void>();

  changed(): void {
    for (const look of this.#waiting) look();
  }

  /**
   * Waits until something holds; it is asked again after each change.
   * @throws Error where nothing changes any more, with what `so` then says.
   */
  until(holds: () => boolean, so: () => string, patienceMs = 20_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const over = (settle: () => void): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        settle();
      };
      const look = (): void => (holds() ? over(resolve) : void timer.refresh());
      const timer = setTimeout(
        () => over(() => reject(new Error(`Nothing changed for ${patienceMs} ms. ${so()}`))),
        patienceMs,
      );
      this.#waiting.add(look);
      look();
    });
  }
}
