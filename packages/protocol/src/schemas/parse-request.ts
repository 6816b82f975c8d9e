import { z } from 'zod'
import { YakError } from '../yak-error.ts'

export interface RequestIssue {
  /** Where in the request: `records[2].key`; empty for the whole. */
  readonly field: string
  readonly message: string
}

type Issue = z.core.$ZodIssue

/** A sentence names this many of the wrong fields; `details.issues` has all. */
const ISSUES_IN_MESSAGE = 5

/**
 * The request in the shape of `schema`. `part` is what the caller sent it as: body, query, path, or a frame of the live channel.
 *
 * @throws YakError INVALID_REQUEST, whose message names each wrong field and whose details list them.
 */
export function parseRequest<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  part: 'body' | 'query' | 'path' | 'frame',
): z.output<Schema> {
  const parsed = schema.safeParse(value, { error: plainMessage })
  if (parsed.success) return parsed.data
  const mixed = mixedForms(schema, value)
  const issues =
    mixed !== undefined
      ? [mixed]
      : parsed.error.issues
          .flatMap(withoutUnions)
          .map((issue): RequestIssue => ({ field: fieldOf(issue.path), message: issue.message }))
  const named = issues
    .slice(0, ISSUES_IN_MESSAGE)
    .map(({ field, message }) => (field === '' ? message : `${field}: ${message}`))
  if (issues.length > named.length) named.push(`and ${issues.length - named.length} more`)
  throw new YakError('INVALID_REQUEST', `The ${part} is wrong: ${named.join('; ')}. Correct it and send again.`, {
    details: { issues },
  })
}

/** What is wrong with fields of two forms of a request in one object: each is known, and they do not go together. */
function mixedForms(schema: z.ZodType, value: unknown): RequestIssue | undefined {
  if (!(schema instanceof z.ZodUnion) || typeof value !== 'object' || value === null) return undefined
  const forms = schema.options.flatMap((form) => (form instanceof z.ZodObject ? [Object.keys(form.shape)] : []))
  const given = Object.keys(value).filter((key) => forms.some((form) => form.includes(key)))
  if (forms.some((form) => given.every((key) => form.includes(key)))) return undefined
  const ofOneForm = given.filter((key) => !forms.every((form) => form.includes(key)))
  const sides = forms.map((form) => ofOneForm.filter((key) => form.includes(key)))
  const names = sides.map((side) => side.map((key) => `"${key}"`).join(', '))
  return { field: sides.at(-1)?.[0] ?? '', message: `give either ${names.join(' or ')}, not both` }
}

/**
 * A union of objects fails with the issues of each of its forms. Only those of the form that was meant help: the one
 * that is wrong deepest inside. A union of plain values says itself what it takes.
 */
function withoutUnions(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union' || !issue.errors.some((form) => form.some(isOfField))) return [issue]
  const distance = (form: readonly Issue[]) => form.reduce((sum, { path }) => sum + Math.max(0, 2 - path.length), 0)
  const meant = issue.errors.reduce((best, form) => (distance(form) < distance(best) ? form : best))
  return meant.flatMap((inner) => withoutUnions({ ...inner, path: [...issue.path, ...inner.path] }))
}

const isOfField = ({ path, code }: Issue): boolean => path.length > 0 || code === 'unrecognized_keys'

/** Undefined leaves the message to zod. */
function plainMessage(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'unrecognized_keys') return `unknown field ${issue.keys.map((key) => `"${key}"`).join(', ')}`
  return issue.code === 'invalid_type' && issue.input === undefined ? 'missing' : undefined
}

function fieldOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, step) =>
      typeof step === 'number' ? `${text}[${step}]` : text === '' ? String(step) : `${text}.${String(step)}`,
    '',
  )
}
