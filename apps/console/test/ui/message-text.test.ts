import { createElement, type FunctionComponent } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, test } from 'vitest'
import { MarkedText } from '../../src/ui/marked-text.tsx'
import { KeyText, ValueText } from '../../src/ui/message-text.tsx'

/** What a person reads of it. */
const read = <Props extends object>(component: FunctionComponent<Props>, props: Props): string =>
  renderToStaticMarkup(createElement(component, props)).replaceAll(/<[^>]*>/g, '')

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
    const marked = read(MarkedText as FunctionComponent<Parameters<typeof MarkedText>[0]>, {
      ...{ text: 'x\u202ey', query: 'y', current: null },
    })
    expect(marked).toBe('x[U+202E]y')
  })
})
