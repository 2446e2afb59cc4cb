// System, light or dark. `public/theme.js` sets it before the first paint.

export type ThemeChoice = 'system' | 'light' | 'dark';
const KEY = 'deskside.theme';

class Theme {
  choice = $state<ThemeChoice>(read());

  set(choice: ThemeChoice): void {
    this.choice = choice;
    try {
      if (choice === 'system') localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, choice);
    } catch {
      // Storage can be refused: the choice then lasts as long as the page.
    }
    this.apply();
  }

  apply(): void {
    const dark = this.choice === 'dark' || (this.choice === 'system' && systemIsDark());
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  }

  listen(): () => void {
    const query = window.matchMedia?.('(prefers-color-scheme: dark)');
    const change = () => this.apply();
    query?.addEventListener('change', change);
    return () => query?.removeEventListener('change', change);
  }
}

function systemIsDark(): boolean {
  return window.matchMedia?.('(prefers-color-scheme: dark)').matches ?? false;
}

function read(): ThemeChoice {
  try {
    const value = localStorage.getItem(KEY);
    return value === 'light' || value === 'dark' ? value : 'system';
  } catch {
    return 'system';
  }
}

export const theme = new Theme();
