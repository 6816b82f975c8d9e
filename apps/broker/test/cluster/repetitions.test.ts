import { expect, test } from 'vitest'
import { Repetitions } from '../../src/cluster/repetitions.ts'

test('what goes on being said is news once, and again after a minute of silence', () => {
  let nowMs = 0
  const repetitions = new Repetitions(() => nowMs)
  expect(repetitions.isNews('no answer from 3')).toBe(true)
  for (nowMs = 5_000; nowMs <= 600_000; nowMs += 5_000) expect(repetitions.isNews('no answer from 3')).toBe(false)
  nowMs += 60_001
  expect(repetitions.isNews('no answer from 3')).toBe(true)
  repetitions.clear()
  expect(repetitions.isNews('no answer from 3')).toBe(true)
})

test('two sentences in turn are news once each, another broker is another sentence, another epoch is not', () => {
  const repetitions = new Repetitions(() => 0)
  const said = [
    'broker 2 has promised epoch 65, above 64',
    'broker 3 has promised epoch 66, above 65',
    'broker 2 has promised epoch 129, above 64',
    'the members differ',
    'broker 2 has promised epoch 193, above 64',
    'the members differ',
  ]
  expect(said.map((text) => repetitions.isNews(text))).toEqual([true, true, false, true, false, false])
})

test('to lead, or to follow under another epoch, is news each time; one attempt after another is not', () => {
  const repetitions = new Repetitions(() => 0)
  const changes = [
    ['candidate', 64, 'nobody holds the lease'],
    ['unattached', 64, '0 of the 2 votes needed to lead'],
    ['candidate', 128, 'nobody holds the lease'],
    ['unattached', 128, '0 of the 2 votes needed to lead'],
    ['follower', 129, 'broker 2 leads'],
    ['follower', 129, 'broker 2 leads'],
    ['follower', 193, 'broker 2 leads'],
    ['leader', 256, 'its ISR is confirmed'],
    ['unattached', 256, '0 of the 2 votes needed to lead'],
    ['leader', 320, 'its ISR is confirmed'],
  ] as const
  const news = changes.map(([role, epoch, reason]) => repetitions.isNewRole(role, epoch, reason))
  expect(news).toEqual([true, true, false, false, true, false, true, true, true, true])
})

test('to follow the same one again is news after a word of having lost it, and only then', () => {
  const repetitions = new Repetitions(() => 0)
  const changes = [
    ['follower', 64, 'broker 1 leads'],
    ['unattached', 64, 'broker 1 was silent for 1500 ms'],
    ['follower', 64, 'broker 1 leads'],
    ['unattached', 64, 'broker 1 was silent for 1507 ms'],
    ['follower', 64, 'broker 1 leads'],
    ['unattached', 64, 'broker 1 was silent for 1507 ms'],
    ['follower', 64, 'broker 1 leads'],
  ] as const
  const news = changes.map(([role, epoch, reason]) => repetitions.isNewRole(role, epoch, reason))
  expect(news).toEqual([true, true, true, true, true, false, false])
})

test('it remembers a bounded number of texts', () => {
  const repetitions = new Repetitions(() => 0)
  expect(repetitions.isNews('first')).toBe(true)
  for (let index = 0; index < 200; index++) repetitions.isNews(`text ${index}`)
  expect(repetitions.isNews('first')).toBe(true)
  expect(repetitions.isNews('text 199')).toBe(false)
})
