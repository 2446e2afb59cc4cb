import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Attachment } from '$lib/proto';

type Handler = (args: Record<string, unknown>) => unknown;
const commands = vi.hoisted(() => new Map<string, Handler>());
const called = vi.hoisted(() => [] as { command: string; args: unknown; options?: unknown }[]);

vi.mock('@tauri-apps/api/core', () => ({
  Channel: class {
    constructor(readonly onmessage: (message: unknown) => void) {}
  },
  invoke: async (command: string, args: Record<string, unknown> = {}, options?: unknown) => {
    called.push(options === undefined ? { command, args } : { command, args, options });
    return commands.get(command)?.(args);
  },
}));
const heard = vi.hoisted(() => new Map<string, (event: { payload: unknown }) => void>());
vi.mock('@tauri-apps/api/event', () => ({
  listen: (event: string, handler: (event: { payload: unknown }) => void) => {
    heard.set(event, handler);
    return Promise.resolve(() => heard.delete(event));
  },
}));

const { createPlatform } = await import('.');

const session = '0192d3c4b5a67788990011aabbccddee';
const attachment: Attachment = {
  id: '0192d3c4b5a67788990011aabbccddef',
  name: 'photo.png',
  size: 9 * 1024 * 1024,
  media_type: 'image/png',
  sha256: '00',
};

beforeEach(() => {
  commands.clear();
  called.length = 0;
});

