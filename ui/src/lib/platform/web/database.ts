// IndexedDB as this site uses it: a database that opens soon or not at all, and changes that are on disk.

/** Milliseconds after which a database that does not open is given up. */
const OPEN_WITHIN = 5_000;

/** Opens `name` in its first version; `make` creates what is in it. Rejects where the browser keeps nothing. */
export function openDatabase(
  factory: IDBFactory,
  name: string,
  make: (database: IDBDatabase) => void,
): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = factory.open(name, 1);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      reject(new Error('the database does not open'));
    }, OPEN_WITHIN);
    request.onupgradeneeded = () => make(request.result);
    request.onsuccess = () => {
      clearTimeout(timer);
      if (late) request.result.close();
      else resolve(request.result);
    };
    request.onerror = () => {
      clearTimeout(timer);
      reject(request.error ?? new Error('the database does not open'));
    };
  });
}

/** Resolves when what `transaction` changed is kept. */
export function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error('the transaction was aborted'));
  });
}
