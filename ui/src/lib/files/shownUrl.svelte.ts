import { untrack } from 'svelte';
import { t } from '$lib/i18n';
import type { FileAccess, Variant } from '$lib/platform/types';
import { PIECE_BYTES } from '$lib/preview/source';
import type { Attachment } from '$lib/proto';
import { errorText, Told } from '$lib/util/errors';
import { shownTypeOf } from '$lib/util/fileName';
import type { FileDesk } from './desk.svelte';

/** Bytes of a direct file that are taken into memory to be shown. */
const HELD_MAX_BYTES = 256 * 1024 * 1024;

/** The address of a direct file: its bytes are on this computer, and nowhere else. */
async function hereUrl(access: FileAccess, file: Attachment): Promise<{ url: string; release(): void }> {
  const source = await access.openDocument(file);
  try {
    const blob = source.blob ?? (await held(source));
    // What its name says decides, so that it is never taken for a page or a script.
    const url = URL.createObjectURL(blob.slice(0, blob.size, shownTypeOf(file.name)));
    return { url, release: () => URL.revokeObjectURL(url) };
  } finally {
    source.release?.();
  }
}

async function held({ size, read }: Awaited<ReturnType<FileAccess['openDocument']>>): Promise<Blob> {
  if (size > HELD_MAX_BYTES) throw new Told(t('preview.why.too_large'));
  const pieces: ArrayBuffer[] = [];
  for (let offset = 0; offset < size; offset += PIECE_BYTES) {
    pieces.push(await read(offset, Math.min(PIECE_BYTES, size - offset)));
  }
  return new Blob(pieces);
}

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
    untrack(() => {
      const shown = file();
      return shown.direct ? hereUrl(access, shown) : access.attachmentUrl(shown, variant);
    }).then(
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
