import { describe, expect, it } from 'vitest';
import { fileKind, middleEllipsis, splitName, visibleName, extension } from './fileName';
import { idTime } from './id';
import { groupCode, isCompleteCode, linkSecret, parseJoinInput, spellCode } from './joinCode';
import { portalUrl } from './portalUrl';
import { formatSize, percent } from './size';

describe('join codes', () => {
  it.each([
    ['', ''],
    ['k7m', 'K7M'],
    ['k7m4', 'K7M-4'],
    ['K7M 4QX 9TB', 'K7M-4QX-9TB'],
    ['k7m-4qx-9tb-too long', 'K7M-4QX-9TB'],
    ['oil', '011'],
  ])('groups %j as %j', (typed, shown) => expect(groupCode(typed)).toBe(shown));

  it('knows a whole one', () => {
    expect(isCompleteCode('K7M-4QX-9TB')).toBe(true);
    expect(isCompleteCode('K7M-4QX-9T')).toBe(false);
  });

  it('is read symbol by symbol', () => expect(spellCode('K7M4QX9TB')).toBe('K 7 M, 4 Q X, 9 T B'));

  const secret = 'Qw8fJ2nZ0dT5uYx1Lb3kRg';
  it.each([
    [`https://support.example.com/join/${secret}`, secret],
    [`http://127.0.0.1:8080/join/${secret}/`, secret],
    [`deskside://join/support.example.com:8443/${secret}`, secret],
    [`/join/${secret}`, secret],
    ['K7M-4QX-9TB', null],
    ['https://support.example.com/files', null],
    ['javascript:alert(1)//join/aaaaaaaaaaaaaaaaaaa', null],
  ])('finds the secret of %j', (text, found) => expect(linkSecret(text)).toBe(found));

  it('takes a pasted link whole and a code in groups', () => {
    const link = `https://support.example.com/join/${secret}`;
    expect(parseJoinInput(`  ${link}\n`)).toEqual({ kind: 'link', text: link });
    expect(parseJoinInput('k7m4qx9tb')).toEqual({ kind: 'code', text: 'K7M-4QX-9TB' });
    expect(parseJoinInput('  ')).toEqual({ kind: 'empty' });
  });
});

describe('sizes', () => {
  it.each([
    [0, '0 B'],
    [812, '812 B'],
    [1024, '1.0 KB'],
    [188_620, '184.2 KB'],
    [1_048_575, '1.0 MB'],
    [1_258_291, '1.2 MB'],
    [1024 ** 3, '1.0 GB'],
  ])('%d is %j', (bytes, text) => expect(formatSize(bytes)).toBe(text));

  it('gives percent that never pass 100 and never claim to be done early', () => {
    expect(percent(0, 0)).toBe(0);
    expect(percent(999, 1000)).toBe(99);
    expect(percent(1000, 1000)).toBe(100);
    expect(percent(2000, 1000)).toBe(100);
  });
});

// N14
describe('file names', () => {
  it('makes characters visible that would turn or hide text', () => {
    expect(visibleName('invoice\u202efdp.exe')).toBe('invoice\ufffdfdp.exe');
    expect(visibleName('a\u200bb\u2066c\n.txt')).toBe('a\ufffdb\ufffdc\ufffd.txt');
    expect(visibleName('Übersicht – März.pdf')).toBe('Übersicht – März.pdf');
  });

  it('never cuts the real extension', () => {
    const name = 'HP LaserJet service report of the last two years, complete.pdf';
    expect(middleEllipsis(name, 24)).toBe('HP LaserJet s…mplete.pdf');
    expect(middleEllipsis('short.pdf')).toBe('short.pdf');
    expect(splitName(`${'a'.repeat(80)}.pdf.exe`).tail).toBe('aa.pdf.exe');
    expect([...middleEllipsis(`${'😀'.repeat(50)}.png`, 20)].length).toBe(20);
  });

  it('tells kinds by the last extension', () => {
    expect(fileKind('photo.JPG')).toBe('image');
    expect(fileKind('report.pdf.exe')).toBe('program');
    expect(fileKind('README')).toBe('other');
    expect(extension('.profile')).toBe('');
  });
});

describe('portal addresses', () => {
  it.each([
    ['support.example.com', 'https://support.example.com'],
    ['https://support.example.com/', 'https://support.example.com'],
    ['localhost:8080', 'http://localhost:8080'],
    ['127.0.0.1:8443', 'http://127.0.0.1:8443'],
    ['https://127.0.0.1:8443', 'https://127.0.0.1:8443'],
    ['', null],
    ['two words', null],
    ['file:///etc/passwd', null],
    ['https://ada:pw@support.example.com', null],
  ])('%j is %j', (typed, url) => expect(portalUrl(typed)).toBe(url));
});

it('reads the time of a UUIDv7', () => {
  expect(idTime('0192d3c4b5a67788990011aabbccddee')).toBe(0x0192d3c4b5a6);
});
