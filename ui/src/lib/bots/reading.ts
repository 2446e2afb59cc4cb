// Reads JSON of unknown make, field by field; the first thing that does not fit is told by its place.

/** What does not fit, and where: `steps.2.answer`. */
export class Unreadable extends Error {
  constructor(
    readonly place: string,
    readonly expected: 'object' | 'list' | 'text' | 'number' | 'yesno' | 'known' | 'there',
  ) {
    super(`${place}: ${expected}`);
  }
}

/** A value and its place. */
export class Read {
  constructor(
    readonly value: unknown,
    readonly place = '',
  ) {}

  get(key: string): Read {
    if (typeof this.value !== 'object' || this.value === null || Array.isArray(this.value)) {
      throw new Unreadable(this.place, 'object');
    }
    const value = Object.hasOwn(this.value, key) ? (this.value as Record<string, unknown>)[key] : undefined;
    return new Read(value ?? undefined, this.place === '' ? key : `${this.place}.${key}`);
  }

  get isThere(): boolean {
    return this.value !== undefined;
  }

  list(): Read[] {
    if (!Array.isArray(this.value)) throw new Unreadable(this.place, 'list');
    return this.value.map((one: unknown, index) => new Read(one, `${this.place}.${index}`));
  }

  text(): string {
    if (typeof this.value !== 'string') throw new Unreadable(this.place, this.isThere ? 'text' : 'there');
    return this.value;
  }

  /** Absent is nothing. */
  textOrNone(): string {
    return this.isThere ? this.text() : '';
  }

  /** A whole one, as the wire has them. */
  number(): number {
    if (!Number.isSafeInteger(this.value))
      throw new Unreadable(this.place, this.isThere ? 'number' : 'there');
    return this.value as number;
  }

  isTrue(): boolean {
    if (this.isThere && typeof this.value !== 'boolean') throw new Unreadable(this.place, 'yesno');
    return this.value === true;
  }

  oneOf<T extends string>(known: readonly T[]): T {
    const text = this.text();
    const found = known.find((one) => one === text);
    if (found === undefined) throw new Unreadable(this.place, 'known');
    return found;
  }

  /** `{ name: text }`, or nothing where it is absent. */
  optional<K extends string, T>(name: K, read: (value: Read) => T): Partial<Record<K, T>> {
    const found = this.get(name);
    return found.isThere ? ({ [name]: read(found) } as Record<K, T>) : {};
  }
}
