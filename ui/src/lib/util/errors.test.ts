import { describe, expect, it } from 'vitest';
import en from '../../../messages/en.json';
import { errorText, fieldErrors, isNetworkFailure, Told } from './errors';

const unreachable = en['error.unavailable'];
const unknown = (what: string) => `Something went wrong: ${what}. Try again; if it stays, tell your admin.`;

describe('what is said of an error', () => {
  it.each<[string, unknown, string]>([
    // Nothing answered.
    ['no portal', { code: 'unavailable', message: '' }, unreachable],
    ['no network, in Chromium', new TypeError('Failed to fetch'), unreachable],
    ['no network, in Firefox', new TypeError('NetworkError when attempting to fetch resource.'), unreachable],
    ['no network, in WebKit', new TypeError('Load failed'), unreachable],
    [
      'a part of the page that does not come',
      new TypeError('Failed to fetch dynamically imported module: https://desk.example/assets/a.js'),
      unreachable,
    ],
    ['an answer too late', new DOMException('signal timed out', 'TimeoutError'), unreachable],
    // Something did.
    ['a code of the wire', { code: 'not_found', message: 'x' }, en['error.not_found']],
    ['a code of tomorrow', { code: 'moon_full', message: 'The moon is full.' }, 'The moon is full.'],
    ['a code without words', { code: 'moon_full', message: '' }, unknown('moon_full')],
    // Tauri itself refuses a command with a string.
    ['a command that is not there', 'Command save_all not found', unknown('Command save_all not found')],
    [
      'arguments of another version',
      'invalid args `how` for command `save_attachment`: missing field\n',
      unknown('invalid args `how` for command `save_attachment`: missing field'),
    ],
    [
      'a fault of the page',
      new TypeError("Cannot read properties of undefined (reading 'id')."),
      unknown("Cannot read properties of undefined (reading 'id')"),
    ],
    ['an exception of the browser', new DOMException('', 'NotAllowedError'), unknown('NotAllowedError')],
    ['hidden characters', 'a\u202eb\u0000c', unknown('a b c')],
    ['a whole page of text', 'x'.repeat(5_000), unknown(`${'x'.repeat(200)}…`)],
    ['nothing at all', undefined, en['failure.unsaid']],
    ['an object', {}, en['failure.unsaid']],
    ['a sentence', new Told('There is no room.'), 'There is no room.'],
  ])('%s', (_name, error, sentence) => expect(errorText(error)).toBe(sentence));

  it('stands at the field that it is about', () => {
    expect(fieldErrors({ code: 'email_taken', message: '', field: 'email' })).toEqual({
      email: en['error.email_taken'],
    });
    expect(fieldErrors('refused')).toEqual({ form: unknown('refused') });
  });

  it.each([['Failed to fetch'], null, undefined, { code: 'unavailable' }, new Error('Failed to fetch')])(
    'is no failure of the network without its sign: %o',
    (error) => expect(isNetworkFailure(error)).toBe(false),
  );
});
