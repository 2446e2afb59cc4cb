// The system's file picker, where it is the host's or the browser's.
import type { PickedFile, Platform, SessionHandle } from '$lib/platform';
import { folderFrom, pickedFrom } from './folders';

/** What the person picks; none when they cancel. */
export function pick(
  platform: Pick<Platform, 'capabilities'>,
  handle: Pick<SessionHandle, 'pickFiles'> | null,
  multiple: boolean,
): Promise<PickedFile[]> {
  if (platform.capabilities.nativeFiles) return handle?.pickFiles() ?? Promise.resolve([]);
  return browse('file-input-one', (input) => (input.multiple = multiple)).then((files) =>
    files.map((file) => pickedFrom(file)),
  );
}

/** A whole folder, which the person picks; `null` when they cancel, or where there is nothing in it that a browser tells of. */
export async function pickFolder(handle: Pick<SessionHandle, 'direct'> | null): Promise<PickedFile | null> {
  if (handle?.direct?.pickFolder) return handle.direct.pickFolder();
  return folderFrom(await browse('folder-input', (input) => (input.webkitdirectory = true)));
}

function browse(testid: string, ask: (input: HTMLInputElement) => void): Promise<File[]> {
  return new Promise((resolve) => {
    const input = document.createElement('input');
    input.type = 'file';
    ask(input);
    input.hidden = true;
    input.dataset['testid'] = testid;
    const end = () => {
      input.remove();
      resolve([...(input.files ?? [])]);
    };
    input.addEventListener('change', end);
    input.addEventListener('cancel', end);
    // In the document, so that it is not forgotten while the person looks for the file.
    document.body.append(input);
    input.click();
  });
}
