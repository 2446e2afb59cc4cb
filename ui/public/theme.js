// Sets the theme before the first paint; `src/app/theme.svelte.ts` takes over from there.
(function () {
  var choice = null;
  try {
    choice = localStorage.getItem('deskside.theme');
  } catch {
    // Storage can be refused; the system's choice is used then.
  }
  var dark = choice === 'dark' || (choice !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
