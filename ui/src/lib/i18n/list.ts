const and = new Intl.ListFormat(undefined, { type: 'conjunction' });

/** What turns the direction of what follows it: of a name, into the words around it. */
const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A name as a part of a sentence. */
export const plainName = (name: string): string => name.replace(TURNING, '');

/** "Ada, Mia and Jonas" */
export const nameList = (names: Iterable<string>) => and.format([...names].map(plainName));
