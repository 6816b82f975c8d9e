import type { Plugin } from 'vite'

/** Tells the browser of the text font before it has read the style sheet that names it: no flash of another font. */
export function preloadFonts(pattern: RegExp): Plugin {
  return {
    name: 'yak:preload-fonts',
    apply: 'build',
    enforce: 'post',
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle }) {
        return Object.keys(bundle ?? {})
          .filter((name) => name.endsWith('.woff2') && pattern.test(name))
          .map((name) => ({
            tag: 'link',
            attrs: { rel: 'preload', href: `/console/${name}`, as: 'font', type: 'font/woff2', crossorigin: '' },
            injectTo: 'head' as const,
          }))
      },
    },
  }
}
