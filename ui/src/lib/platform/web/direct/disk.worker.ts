// Handles that write in place exist in workers only.
import { type DiskOrder, diskwork, type Handle } from './disk';
import { folderOf, removeFolder } from './opfs';

const work = diskwork(
  {
    open: async (attachment, file) => {
      const folder = await folderOf(attachment, true);
      const handle = await folder.getFileHandle(String(file), { create: true });
      return (
        handle as typeof handle & { createSyncAccessHandle(): Promise<Handle> }
      ).createSyncAccessHandle();
    },
    has: (attachment) =>
      folderOf(attachment, false).then(
        () => true,
        () => false,
      ),
    remove: removeFolder,
  },
  (answer) => self.postMessage(answer),
);
self.onmessage = ({ data }: MessageEvent<DiskOrder>) => work(data);
