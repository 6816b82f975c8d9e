import { expect, test } from 'vitest'
import { urlParts } from '../../src/lib/url-parts.ts'

test('URLs are told from the sentence around them, and nothing is lost', () => {
  const text =
    'No answer from http://yak-1.example:5000, https://b-2.example/v1/x?a=b. (http://c:1) The console keeps trying.'
  expect(urlParts(text).flatMap((part) => (part.isUrl ? [part.text] : []))).toEqual([
    'http://yak-1.example:5000',
    'https://b-2.example/v1/x?a=b',
    'http://c:1',
  ])
  expect(
    urlParts(text)
      .map((part) => part.text)
      .join(''),
  ).toBe(text)
  expect(urlParts('no URL')).toEqual([{ text: 'no URL', isUrl: false }])
})
