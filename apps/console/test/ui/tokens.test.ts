import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'

const css = await readFile(new URL('../../src/styles/tokens.css', import.meta.url), 'utf8')
const [light = '', dark = ''] = css.split(':root[data-theme="dark"]')

/** The luminance of each token of a theme; the dark one has those of the light one that it does not set. */
function luminances(...parts: readonly string[]): ReadonlyMap<string, number> {
  const found = parts.flatMap((part) => [...part.matchAll(/--([\w-]+): oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)/g)])
  return new Map(found.map(([, name, l, c, h]) => [name!, luminance(Number(l), Number(c), Number(h))]))
}

/** Of WCAG, from OKLCH by way of linear sRGB (Ottosson's matrices). */
function luminance(lightness: number, chroma: number, hue: number): number {
  const a = chroma * Math.cos((hue * Math.PI) / 180)
  const b = chroma * Math.sin((hue * Math.PI) / 180)
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  const clamped = (value: number) => Math.min(1, Math.max(0, value))
  return (
    0.2126 * clamped(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s) +
    0.7152 * clamped(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s) +
    0.0722 * clamped(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s)
  )
}

const layers = ['bg', 'surface', 'surface-2'] as const
const tones = ['ok', 'warn', 'bad', 'info', 'coord'] as const

// axe measures words; what is drawn in a canvas or an SVG, and the edge of a control, it does not.
describe.for([
  ['light', luminances(light)],
  ['dark', luminances(light, dark)],
] as const)('the colours of the %s theme', ([, tokens]) => {
  const contrast = (one: string, other: string) => {
    const [darker, lighter] = [tokens.get(one)!, tokens.get(other)!].toSorted((a, b) => a - b)
    return (lighter! + 0.05) / (darker! + 0.05)
  }

  test('are all found', () => {
    expect(contrast('text', 'surface')).toBeGreaterThan(10)
  })

  test.for(tones.flatMap((tone) => layers.map((layer) => [tone, layer] as const)))(
    'the mark %s stands out of %s',
    ([tone, layer]) => {
      expect(contrast(`${tone}-mark`, layer)).toBeGreaterThanOrEqual(3)
      expect(contrast(tone, layer)).toBeGreaterThanOrEqual(4.5)
    },
  )

  test.for([1, 2, 3, 4, 5, 6, 7, 8])(
    'the colour of broker %i stands out of every layer, and its letter of the colour',
    (id) => {
      for (const layer of layers) expect(contrast(`b${id}`, layer), layer).toBeGreaterThanOrEqual(3)
      expect(contrast(`b${id}-ink`, `b${id}`)).toBeGreaterThanOrEqual(4.5)
    },
  )

  test.for(layers)('words and controls stand out of %s', (layer) => {
    for (const word of ['text', 'text-2', 'text-3', 'syn-punct']) {
      expect(contrast(word, layer), word).toBeGreaterThanOrEqual(4.5)
    }
    expect(contrast('text-3', 'surface-3')).toBeGreaterThanOrEqual(4.5)
    expect(contrast('text-off', layer)).toBeGreaterThanOrEqual(3)
    expect(contrast('focus', layer)).toBeGreaterThanOrEqual(3)
  })
})
