import { expect, it } from 'vitest';
import { nameList, plainName } from './list';

it('names people in one sentence, whatever directions their names try', () => {
  expect(nameList(['Ada'])).toBe('Ada');
  expect(nameList(['Mal\u202elory', 'Mia'])).toBe('Mallory and Mia');
  expect(plainName('\u2067\u0645\u2069\u200f')).toBe('\u0645');
});
