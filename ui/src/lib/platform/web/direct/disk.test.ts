// Z20, P: what was received is on the disk before the journal names it; a full disk is told as one.
import { describe, expect, it } from 'vitest';
import { type Disk, type DiskAnswer, type DiskOrder, diskwork } from './disk';
import { DiskPort, OpfsStore } from './opfs';
import { failureOf } from './store';

class FakeDisk implements Disk {
  readonly files = new Map<string, Uint8Array>();
  readonly log: string[] = [];
  open_ = 0;
  most = 0;
  room = Infinity;

  open(attachment: string, file: number) {
    const key = `${attachment}/${file}`;
    this.open_ += 1;
    this.most = Math.max(this.most, this.open_);
    return Promise.resolve({
      write: (data: Uint8Array<ArrayBuffer>, { at }: { at: number }) => {
        const taken = data.subarray(0, Math.max(0, this.room - at));
        const before = this.files.get(key) ?? new Uint8Array();
        const after = new Uint8Array(Math.max(before.length, at + taken.length));
        after.set(before);
        after.set(taken, at);
        this.files.set(key, after);
        return taken.length;
      },
      flush: () => void this.log.push(`flush ${key}`),
      close: () => {
        this.open_ -= 1;
        this.log.push(`close ${key}`);
      },
    });
  }

  has(attachment: string) {
    return Promise.resolve([...this.files.keys()].some((key) => key.startsWith(`${attachment}/`)));
  }

  remove(attachment: string) {
    for (const key of this.files.keys()) if (key.startsWith(`${attachment}/`)) this.files.delete(key);
    return Promise.resolve();
  }
}

/** A worker without a thread. */
function port(disk: Disk): DiskPort {
  const worker: Pick<Worker, 'postMessage' | 'onmessage' | 'onerror'> = {
    onmessage: null,
    onerror: null,
    postMessage: (order: unknown) => work(order as DiskOrder),
  };
  const answer = (data: DiskAnswer) => worker.onmessage?.call(worker as Worker, { data } as MessageEvent);
  const work = diskwork(disk, answer);
  return new DiskPort(worker);
}

const LIST = { kind: 'file' as const, entries: [{ path: 'a', size: 4 }] };
const bytes = (...values: number[]) => Uint8Array.from(values);

describe('the private file system', () => {
  it('writes blocks where they belong, in any order, and syncs before it answers', async () => {
    const disk = new FakeDisk();
    const store = new OpfsStore('x', port(disk));
    await store.prepare(LIST, false);
    await store.write({ file: 0, offset: 2 }, bytes(3, 4));
    await store.write({ file: 0, offset: 0 }, bytes(1, 2));
    expect(disk.log).toEqual([]);
    await store.sync();
    expect(disk.log).toEqual(['flush x/0']);
    await store.sync();
    expect(disk.log).toHaveLength(1);
    expect(disk.files.get('x/0')).toEqual(bytes(1, 2, 3, 4));
  });

  it('goes on with what an earlier page left, and says when that is gone', async () => {
    const disk = new FakeDisk();
    await new OpfsStore('x', port(disk)).write({ file: 0, offset: 0 }, bytes(1));
    await expect(new OpfsStore('x', port(disk)).prepare(LIST, true)).resolves.toBeUndefined();
    const gone = await new OpfsStore('y', port(disk)).prepare(LIST, true).catch(failureOf);
    expect(gone).toBe('lost');
    await new OpfsStore('x', port(disk)).prepare(LIST, false);
    expect(disk.files.size).toBe(0);
  });

  it('takes a block that found no room whole for a full disk', async () => {
    const disk = new FakeDisk();
    disk.room = 3;
    const store = new OpfsStore('x', port(disk));
    expect(await store.write({ file: 0, offset: 0 }, bytes(1, 2, 3, 4)).catch(failureOf)).toBe('disk_full');
  });

  it('keeps at most 64 files of a folder open', async () => {
    const disk = new FakeDisk();
    const store = new OpfsStore('x', port(disk));
    for (let file = 0; file < 200; file += 1) await store.write({ file, offset: 0 }, bytes(file));
    expect(disk.most).toBeLessThanOrEqual(65);
    expect(disk.log.slice(0, 2)).toEqual(['flush x/0', 'close x/0']);
    expect(disk.files.size).toBe(200);
  });
});
