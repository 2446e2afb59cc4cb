import { announce } from '$app/announce.svelte';
import { t } from '$lib/i18n';

/** Into the clipboard, and said. */
export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    announce(t('copy.done'));
  } catch {
    announce(t('copy.refused'));
  }
}
