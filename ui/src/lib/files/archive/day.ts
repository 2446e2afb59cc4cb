// Days as a document names them: with the year, as it is read long after.
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'full' });

export const dayText = (at: number): string => day.format(at);
