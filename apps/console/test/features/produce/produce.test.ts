import { describe, expect, test } from 'vitest'
import { draftOf, emptyDraft, prefilled, searchText } from '../../../src/features/produce/draft.ts'
import { Draws, draftHasPlaceholders, fillDraft } from '../../../src/features/produce/filled-draft.ts'
import { fillPlaceholders, hasPlaceholders, uuidOf } from '../../../src/features/produce/placeholders.ts'
import { historyMatches, readHistory, type Sent } from '../../../src/features/produce/produce-history.ts'
import { dueCount, jitterMs, percentile } from '../../../src/features/produce/repeat.ts'
import {
  readTemplates,
  type Template,
  templateNameProblem,
  withTemplate,
} from '../../../src/features/produce/templates.ts'
import { formatValue, valueFault } from '../../../src/features/produce/value-check.ts'
import { inUsualOrder, produceSnippets, programText, yakClient } from '../../../src/lib/produce-snippets.ts'

describe('drafts', () => {
  test('are read as they were stored, and nothing else is', () => {
    const draft = { ...emptyDraft, key: '', headers: [['a', 'b']] as const }
    expect(draftOf(JSON.parse(JSON.stringify(draft)))).toEqual(draft)
    for (const wrong of [null, {}, { ...draft, key: 1 }, { ...draft, headers: ['a'] }, { ...draft, kind: 'xml' }]) {
      expect(draftOf(wrong)).toBeUndefined()
    }
  })

  test('what the URL asks for goes over them; no key and an empty one differ', () => {
    expect(prefilled(emptyDraft, {})).toEqual(emptyDraft)
    expect(prefilled(emptyDraft, { key: '' }).key).toBe('')
    expect(prefilled({ ...emptyDraft, kind: 'none' }, { value: '1.0' })).toMatchObject({ kind: 'json', value: '1.0' })
  })

  test('a value typed into the address keeps every digit', () => {
    const query = `?value=${encodeURIComponent('{"a":1.0}')}&key=42`
    expect(searchText({ a: 1 }, 'value', query)).toBe('{"a":1.0}')
    expect(searchText(42, 'key', query)).toBe('42')
    expect(searchText('as it is', 'key', query)).toBe('as it is')
    expect(searchText(undefined, 'key', query)).toBeUndefined()
  })
})

describe('values', () => {
  test('a fault has its line and column', () => {
    expect(valueFault({ kind: 'json', value: '{\n  "a": 1,\n}' })).toMatchObject({ line: 3, column: 1 })
    expect(valueFault({ kind: 'json', value: ' ' })).toMatchObject({ line: 1 })
    expect(valueFault({ kind: 'text', value: '{' })).toBeUndefined()
    expect(valueFault({ kind: 'json', value: '1e400' })).toBeUndefined()
    expect(valueFault({ kind: 'text', value: 'x'.repeat(1_048_577) })?.text).toMatch(/may have/)
  })

  test('formatting changes no digit', () => {
    expect(formatValue('{"a":1.0,"b":9007199254740993}')).toBe('{\n  "a": 1.0,\n  "b": 9007199254740993\n}')
    expect(formatValue('{"a":')).toBe('{"a":')
  })
})

test('placeholders', () => {
  const sources = { index: 7, nowMs: 0, random: () => 0.999, uuid: () => 'u' }
  expect(fillPlaceholders('{{i}} {{ uuid }} {{now}} {{int 1 9}} {{int 9 1}} {{what}}', sources)).toBe(
    '7 u 1970-01-01T00:00:00.000Z 9 9 {{what}}',
  )
  expect(hasPlaceholders('{"a":{"b":1}}')).toBe(false)
  expect(uuidOf(new Uint8Array(16).fill(0xff))).toBe('ffffffff-ffff-4fff-bfff-ffffffffffff')
})

