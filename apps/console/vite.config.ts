import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defaultClientConditions, defineConfig, type ProxyOptions } from 'vite'
import { precompress } from './build/precompress.ts'
import { preloadFonts } from './build/preload-fonts.ts'

/** Everything outside /console/ is a broker's: `YAK_BROKER=http://127.0.0.1:5001 pnpm --filter @yak/console dev`. */
const proxy: Record<string, ProxyOptions> = {
  '^/(?!console(/|$))': { target: process.env.YAK_BROKER ?? 'http://127.0.0.1:5001', ws: true },
}

export default defineConfig({
  base: '/console/',
  plugins: [react(), tailwindcss(), preloadFonts(/geist-latin-wght/), precompress()],
  resolve: { conditions: ['@yak/source', ...defaultClientConditions] },
  // The CSV import's worker is a module as well: it shares chunks and loads from this origin.
  worker: { format: 'es' },
  build: {
    target: 'es2023',
    // No data: URLs and no polyfill: the content security policy names files of this origin only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
    reportCompressedSize: false,
    manifest: true,
  },
  server: { host: '127.0.0.1', proxy },
  preview: { host: '127.0.0.1', proxy },
})
