/** One click away for reactions. */
export const QUICK = ['👍', '❤️', '😂', '🎉', '🙏', '✅'] as const;
const RECENT_MAX = 24;
const LIST_KEY = 'deskside.emoji';
const TONE_KEY = 'deskside.emojiTone';

/** What was picked lately, the newest first, and the skin tone in use: kept on this device. */
class RecentEmoji {
  list = $state.raw<string[]>(words(read(LIST_KEY)));
  tone = $state<number>(Math.min(5, Math.max(0, Number.parseInt(read(TONE_KEY), 10) || 0)));

  add(emoji: string): void {
    this.list = [emoji, ...this.list.filter((one) => one !== emoji)].slice(0, RECENT_MAX);
    write(LIST_KEY, this.list.join(' '));
  }

  setTone(tone: number): void {
    this.tone = tone;
    write(TONE_KEY, String(tone));
  }
}

const words = (text: string) => text.split(' ').filter((word) => word !== '');

function read(key: string): string {
  try {
    return localStorage.getItem(key) ?? '';
  } catch {
    return '';
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Storage can be refused: it then lasts as long as the page.
  }
}

export const recentEmoji = new RecentEmoji();
