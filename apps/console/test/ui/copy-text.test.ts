import { expect, test } from 'vitest'
import { copyText, notCopiedText } from '../../src/ui/copy-text.ts'

const never = () => new Promise<void>(() => {})

test('what the browser copies is not copied again', async () => {
  const old: string[] = []
  const write = async () => {}
  const writeOld = (text: string) => old.push(text) > 0
  expect(await copyText('a', { write, writeOld })).toBe('copied')
  expect(old).toEqual([])
})

test('a browser that refuses, or waits for leave without end, is asked in the old way', async () => {
  const old: string[] = []
  const writeOld = (text: string) => old.push(text) > 0
  expect(await copyText('refused', { write: () => Promise.reject(new Error('not allowed')), writeOld })).toBe('copied')
  expect(await copyText('waits', { write: never, writeOld, waitMs: 1 })).toBe('copied')
  expect(old).toEqual(['refused', 'waits'])
})

test('what neither way copies says why', async () => {
  const writeOld = () => false
  expect(await copyText('a', { write: () => Promise.reject(new Error('not allowed')), writeOld })).toBe('refused')
  expect(await copyText('a', { write: never, writeOld, waitMs: 1 })).toBe('waits')
  expect(notCopiedText('waits')).toMatch(/waits for leave/)
})
