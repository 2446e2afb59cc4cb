import { untrack } from 'svelte';
import { t } from '$lib/i18n';
import type { Variant } from '$lib/platform';
import type { Attachment } from '$lib/proto';
import { errorText } from '$lib/util/errors';
import type { FileDesk } from './desk.svelte';

/** The address of a file for as long as a component shows it; called while the component is made. */
export function shownUrl(files: FileDesk, file: () => Attachment, variant: Variant) {
  let url = $state('');
  let error = $state('');
  // Its other parts change as people answer: it is another file only by its id.
  const id = $derived(file().id);

  $effect(() => {
    const { access } = files;
    if (!access || id === '') return;
    let gone = false;
    let release = () => {};
    url = error = '';
    untrack(() => access.attachmentUrl(file(), variant)).then(
      (loaded) => {
        if (gone) return loaded.release();
        release = loaded.release;
        url = loaded.url;
      },
      (problem: unknown) => {
        if (!gone) error = errorText(problem);
      },
    );
    return () => {
      gone = true;
      release();
    };
  });

  return {
    get url() {
      return url;
    },
    get error() {
      return error;
    },
    /** It came, and cannot be shown. */
    fail(why = t('image.broken')) {
      error = why;
    },
  };
}
