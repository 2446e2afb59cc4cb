import { describe, expect, it } from 'vitest';
import { isDocument } from './fileName';

describe('what may be looked at as a document', () => {
  it.each<[string, string, boolean]>([
    ['report.docx', '', true],
    ['REPORT.DOCX', '', true],
    ['old.doc', 'application/x-ole-storage', true],
    ['report', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', true],
    ['table', 'application/vnd.oasis.opendocument.spreadsheet', true],
    ['text', 'application/vnd.oasis.opendocument.text', false],
    ['a.pdf', '', true],
    ['a.csv', 'application/octet-stream', true],
    ['a.log', '', true],
    ['noise', 'text/plain', true],
    ['drawing.svg', 'image/svg+xml', true],
    ['a.ps1', '', true],
    ['setup.exe', 'application/x-msdownload', false],
    ['report.docx.exe', '', false],
    ['report\u202excod.exe', '', false],
    ['a.zip', 'application/zip', false],
    ['photo.png', 'image/png', false],
    ['film.mp4', 'video/mp4', false],
    ['docx', '', false],
    ['', '', false],
    // Only the beginning of a type counts, not a word in it.
    ['a', 'application/x-text/plain', false],
    ['a', 'application/pdfx-not', false],
    ['a', 'text/html; charset=utf-8', true],
    ['a', 'application/xml; charset=utf-8', true],
  ])('%j of %j: %s', (name, type, yes) => expect(isDocument(name, type)).toBe(yes));
});
