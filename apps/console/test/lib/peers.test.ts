import { describe, expect, test } from 'vitest'
import { mergePeers, orderPeers } from '../../src/lib/peers.ts'

const home = 'http://127.0.0.1:5001'

describe('mergePeers', () => {
  test('takes those named, by id as a number', () => {
    const named = [
      { id: '10', url: 'http://c/' },
      { id: '2', url: 'http://b' },
      { id: '1', url: home },
    ]
    expect(mergePeers([{ id: null, url: home }], named, home).map(({ id }) => id)).toEqual(['1', '2', '10'])
  })
  test('keeps the address in use when the cluster calls that broker by another', () => {
    expect(mergePeers([{ id: '1', url: home }], [{ id: '1', url: 'http://public' }], home)).toEqual([
      { id: '1', url: home },
      { id: '1', url: 'http://public' },
    ])
  })
  test('is the same object when nothing changed, and never empty', () => {
    const known = [{ id: '1', url: home }]
    expect(mergePeers(known, [{ id: '1', url: home }], home)).toBe(known)
    expect(mergePeers(known, [], home)).toBe(known)
  })
})

test('orderPeers begins with the preferred one and goes round', () => {
  const peers = ['a', 'b', 'c'].map((url) => ({ id: null, url }))
  expect(orderPeers(peers, 'b').map(({ url }) => url)).toEqual(['b', 'c', 'a'])
  expect(orderPeers(peers, 'x').map(({ url }) => url)).toEqual(['a', 'b', 'c'])
})
