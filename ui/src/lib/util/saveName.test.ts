import { expect, it } from 'vitest';
import { saveName } from './saveName';

it.each([
  ['Outlook asks for the password', 'Outlook asks for the password'],
  ['New laptop: move of files', 'New laptop move of files'],
  ['../../etc/passwd', 'etc passwd'],
  ['<b>=1+1</b> "x"?', 'b =1+1 b x'],
  ['a\u202egnp.exe\u0000', 'agnp.exe'],
  ['طابعة', 'طابعة'],
  ['...', 'Session'],
  ['', 'Session'],
  ['🎉'.repeat(80), '🎉'.repeat(60)],
])('%s is saved as %s', (title, name) => expect(saveName(title, 'Session')).toBe(name));
