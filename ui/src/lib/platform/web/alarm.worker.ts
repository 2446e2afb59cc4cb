// Timers in a worker are not slowed down with the page.
import { clockwork, type Order } from './clockwork';

const order = clockwork((id) => self.postMessage(id));
self.onmessage = ({ data }: MessageEvent<Order>) => order(data);
