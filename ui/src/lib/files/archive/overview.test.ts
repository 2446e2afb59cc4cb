import { describe, expect, it } from 'vitest';
import { daysOf, framed, rangeOf, waitText } from './overview';

describe('the overview', () => {
  it.each([
    ['', 30],
    ['?days=7', 7],
    ['?days=90', 90],
    ['?days=31', 30],
    ['?days=7;DROP', 30],
  ])('%s asks for %d days', (search, days) => expect(rangeOf(search)).toBe(days));

  it('asks for whole days, with today', () => {
    const now = new Date(2026, 10, 22, 15, 30).getTime();
    expect(framed(7, now)).toEqual({
      from: new Date(2026, 10, 16).getTime(),
      to: now,
      offset_minutes: -new Date(2026, 10, 22).getTimezoneOffset() || 0,
    });
  });

  it('shows days on which nothing goes as well', () => {
    const now = new Date(2026, 10, 22, 15, 30).getTime();
    const at = (day: number) => new Date(2026, 10, day).getTime();
    const frees = [
      { at: at(22), bytes: 5, sessions: 0, files: 1 },
      { at: at(30), bytes: 7, sessions: 1, files: 1 },
    ];
    const days = daysOf(frees, now);
    expect(days).toHaveLength(9);
    expect(days.map(({ bytes }) => bytes)).toEqual([5, 0, 0, 0, 0, 0, 0, 0, 7]);
    expect(daysOf(frees.slice(0, 1), now)).toHaveLength(7);
    expect(daysOf([], now)).toEqual([]);
  });

  it.each([
    [0, '0 s'],
    [45_400, '45 s'],
    [90_000, '1:30 min'],
    [3_900_000, '1:05:00 h'],
  ])('%d ms are %s', (millis, text) => expect(waitText(millis)).toBe(text));
});
