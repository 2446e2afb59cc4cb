// What is seen is also said: one polite region for the whole app.

class Announcer {
  text = $state('');
  #alternate = false;

  /** Said once; the same sentence twice in a row is said twice. */
  say(text: string): void {
    this.#alternate = !this.#alternate;
    this.text = text + (this.#alternate ? '\u00a0' : '');
  }
}

export const announcer = new Announcer();
export const announce = (text: string) => announcer.say(text);
