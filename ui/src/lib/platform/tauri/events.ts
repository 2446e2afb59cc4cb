import { listen, type EventCallback, type EventName } from '@tauri-apps/api/event';

/** `listen` answers later; who unsubscribes before that is heard as well. */
export function subscribe<T>(event: EventName, callback: EventCallback<T>): () => void {
  let stopped = false;
  const listening = listen<T>(event, (message) => {
    if (!stopped) callback(message);
  });
  return () => {
    stopped = true;
    void listening.then((unlisten) => unlisten());
  };
}
