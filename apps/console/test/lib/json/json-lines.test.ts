import { expect, test } from 'vitest'
import { childrenAtFirst, type JsonFolds, jsonLines, unfoldedTo } from '../../../src/lib/json/json-lines.ts'
import { type JsonNode, readJson } from '../../../src/lib/json/json-node.ts'

const tree = (text: string) => readJson(text) as JsonNode
const atFirst = (openDepth: number): JsonFolds => ({ open: new Map(), limits: new Map(), openDepth })
const drawn = (root: JsonNode, folds: JsonFolds) =>
  jsonLines(root, folds).map((line) => {
    const name = 'name' in line && line.name !== undefined ? `${line.name}:` : ''
    return `${' '.repeat(line.depth)}${name}${line.kind}${'last' in line && line.last ? '' : ','}`
  })

test('one line for each value and each end, as deep as it is open', () => {
  const root = tree('{"a":[1,{}],"b":{"c":null}}')
  expect(drawn(root, atFirst(9))).toEqual([
    'open',
    ' a:open,',
    '  scalar,',
    '  empty',
    ' end,',
    ' b:open',
    '  c:scalar',
    ' end',
    'end',
  ])
  expect(drawn(root, atFirst(1))).toEqual(['open', ' a:folded,', ' b:folded', 'end'])
  expect(drawn(tree('7'), atFirst(1))).toEqual(['scalar'])
})

test('a branch is opened and folded by where it begins, so that equal names are two', () => {
  const root = tree('{"a":[1],"a":[2]}')
  const second = root.kind === 'object' ? root.entries[1]!.value.start : 0
  expect(drawn(root, { ...atFirst(9), open: new Map([[second, false]]) })).toEqual([
    'open',
    ' a:open,',
    '  scalar',
    ' end,',
    ' a:folded',
    'end',
  ])
})

test('of many children the first are drawn, and the way to a hit as far as it', () => {
  const count = childrenAtFirst + 100
  const root = tree(JSON.stringify({ list: Array.from({ length: count }, (_, n) => ({ n, in: { deep: n } })) }))
  const lines = jsonLines(root, atFirst(2))
  expect(lines.filter(({ kind }) => kind === 'folded')).toHaveLength(childrenAtFirst)
  expect(lines.at(-3)).toMatchObject({ kind: 'more', hidden: 100, path: ['list'] })
  const path = ['list', count - 50, 'in', 'deep']
  const unfolded = jsonLines(root, unfoldedTo(root, path, atFirst(2)))
  expect(unfolded.some((line) => line.kind === 'scalar' && JSON.stringify(line.path) === JSON.stringify(path))).toBe(
    true,
  )
  // What lies beside the way stays as it was.
  expect(unfolded.filter(({ kind }) => kind === 'folded')).toHaveLength(count - 50)
})
