import { beforeAll, describe, expect, it } from 'vitest';
import { type Emoji, findEmoji, GROUPS, loadEmoji, withTone } from './data';

let all: Emoji[] = [];
beforeAll(async () => {
  all = await loadEmoji();
});
const find = (query: string) => findEmoji(all, query, 5).map(({ emoji }) => emoji);
const named = (name: string) => all.find((emoji) => emoji.name === name) as Emoji;

describe('emoji', () => {
  it('are all there, in nine groups', () => {
    expect(all.length).toBeGreaterThan(1800);
    expect(new Set(all.map(({ group }) => group)).size).toBe(GROUPS.length);
    expect(new Set(all.map(({ emoji }) => emoji)).size).toBe(all.length);
  });

  it.each([
    ['rocket', '🚀'],
    ['thumbs up', '👍️'],
    [':tada:', '🎉'],
    ['red_heart', '❤️'],
    ['🎉', '🎉'],
  ])('are found by %j', (query, emoji) => expect(find(query)[0]).toBe(emoji));

  it('are not found by nothing, or by what is none', () => {
    expect(find('')).toEqual([]);
    expect(find('::')).toEqual([]);
    expect(find('xyzzy')).toEqual([]);
  });

  it('have skin tones where Unicode has them', () => {
    expect(withTone(named('waving hand'), 3)).toBe('👋🏽');
    expect(withTone(named('waving hand'), 0)).toBe('👋');
    expect(withTone(named('rocket'), 3)).toBe('🚀');
  });
});
