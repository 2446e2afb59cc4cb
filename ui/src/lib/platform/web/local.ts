// The one store of this page.
import { LocalStore } from './store';

let opening: Promise<LocalStore> | undefined;

export function localStore(): Promise<LocalStore> {
  opening ??= LocalStore.open();
  return opening;
}
