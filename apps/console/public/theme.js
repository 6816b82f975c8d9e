// Sets the theme before the first paint. Plain and small: it blocks the page. `src/data/preferences.ts` writes what it reads.
;(() => {
  let theme = 'auto'
  try {
    theme = JSON.parse(localStorage.getItem('yak.preferences') || '{}').theme || 'auto'
  } catch {
    // Storage is off or holds something else: the system decides.
  }
  const dark = theme === 'dark' || (theme === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
})()