describe('a draft with placeholders', () => {
  const draft = {
    ...emptyDraft,
    key: '{{i}}',
    value: '{"id":"{{uuid}}","n":{{int 1 9}}}',
    headers: [['{{i}}', '{{ms}}']] as const,
  }
  let made = 0
  const draws = () => new Draws({ uuid: () => `u${++made}`, random: () => (made++ % 10) / 10 })

  test('becomes what was shown, until it is drawn anew', () => {
    const shown = draws()
    const fill = (from: Draws) => fillDraft(draft, { index: 3, nowMs: 5, ...from.fromTheFirst() })
    const filled = fill(shown)
    expect(filled).toMatchObject({ key: '3', headers: [['{{i}}', '5']] })
    expect(filled.value).toMatch(/^\{"id":"u\d+","n":[1-9]\}$/)
    expect(fill(shown)).toEqual(filled)
    expect(fill(draws()).value).not.toBe(filled.value)
    expect(valueFault(filled)).toBeUndefined()
  })

  test('is sent as it was typed where that is asked for, and no value stays none', () => {
    const fill = (other: Partial<typeof draft> & { asTyped?: boolean; kind?: 'none' }) =>
      fillDraft({ ...draft, ...other }, { index: 1, nowMs: 0, ...draws().fromTheFirst() })
    expect(fill({ asTyped: true })).toEqual({ ...draft, asTyped: true })
    expect(fill({ kind: 'none' }).value).toBe(draft.value)
    expect(fill({ key: 'a' }).key).toBe('a')
    expect(draftHasPlaceholders({ ...emptyDraft, kind: 'none', value: '{{i}}' })).toBe(false)
    expect(draftHasPlaceholders({ ...emptyDraft, headers: [['a', '{{i}}']] })).toBe(true)
  })

  test('a message that was sent fills the form whole: nothing of the draft that was there goes out with it', () => {
    const before = { ...emptyDraft, key: 'draft', partition: 2, kind: 'text', headers: [['of', 'the draft']] } as const
    expect(prefilled(before, { value: '{"a":1}', asTyped: true })).toEqual({ ...emptyDraft, value: '{"a":1}' })
    const headers = '{"one":"1","two":["2","{{i}}"]}'
    expect(prefilled(before, { key: 'k', value: 'text', kind: 'text', headers, asTyped: true })).toEqual({
      key: 'k',
      partition: null,
      kind: 'text',
      value: 'text',
      headers: [
        ['one', '1'],
        ['two', '2'],
        ['two', '{{i}}'],
      ],
      asTyped: true,
    })
    expect(prefilled(before, { value: '1' })).toEqual({ ...before, value: '1' })
  })

  test('braces of a message that was sent are its own; those of an address are filled in', () => {
    const asked = { key: 'a', value: '"{{i}}"' }
    expect(prefilled(emptyDraft, { ...asked, asTyped: true }).asTyped).toBe(true)
    expect(prefilled({ ...emptyDraft, asTyped: true }, asked).asTyped).toBe(false)
    expect(prefilled(emptyDraft, { key: 'a', value: '1', asTyped: true }).asTyped).toBeUndefined()
    expect(draftOf({ ...emptyDraft, asTyped: true })?.asTyped).toBe(true)
  })
})

describe('repeating', () => {
  test('the pace holds whatever the timer does', () => {
    expect(dueCount(0, 50, 0, 100)).toBe(1)
    expect(dueCount(1_000, 50, 1, 100)).toBe(50)
    expect(dueCount(60_000, 50, 40, 100)).toBe(60)
    expect(dueCount(10, 50, 5, 100)).toBe(0)
  })

  test('jitter is up to an interval, or enough to be seen', () => {
    expect(jitterMs(1, 0.5)).toBe(500)
    expect(jitterMs(1_000, 0.5)).toBe(100)
    expect(jitterMs(1, 0)).toBe(0)
  })

  test('percentiles', () => {
    expect(percentile([], 0.5)).toBeNull()
    const sorted = Array.from({ length: 100 }, (_, index) => index + 1)
    expect([percentile(sorted, 0.5), percentile(sorted, 0.99)]).toEqual([50, 99])
  })
})

describe('templates', () => {
  const template = (name: string): Template => ({ name, topic: 'orders', draft: emptyDraft })

  test('are read as they were stored, and nothing else is', () => {
    const kept = [template('a'), template('b')]
    expect(readTemplates(JSON.parse(JSON.stringify(kept)))).toEqual(kept)
    expect(readTemplates([null, { name: 'a' }, { ...template('a'), draft: {} }, template('b')])).toEqual([
      template('b'),
    ])
    expect(readTemplates('a')).toEqual([])
  })

  test('one of the same name is replaced; more than the most are not kept', () => {
    const other = { ...template('a'), topic: 'payments' }
    expect(withTemplate([template('a'), template('b')], other)).toEqual([other, template('b')])
    const full = Array.from({ length: 50 }, (_, index) => template(String(index)))
    expect(templateNameProblem('new', full)).toMatch(/50 at most/)
    expect(templateNameProblem('7', full)).toBeUndefined()
    expect(templateNameProblem('', [])).toBe('Give it a name.')
    expect(templateNameProblem('x'.repeat(61), [])).toMatch(/60 characters/)
  })
})

