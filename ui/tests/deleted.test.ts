// What is gone from Files: by time, and by an admin's wish, on the in-memory host.
import { render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it } from 'vitest';
import App from '$app/App.svelte';
import { router } from '$app/router.svelte';
import { createPlatform } from '$lib/platform/demo';
import type { FilesPage } from '$lib/proto';

const WAIT = { timeout: 20_000 };
const user = userEvent.setup();

async function filesPage(...flags: string[]) {
  const platform = await createPlatform({ delay: 1, flags: new Set(flags), desktop: false });
  const list = async () =>
    (await platform.call<FilesPage>('list_files', { path: { org: '' } })).entries.map(
      (entry) => entry.session_id,
    );
  const [session = ''] = await list();
  router.navigate(`/files/${session}`);
  render(App, { platform });
  await screen.findAllByTestId('files-attachment', {}, WAIT);
  return { session, list };
}

afterEach(() => router.navigate('/'));

describe('what is gone from Files', () => {
  // C09: name, size and hash of a file whose time was over stay; there is nothing to open or save.
  it('names files whose time was over', { timeout: 60_000 }, async () => {
    await filesPage('expired');
    const gone = within(screen.getByTestId('files-expired'));
    expect(screen.getByRole('heading', { name: '1 file whose time was over' })).toBeTruthy();
    expect(gone.getByText(/SHA-256/)).toBeTruthy();
    expect(gone.queryByRole('button')).toBeNull();
  });

  // S21: asked first, gone from the list afterwards.
  it('lets admins delete a session for good', { timeout: 60_000 }, async () => {
    const { session, list } = await filesPage();
    await user.click(screen.getByTestId('files-delete'));
    const dialog = within(await screen.findByRole('dialog'));
    await user.click(dialog.getByRole('button', { name: 'Keep it' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull(), WAIT);
    await waitFor(() => expect(document.body.style.pointerEvents).not.toBe('none'), WAIT);
    expect(await list()).toContain(session);
    await user.click(screen.getByTestId('files-delete'));
    await user.click(await screen.findByTestId('files-delete-confirm'));
    await waitFor(() => expect(location.pathname).toBe('/files'), WAIT);
    expect(await list()).not.toContain(session);
  });

  it('offers that to nobody else', { timeout: 60_000 }, async () => {
    await filesPage('technician');
    expect(screen.queryByTestId('files-delete')).toBeNull();
  });
});
