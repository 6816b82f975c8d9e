import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { topicNameProblem } from '../src/index.ts'

describe('topicNameProblem', () => {
  test.each(['a', 'server_metrics', 'A.b-c_1', '...', '-', '_', 'x'.repeat(249)])('%s is a name', (name) => {
    expect(topicNameProblem(name)).toBeUndefined()
  })

  test.each([
    ['', 'at least one character'],
    ['.', '"." can not be'],
    ['..', '".." can not be'],
    ['x'.repeat(250), 'at most 249 characters, and this one has 250'],
    ['a/b', 'character 2 is "/"'],
    ['../etc', 'character 3 is "/"'],
    ['a b', 'character 2 is " "'],
    ['größe', 'character 3 is "ö"'],
    ['a🚀', 'character 2 is "🚀"'],
    ['a\u0000', 'character 2 is "\\u0000"'],
    ['a\n', 'character 2 is "\\n"'],
    ['\u202eabc', 'character 1 is "\\u202e"'],
    ['a\u00a0', 'character 2 is "\\u00a0"'],
    ['a ', 'character 2 is " "'],
    ['a\\b', 'character 2 is "\\\\"'],
  ])('%j is none', (name, problem) => {
    expect(topicNameProblem(name)).toContain(problem)
  })

  test.each([
    ['', 'Give it one.'],
    ['..', 'Choose another.'],
    ['x'.repeat(250), 'Choose a shorter one.'],
    ['a/b', 'Leave it out, or use one of those.'],
  ])('%j is told what to do', (name, nextStep) => {
    expect(topicNameProblem(name)?.endsWith(` ${nextStep}`)).toBe(true)
  })

  test("agrees with Kafka's rule for any text", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (name) => {
        const legal = /^[a-zA-Z0-9._-]{1,249}$/.test(name) && name !== '.' && name !== '..'
        expect(topicNameProblem(name) === undefined).toBe(legal)
      }),
    )
  })
})
