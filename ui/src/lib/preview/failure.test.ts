import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hasMessage, t } from '$lib/i18n';
import { Told } from '$lib/util/errors';
import { PreviewFailure } from './document';
import { notesOf, whyNot } from './failure';

const rust = (path: string) => readFileSync(`../crates/preview/src/${path}`, 'utf8');
const told = (code: string, more: object = {}) => whyNot(new PreviewFailure({ code, message: 'x', ...more }));

// Never seen: the viewer draws PDF itself, the worker waits, and asks the other module, itself.
const UNSEEN = ['pdf', 'waiting', 'elsewhere'];
const codes = [...rust('error.rs').matchAll(/Self::\w+.*=> "(\w+)",/g)].flatMap(([, code]) => code ?? []);

describe('why there is no preview', () => {
  it('is read from the Rust source', () =>
    expect(codes).toEqual(expect.arrayContaining(['encrypted', 'read', ...UNSEEN])));

  it.each([...codes.filter((code) => !UNSEEN.includes(code)), 'crashed', 'timed_out'])(
    '%s has a sentence',
    (code) => {
      expect(hasMessage(`preview.why.${code}`)).toBe(true);
      expect(told(code)).toMatch(/\.$/);
    },
  );

  it('names a format that is known and not read', () => {
    expect(told('unsupported', { format: 'archive' })).toContain('This is an archive');
    expect(told('unsupported')).toBe(t('preview.why.unsupported'));
  });

  it('has a sentence for a code that is not known, and for what is no failure of the preview', () => {
    expect(told('brand_new')).toBe(t('preview.why.malformed'));
    expect(whyNot(new Told('Not here.'))).toBe('Not here.');
  });

  it('never shows the message that is for machines', () => {
    for (const code of [...codes, 'closed']) expect(told(code)).not.toBe('x');
  });
});

describe('what one should know', () => {
  it('is that the name says something else, and every warning', () => {
    const warnings = ['cut', 'damaged', 'macros', 'external', 'not_drawn'] as const;
    const notes = notesOf({ format: 'csv', shape: 'sheets', misnamed: true }, warnings);
    expect(notes).toHaveLength(6);
    expect(notes[0]).toBe('Its name says otherwise, but this is a table as text.');
    expect(new Set(notes).size).toBe(6);
    expect(notesOf({ format: 'csv', shape: 'sheets' }, [])).toEqual([]);
  });
});
