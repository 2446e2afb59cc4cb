// Every text a person sees comes from messages/en.json (ICU MessageFormat).
import { IntlMessageFormat } from 'intl-messageformat';
import en from '../../../messages/en.json';

export type MessageKey = keyof typeof en;
export type MessageVars = Record<string, string | number | Date>;

const locale = 'en';
const compiled = new Map<MessageKey, IntlMessageFormat>();

export function t(key: MessageKey, vars?: MessageVars): string {
  let message = compiled.get(key);
  if (!message) {
    message = new IntlMessageFormat(en[key], locale, undefined, { ignoreTag: true });
    compiled.set(key, message);
  }
  return String(message.format(vars));
}

/** Whether the catalogue has `key`: for keys made of codes that a newer portal may have more of. */
export function hasMessage(key: string): key is MessageKey {
  return Object.hasOwn(en, key);
}