describe('the desktop host', () => {
  it('calls operations by name, with every part present', async () => {
    commands.set('portal_call', () => ({ sessions: [] }));
    const platform = await createPlatform();
    expect(await platform.call('list_sessions', { path: { org: 'a' }, query: { state: 'open' } })).toEqual({
      sessions: [],
    });
    expect(called).toEqual([
      {
        command: 'portal_call',
        args: {
          operation: 'list_sessions',
          call: { path: { org: 'a' }, query: { state: 'open' }, body: null },
        },
      },
    ]);
  });

  it('fetches an attachment in pieces of 4 MiB until its size is reached', async () => {
    commands.set('open_session', () => 7);
    commands.set('attachment_piece', ({ offset }) => {
      const rest = attachment.size - (offset as number);
      return new ArrayBuffer(Math.min(rest, 4 * 1024 * 1024));
    });
    let blob: Blob | undefined;
    vi.stubGlobal('URL', {
      createObjectURL: (made: Blob) => {
        blob = made;
        return 'blob:1';
      },
      revokeObjectURL: vi.fn(),
    });
    const handle = await (await createPlatform()).openSession(session, () => {});
    const { url } = await handle.attachmentUrl(attachment, 'full');
    vi.unstubAllGlobals();
    expect(url).toBe('blob:1');
    expect(blob?.size).toBe(attachment.size);
    expect(called.filter(({ command }) => command === 'attachment_piece')).toHaveLength(3);
  });

  it('streams a file by a ticket of its own, which it gives back', async () => {
    commands.set('open_session', () => 7);
    commands.set('open_media', () => ({ url: 'http://127.0.0.1:4000/t1', ticket: 't1' }));
    const handle = await (await createPlatform()).openSession(session, () => {});
    const { url, release } = await handle.attachmentUrl(attachment, 'media');
    release();
    expect(url).toBe('http://127.0.0.1:4000/t1');
    expect(called.slice(1)).toEqual([
      { command: 'open_media', args: { session, attachment: attachment.id } },
      { command: 'close_media', args: { ticket: 't1' } },
    ]);
  });

  it('saves one file, many and shows where one lies', async () => {
    commands.set('open_session', () => 7);
    commands.set('save_attachment', ({ progress }) => {
      (progress as { onmessage: (message: unknown) => void }).onmessage({ sent: 1, total: 2 });
      return { saved: true, path: '/downloads/photo.png', verified: true };
    });
    const handle = await (await createPlatform()).openSession(session, () => {});
    const seen: unknown[] = [];
    const outcome = await handle.saveAttachment(attachment, 'save', (progress) => seen.push(progress));
    expect(outcome).toEqual({ saved: true, path: '/downloads/photo.png', verified: true });
    expect(seen).toEqual([{ sent: 1, total: 2 }]);
    await handle.showInFolder?.(attachment);
    await handle.saveAll([attachment]);
    expect(called.slice(1)).toMatchObject([
      { command: 'save_attachment', args: { session, attachment, how: 'save' } },
      { command: 'show_in_folder', args: { session, attachment: attachment.id } },
      { command: 'save_all', args: { session, attachments: [attachment] } },
    ]);
  });

  it('saves the newest draft before it closes, and closes its own opening only', async () => {
    commands.set('open_session', () => 7);
    const handle = await (await createPlatform()).openSession(session, () => {});
    handle.draft.save('a');
    handle.draft.save('ab');
    handle.close();
    await vi.waitFor(() => expect(called.map(({ command }) => command)).toContain('close_session'));
    expect(called.slice(1)).toEqual([
      { command: 'draft_save', args: { session, text: 'ab' } },
      { command: 'close_session', args: { session, opening: 7 } },
    ]);
  });

  it('uploads by name, pauses, goes on and ends', async () => {
    commands.set('open_session', () => 7);
    commands.set('start_upload', () => attachment.id);
    const handle = await (await createPlatform()).openSession(session, () => {});
    const upload = handle.upload({ handle: 'chosen-1', name: 'a.iso', size: 9 }, () => {});
    expect(await upload.done).toBe(attachment.id);
    upload.pause();
    upload.resume();
    upload.cancel();
    const [started, ...rest] = called.slice(1);
    const name = (started?.args as { upload: string }).upload;
    expect(started).toMatchObject({ command: 'start_upload', args: { session, file: 'chosen-1' } });
    expect(rest).toEqual(
      ['pause_upload', 'resume_upload', 'cancel_upload'].map((command) => ({
        command,
        args: { upload: name },
      })),
    );
  });

  it('hands pasted bytes over as they are, with their name', async () => {
    commands.set('open_session', () => 7);
    commands.set('adopt_file', () => ({ handle: 'chosen-2', name: 'Übersicht.png', size: 3 }));
    commands.set('read_chosen', () => new ArrayBuffer(3));
    const handle = await (await createPlatform()).openSession(session, () => {});
    const file = await handle.adopt(new File([new Uint8Array([1, 2, 3])], 'Übersicht.png'));
    expect(called.at(-1)).toEqual({
      command: 'adopt_file',
      args: new Uint8Array([1, 2, 3]),
      options: { headers: { name: '%C3%9Cbersicht.png' } },
    });
    const read = await handle.read(file);
    expect([read.size, read.type]).toEqual([3, 'image/png']);
    expect(called.at(-1)).toEqual({ command: 'read_chosen', args: { file: 'chosen-2' } });
  });

  // N18
  it('tells when files are held over the window, and no longer than asked', async () => {
    commands.set('open_session', () => 7);
    const handle = await (await createPlatform()).openSession(session, () => {});
    const seen: boolean[] = [];
    const stop = handle.onFilesDragged?.((over) => seen.push(over));
    const events = ['enter', 'leave', 'enter', 'drop'].map((what) => `tauri://drag-${what}`);
    for (const event of events) heard.get(event)?.({ payload: null });
    expect(seen).toEqual([true, false, true, false]);
    stop?.();
    await vi.waitFor(() => expect(heard.has('tauri://drag-enter')).toBe(false));
  });

  it('shows nothing of a session that was closed', async () => {
    let view: { onmessage: (updates: unknown) => void } | undefined;
    commands.set('open_session', (args) => {
      view = args['view'] as typeof view;
      return 1;
    });
    const seen: unknown[] = [];
    const handle = await (await createPlatform()).openSession(session, (updates) => seen.push(...updates));
    view?.onmessage([{ type: 'unsent', count: 1 }]);
    handle.close();
    view?.onmessage([{ type: 'unsent', count: 2 }]);
    expect(seen).toEqual([{ type: 'unsent', count: 1 }]);
  });

  it('tells which sessions are muted from the first, and mutes one', async () => {
    commands.set('attention_state', () => ({ unread: 2, sessions: [{ session, unread: 2, muted: true }] }));
    const { attention } = await createPlatform();
    const seen: ReadonlySet<string>[] = [];
    attention.onMuted((sessions) => seen.push(sessions));
    await vi.waitFor(() => expect(seen).toEqual([new Set([session])]));
    await attention.setMuted(session, false);
    expect(called.at(-1)).toEqual({ command: 'set_mute', args: { session, muted: false } });
  });

  it('hands over links that came before the page was ready', async () => {
    commands.set('take_links', () => ['deskside://join/help.example.com/0123456789abcdef']);
    const links: string[] = [];
    (await createPlatform()).onDeepLink((link) => links.push(link));
    await vi.waitFor(() => expect(links).toEqual(['deskside://join/help.example.com/0123456789abcdef']));
  });
});
