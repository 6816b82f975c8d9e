import { describe, expect, test } from 'vitest'
import { ERRORS, type ErrorCode, errorOfProblem, problemOf, YakError } from '../src/index.ts'
import { problemSchema } from '../src/schemas/index.ts'

describe('a problem', () => {
  test.each(Object.keys(ERRORS) as ErrorCode[])('of %s follows the schema and comes back', (code) => {
    const problem = problemOf(new YakError(code, 'What happened. What to do.', { details: { offset: 5 } }), 'req-1')
    expect(problemSchema.parse(JSON.parse(JSON.stringify(problem)))).toEqual(problem)
    expect(problem.status).toBeGreaterThanOrEqual(300)

    const error = errorOfProblem(JSON.parse(JSON.stringify(problem)))
    expect(error).toMatchObject({ code, message: 'What happened. What to do.' })
    expect(error.details).toEqual({ offset: 5, requestId: 'req-1' })
  })

  test('leaves out what is not there', () => {
    expect(problemOf(new YakError('UNKNOWN_TOPIC', 'No topic.'))).toEqual({
      type: 'urn:yak:error:UNKNOWN_TOPIC',
      title: ERRORS.UNKNOWN_TOPIC.title,
      status: 404,
      detail: 'No topic.',
      code: 'UNKNOWN_TOPIC',
      retriable: true,
      outcome: 'not-written',
    })
  })

  test('of a code that is mostly retriable may say that this time it is not', () => {
    const problem = problemOf(new YakError('UNKNOWN_TOPIC', 'Nothing to delete.', { retriable: false }))
    expect(problem).toMatchObject({ code: 'UNKNOWN_TOPIC', retriable: false })
    expect(errorOfProblem(JSON.parse(JSON.stringify(problem)))).toMatchObject({ retriable: false })
  })

  test('with a code of a newer broker is INTERNAL, and its outcome unknown', () => {
    const error = errorOfProblem({ code: 'SOMETHING_NEW', detail: 'New.', status: 409 })
    expect(error).toMatchObject({
      code: 'INTERNAL',
      outcome: 'unknown',
      details: { code: 'SOMETHING_NEW', status: 409 },
    })
  })

  test.each([undefined, null, 5, 'text', [], {}, { code: 5, detail: 'x' }, { code: 'INTERNAL' }])(
    '%j is none',
    (json) => {
      expect(errorOfProblem(json).code).toBe('INVALID_RESPONSE')
    },
  )

  test.each(['toString', '__proto__', 'constructor'])('the code %s is not one of the table', (code) => {
    expect(errorOfProblem({ code, detail: 'x' }).code).toBe('INTERNAL')
  })
})

describe('YakError', () => {
  test('is known by its brand, across copies of the package', () => {
    const copy = Object.assign(new Error('x'), { code: 'INTERNAL', [Symbol.for('yak.error')]: true })
    expect(YakError.is(copy)).toBe(true)
    expect(YakError.is(copy, 'INTERNAL')).toBe(true)
    expect(YakError.is(copy, 'NOT_FOUND')).toBe(false)
    expect(YakError.is(new Error('x'))).toBe(false)
    expect(YakError.is(null)).toBe(false)
  })

  test('has its row of the table, and its cause', () => {
    const cause = new Error('EIO')
    const error = new YakError('STORAGE_ERROR', 'x', { cause })
    expect(error).toMatchObject({ cause, retriable: true, outcome: 'unknown', details: {}, name: 'YakError' })
    expect(error.definition).toBe(ERRORS.STORAGE_ERROR)
  })
})