describe('history', () => {
  const sent: Sent = {
    id: '1',
    at: 0,
    topic: 'orders',
    draft: { ...emptyDraft, key: 'customer-7' },
    partition: 2,
    timestamp: 0,
    stamp: { topicId: 't', producerId: 1, producerEpoch: 0, baseSequence: 0 },
    state: { kind: 'sending', since: 0 },
  }

  test('what was under way when the page was left is unknown; what never had a sequence was not sent', () => {
    const [first, second, third] = readHistory([
      sent,
      { ...sent, stamp: null },
      { ...sent, state: { kind: 'written', offset: 5, epoch: 1, ms: 1, attempts: 1, wasUnknown: false } },
    ])
    expect(first!.state.kind).toBe('unknown')
    expect(second!.state.kind).toBe('cancelled')
    expect(third!.state.kind).toBe('written')
    expect(readHistory([null, 1, { id: 'x' }])).toEqual([])
  })

  test('is searched by topic, key, value and place', () => {
    const written: Sent = {
      ...sent,
      state: { kind: 'written', offset: 1042, epoch: 1, ms: 1, attempts: 1, wasUnknown: false },
    }
    expect(['ORDERS', 'customer-7', 'p2@1042', ''].every((text) => historyMatches(written, text))).toBe(true)
    expect(historyMatches(written, 'payments')).toBe(false)
  })
})

test('snippets keep numbers and survive quotes', () => {
  const snippets = produceSnippets({
    brokerUrl: 'http://b:1',
    topic: 'orders',
    key: "it's",
    valueText: '{"a":9007199254740993}',
    isJson: true,
    partition: null,
    headers: [['trace', '1']],
  })
  const [sdk, curl, cli] = snippets.map(({ code }) => code)
  expect(sdk).toContain(`value: '{"a":9007199254740993}',\n  codec: 'string',`)
  expect(sdk).toContain(`key: 'it\\'s',`)
  expect(curl).toContain(`'{"topic":"orders","key":"it'\\''s","value":{"a":9007199254740993},"headers":{"trace":"1"}}'`)
  expect(cli).toContain(`--key 'it'\\''s'`)
})

test('a text stands in a program as what it is', () => {
  for (const text of ["it's", 'say "hi"', 'back\\slash', '\\"', "\\'", 'two\nlines', ''])
    expect(new Function(`return ${programText(text)}`)()).toBe(text)
  expect(programText('orders')).toBe("'orders'")
})

test('in the snippet of the command line no key, header or value is taken for a flag', () => {
  const record = { brokerUrl: 'http://b:1', topic: 't', isJson: true, partition: null }
  const snippets = produceSnippets({ ...record, key: '-1', valueText: '-5', headers: [['-a', '1']] })
  const cli = snippets.find(({ name }) => name === 'CLI')!.code
  expect(cli.split(' \\\n  ').slice(1)).toEqual(["--key='-1'", "--header='-a=1'", "--value='-5'"])
})

test('a list of brokers stands in one line as long as that is short', () => {
  const urls = ['http://127.0.0.1:5001', 'http://127.0.0.1:5002', 'http://127.0.0.1:5003']
  expect(yakClient(urls.slice(0, 1))).toBe(`await using yak = new YakClient({ brokers: ['http://127.0.0.1:5001'] })`)
  const lines = yakClient(urls).split('\n')
  expect(lines.slice(1, 3)).toEqual(['  brokers: [', `    'http://127.0.0.1:5001',`])
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(40)
})

test('snippets stand in one order everywhere', () => {
  const names = (...given: string[]) => inUsualOrder(given.map((name) => ({ name, code: '' }))).map(({ name }) => name)
  expect(names('CLI', 'curl', 'SDK')).toEqual(['SDK', 'curl', 'CLI'])
  expect(names('Docker', 'CLI', 'SDK')).toEqual(['SDK', 'CLI', 'Docker'])
})
