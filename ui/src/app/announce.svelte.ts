// What is seen is also said: one polite region for the whole app.

/** Milliseconds after which a screen reader has long taken it: what was deleted since must not be found here. */
const KEPT = 5_000;

class Announcer {
  text = $state('');
  #alternate = false;
  #clearing: ReturnType<typeof setTimeout> | undefined;

  /** Said once; the same sentence twice in a row is said twice. */
  say(text: string): void {
    this.#alternate = !this.#alternate;
    this.text = text + (this.#alternate ? '\u00a0' : '');
    clearTimeout(this.#clearing);
    this.#clearing = setTimeout(() => (this.text = ''), KEPT);
  }
}

export const announcer = new Announcer();
export const announce = (text: string) => announcer.say(text);
