// The system's file picker, where it is the host's or the browser's.
import type { PickedFile, Platform, SessionHandle } from '$lib/platform';
import { pickedFrom } from './folders';

/** What the person picks; none when they cancel. */
export function pick(
  platform: Pick<Platform, 'capabilities'>,
  handle: Pick<SessionHandle, 'pickFiles'> | null,
  multiple: boolean,
): Promise<PickedFile[]> {
  if (platform.capabilities.nativeFiles) return handle?.pickFiles() ?? Promise.resolve([]);
  return new Promise((resolve) => {
    const input = document.createElement('input');
    input.type = 'file';
    input.multiple = multiple;
    input.hidden = true;
    input.dataset['testid'] = 'file-input-one';
    const end = () => {
      input.remove();
      resolve([...(input.files ?? [])].map((file) => pickedFrom(file)));
    };
    input.addEventListener('change', end);
    input.addEventListener('cancel', end);
    // In the document, so that it is not forgotten while the person looks for the file.
    document.body.append(input);
    input.click();
  });
}
