import { createElement, type FunctionComponent } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, test } from 'vitest'
import { partsOf, visibleText } from '../../src/lib/visible-text.ts'
import { JsonTree } from '../../src/ui/json-tree.tsx'
import { MarkedText } from '../../src/ui/marked-text.tsx'
import { KeyText, ValueText } from '../../src/ui/message-text.tsx'
import { VisibleText } from '../../src/ui/visible-text.tsx'

/** What a person reads of it; a mark as `[U+202E]`. */
const read = <Props extends object>(component: FunctionComponent<Props>, props: Props): string =>
  renderToStaticMarkup(createElement(component, props))
    .replaceAll(/<span data-name="([^"]*)"[^>]*>[^<]*<\/span>/g, '[$1]')
    .replaceAll(/<[^>]*>/g, '')

const key = (text: string | null, binary = false) =>
  read(KeyText, { message: { key: text, ...(binary ? { keyEncoding: 'base64' as const } : {}) } })

const value = (valueText: string, encoding?: 'utf8' | 'base64') =>
  read(ValueText, { message: { valueText, ...(encoding === undefined ? {} : { encoding }) } })

describe('a message in a row', () => {
  test('an absent key, an empty one and one of bytes each say so', () => {
    expect([key(null), key(''), key('a'), key('/w==', true)]).toEqual(['no key', 'empty', 'a', 'base64 /w=='])
  })

  test('a value is one line, and bytes are told from text', () => {
    expect([value('{\n  "a" : 1.0\n}'), value('null'), value('"/w=="', 'base64')]).toEqual([
      '{&quot;a&quot;:1.0}',
      'null',
      'base64 &quot;/w==&quot;',
    ])
  })

  test('nothing turns around the order of the letters that are read', () => {
    expect(key('pay \u202e001\u202c now')).toBe('pay [U+202E]001[U+202C] now')
    expect(value('"a\u2067b\u2069"')).toBe('&quot;a[U+2067]b[U+2069]&quot;')
    const text = 'x\u202ey'
    expect(read(MarkedText, { text, query: 'y', current: null })).toBe('x[U+202E]y')
    for (const search of [undefined, { query: '', current: null }, { query: 'y', current: null }])
      expect(read(JsonTree, { text: `{"${text}":"${text}"}`, search })).toContain(
        '&quot;x[U+202E]y&quot;: &quot;x[U+202E]y&quot;',
      )
  })

  test('what is not seen has a mark, and the text in the page is still the one that was sent', () => {
    const hidden = 'a\u200bb\u200d\u00adc\u0000\u3164\ufeff\u{e0041}\u{e0041}\u2028'
    expect(key(hidden)).toBe('a[U+200B]b[U+200D][U+00AD]c[U+0000][U+3164][U+FEFF][U+E0041×2][U+2028]')
    expect(renderToStaticMarkup(createElement(VisibleText, null, hidden)).replaceAll(/<[^>]*>/g, '')).toBe(hidden)
    expect(visibleText('a\u200b\u200bb')).toBe('a[U+200B][U+200B]b')
  })

  test('what is seen has none: emoji of several signs, letters of any script, lines and tabs', () => {
    for (const seen of ['👩‍💻 ❤️ 👩🏽‍🚀 1️⃣ 🏳️‍🌈', 'שלום', 'नमस्ते', '\u0600٢', 'a\tb\r\nc'])
      expect(partsOf(seen)).toEqual([seen])
    expect(partsOf('')).toEqual([])
  })
})
