const and = new Intl.ListFormat(undefined, { type: 'conjunction' });

/** "Ada, Mia and Jonas" */
export const nameList = (names: Iterable<string>) => and.format(names);
