// Files on their way out of the desktop: Rust holds paths, bytes and connection; the page holds names for them.
import { Channel, invoke } from '@tauri-apps/api/core';
import type { AttachmentId, CaptureKind, SessionId } from '$lib/proto';
import { mediaTypeOf } from '$lib/util/fileName';
import type { PickedFile, SessionHandle, Upload } from '../types';
import { subscribe } from './events';
import { piecesOf } from './receive';

type Sending = Required<
  Pick<SessionHandle, 'pickFiles' | 'upload' | 'restoredUploads' | 'adopt' | 'read' | 'openPicked'>
>;

export function sending(session: SessionId): Sending {
  return {
    pickFiles: () => invoke<PickedFile[]>('pick_files'),
    upload: (file, onProgress, capture) => upload(session, file, onProgress, capture),
    restoredUploads: () => invoke('restored_uploads', { session }),
    adopt,
    read: async ({ handle, name }) => {
      const bytes = await invoke<ArrayBuffer>('read_chosen', { file: handle });
      return new Blob([bytes], { type: mediaTypeOf(name) });
    },
    openPicked: ({ handle, size }) =>
      Promise.resolve(piecesOf(size, (offset) => invoke('picked_piece', { file: handle, offset }))),
  };
}

/** By the window's own events: it takes drags before the page could see them. */
export function onFilesDragged(callback: (over: boolean) => void): () => void {
  const stops = [
    subscribe('tauri://drag-enter', () => callback(true)),
    subscribe('tauri://drag-leave', () => callback(false)),
    subscribe('tauri://drag-drop', () => callback(false)),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/** The bytes go as they are: as JSON they would be four times as many. */
async function adopt(file: File): Promise<PickedFile> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  return invoke<PickedFile>('adopt_file', bytes, { headers: { name: encodeURIComponent(file.name) } });
}

function upload(
  session: SessionId,
  { handle }: PickedFile,
  onProgress: (progress: { sent: number; total: number }) => void,
  capture?: CaptureKind,
): Upload {
  const name = crypto.randomUUID();
  const progress = new Channel<{ sent: number; total: number }>(onProgress);
  const params = { session, file: handle, upload: name, capture: capture ?? null, progress };
  const done = invoke<AttachmentId>('start_upload', params);
  const ask = (command: string) => () => {
    // One that has ended in the meantime is not there to be asked.
    invoke(command, { upload: name }).catch(() => {});
  };
  return {
    done,
    pause: ask('pause_upload'),
    resume: ask('resume_upload'),
    cancel: ask('cancel_upload'),
  };
}
