import { describe, expect, it } from 'vitest';
import type { TranscriptItem, TranscriptPage } from '$lib/proto';
import { Transcript } from './chunks.svelte';
import { Find } from './find.svelte';

const item = (seq: number, text = `message ${seq}`): TranscriptItem => ({
  seq,
  at: seq * 1000,
  by: { name: 'Ada', role: 'technician' },
  technicians_only: false,
  what: { type: 'message', text },
});

/** A portal with these items, and what it was asked. */
function portal(items: readonly TranscriptItem[], most = Infinity) {
  const asked: number[] = [];
  const state = { fails: false };
  const read = ({ after, limit }: { after: number; limit: number }): Promise<TranscriptPage> => {
    asked.push(after);
    if (state.fails) return Promise.reject(new Error('lost'));
    const last = items.at(-1)?.seq ?? 0;
    // At most so many places at once, whatever stands there.
    const shown = items.filter(({ seq }) => seq > after && seq <= after + most).slice(0, limit);
    const read = shown.length === limit ? (shown.at(-1)?.seq ?? 0) : Math.min(after + most, last);
    return Promise.resolve({ items: shown, last, ...(read < last ? { next: read } : {}) });
  };
  return { asked, state, transcript: new Transcript(read) };
}

describe('a transcript in pieces', () => {
  it('asks only for what is looked at', async () => {
    const { asked, transcript } = portal(Array.from({ length: 450 }, (_, at) => item(at + 1)));
    await transcript.open();
    expect(transcript.chunks).toHaveLength(5);
    expect(transcript.chunkOf(301)?.index).toBe(3);
    expect((await transcript.itemAt(301))?.seq).toBe(301);
    expect(asked).toEqual([0, 300]);
    expect((await transcript.all()).map(({ seq }) => seq)).toEqual(
      Array.from({ length: 450 }, (_, at) => at + 1),
    );
    expect(asked).toEqual([0, 300, 100, 200, 400]);
  });

  it('finds the next item where a place is none of its own', async () => {
    const { transcript } = portal([item(1), item(2), item(150), item(340)]);
    await transcript.open();
    expect((await transcript.itemAt(3))?.seq).toBe(150);
    expect((await transcript.itemAt(151))?.seq).toBe(340);
    expect(await transcript.itemAt(999)).toBeUndefined();
    expect(transcript.chunks?.map(({ items }) => items?.map(({ seq }) => seq))).toEqual([
      [1, 2],
      [150],
      [],
      [340],
    ]);
  });

  it('asks on where the portal stopped early', async () => {
    const { asked, transcript } = portal([item(1), item(90), item(130)], 40);
    await transcript.open();
    expect((await transcript.all()).map(({ seq }) => seq)).toEqual([1, 90, 130]);
    expect(asked).toEqual([0, 0, 40, 80, 100]);
  });

  it('says what failed, and gets it the second time', async () => {
    const { state, transcript } = portal(Array.from({ length: 120 }, (_, at) => item(at + 1)));
    await transcript.open();
    state.fails = true;
    const chunk = transcript.chunkOf(120);
    if (chunk) await transcript.load(chunk);
    expect(chunk?.error).toBeInstanceOf(Error);
    await expect(transcript.all()).rejects.toThrow('lost');
    state.fails = false;
    if (chunk) await transcript.load(chunk);
    expect([chunk?.error, chunk?.items?.length]).toEqual([null, 20]);
  });

  it('is empty', async () => {
    const { transcript } = portal([]);
    await transcript.open();
    expect(await transcript.all()).toEqual([]);
  });
});

describe('finding words', () => {
  const items = Array.from({ length: 250 }, (_, at) =>
    item(at + 1, [40, 140, 240].includes(at + 1) ? 'the **Drum** unit' : 'nothing'),
  );

  it.each([
    [0, [40, 140]],
    [141, [240, 40]],
    [250, [40, 140]],
  ])('begins from place %d on, and goes round', async (from, expected) => {
    const shown: number[] = [];
    const { transcript } = portal(items);
    await transcript.open();
    const find = new Find(transcript, (seq) => shown.push(seq));
    find.words = 'drum UNIT';
    await find.look(from);
    expect(find.places).toEqual([40, 140, 240]);
    find.step(1);
    expect(shown).toEqual(expected);
    find.step(-1);
    expect(shown.at(-1)).toBe(expected[0]);
  });

  it('looks for words as they are read, and for names of files', async () => {
    const { transcript } = portal([
      item(1, 'a **b**old word'),
      {
        ...item(2, ''),
        what: {
          type: 'message',
          text: '',
          files: [
            {
              attachment: { id: '1', name: 'Report.pdf', size: 1, media_type: 'application/pdf', sha256: '' },
              fate: { type: 'kept' },
            },
          ],
        },
      },
      { ...item(3), what: { type: 'joined' } },
    ]);
    await transcript.open();
    const find = new Find(transcript, () => {});
    const placesOf = async (words: string) => {
      find.words = words;
      await find.look(null);
      return find.places;
    };
    expect(await placesOf('bold')).toEqual([1]);
    expect(await placesOf('report')).toEqual([2]);
    expect(await placesOf('')).toEqual([]);
    expect(await placesOf('joined')).toEqual([]);
  });
});
