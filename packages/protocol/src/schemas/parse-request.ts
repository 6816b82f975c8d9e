import { z } from 'zod'
import { YakError } from '../yak-error.ts'
import { shortened, shown } from './shown-value.ts'

/** One thing that is wrong with a request. */
export interface RequestIssue {
  /** Where in the request: `records[2].key`; empty for the whole. */
  readonly field: string
  /** What is wrong with it, and what to give. */
  readonly message: string
}

type Issue = z.core.$ZodIssue

/** A sentence names this many of the wrong fields, `details.issues` more of them: an answer is never much longer than what it is about. */
const ISSUES_IN_MESSAGE = 5
const ISSUES_IN_DETAILS = 100

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
      : withAllForms(
          schema,
          value,
          withoutWiderBounds(parsed.error.issues.flatMap(withoutUnions)).map(
            (issue): RequestIssue => ({ field: fieldOf(issue.path), message: issue.message }),
          ),
        )
  const named = issues
    .slice(0, ISSUES_IN_MESSAGE)
    .map(({ field, message }) => (field === '' ? message : `${field}: ${message}`))
  if (issues.length > named.length) named.push(`and ${issues.length - named.length} more`)
  throw new YakError('INVALID_REQUEST', `The ${part} is wrong: ${named.join('; ')}. Correct it and send again.`, {
    details: { issues: issues.slice(0, ISSUES_IN_DETAILS) },
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
  const names = sides.map(quoted)
  return { field: sides.at(-1)?.[0] ?? '', message: `give either ${names.join(' or ')}, not both` }
}

/** Where nothing says which form of a request was meant, what each of them needs is named, and not what the first one does. */
function withAllForms(schema: z.ZodType, value: unknown, issues: readonly RequestIssue[]): readonly RequestIssue[] {
  if (!(schema instanceof z.ZodUnion) || typeof value !== 'object' || value === null) return issues
  const forms = schema.options.flatMap((form) => (form instanceof z.ZodObject ? [form.shape] : []))
  const own = forms.map((form) => Object.keys(form).filter((key) => !forms.every((other) => key in other)))
  const needed = forms.map((form, index) =>
    own[index]!.filter((key) => !(form[key] as z.ZodType).safeParse(undefined).success),
  )
  if (own.flat().some((key) => key in value) || needed.some((keys) => keys.length === 0)) return issues
  const others = issues.filter(({ field }) => !needed.flat().includes(field))
  return [...others, { field: '', message: `give either ${needed.map(quoted).join(' or ')}` }]
}

/**
 * A union of objects fails with the issues of each of its forms. Only those of the form that was meant help: the one
 * that is wrong deepest inside. A union of plain values says itself what it takes.
 */
function withoutUnions(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const [first, ...others] = issue.errors.filter((form) => form.some(isOfField))
  if (first === undefined) return [issue]
  const distance = (form: readonly Issue[]) => form.reduce((sum, { path }) => sum + Math.max(0, 2 - path.length), 0)
  const meant = others.reduce((best, form) => (distance(form) < distance(best) ? form : best), first)
  return meant.flatMap((inner) => withoutUnions({ ...inner, path: [...issue.path, ...inner.path] }))
}

const isOfField = ({ path, code }: Issue): boolean => path.length > 0 || code === 'unrecognized_keys'

/** A whole number is bounded by its kind and by its field: only the narrower of the two is worth a word. */
function withoutWiderBounds(issues: readonly Issue[]): Issue[] {
  const placeOf = ({ path }: Issue) => JSON.stringify(path)
  return issues.filter(
    (issue, index) =>
      (issue.code !== 'too_big' && issue.code !== 'too_small') ||
      issues[index + 1]?.code !== issue.code ||
      placeOf(issues[index + 1]!) !== placeOf(issue),
  )
}

/** Undefined leaves the message to zod. */
function plainMessage(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'unrecognized_keys':
      return `unknown field ${quoted(issue.keys)}`
    case 'invalid_type':
      if (issue.input === undefined) return 'missing'
      return `give ${kinds.get(issue.expected) ?? issue.expected}, not ${shown(issue.input)}`
    case 'too_small':
      return `give at least ${issue.minimum}${unitOf(issue.origin, issue.minimum)}`
    case 'too_big':
      return `give at most ${issue.maximum}${unitOf(issue.origin, issue.maximum)}`
    case 'invalid_key':
      return issue.issues[0]?.message
    case 'invalid_value':
      return `give ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`
    case 'invalid_union':
      return Array.isArray(issue.options)
        ? `give ${issue.options.map((value) => JSON.stringify(value)).join(' or ')}`
        : undefined
    default:
      return undefined
  }
}

const kinds: ReadonlyMap<string, string> = new Map([
  ['string', 'a string'],
  ['number', 'a whole number'],
  ['int', 'a whole number'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'an object'],
  ['record', 'an object'],
])

function unitOf(origin: string, count: number | bigint): string {
  const unit = origin === 'string' ? ' character' : origin === 'array' ? ' item' : ''
  return unit === '' || Number(count) === 1 ? unit : `${unit}s`
}

function quoted(keys: readonly string[]): string {
  const names = keys.slice(0, ISSUES_IN_MESSAGE).map((key) => JSON.stringify(shortened(key)))
  return names.join(', ') + (keys.length > names.length ? ` and ${keys.length - names.length} more` : '')
}

function fieldOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, step) =>
      typeof step === 'number' ? `${text}[${step}]` : `${text === '' ? '' : `${text}.`}${shortened(String(step))}`,
    '',
  )
}
