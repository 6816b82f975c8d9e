import { readStorage, writeStorage } from '../../data/preferences.ts'
import { Store } from '../../data/store.ts'
import { type Draft, draftOf } from './draft.ts'

/** A message to begin with, kept under a name in this browser. */
export interface Template {
  readonly name: string
  readonly topic: string
  readonly draft: Draft
}

const storageKey = 'yak.templates'
export const maxTemplates = 50
export const maxTemplateNameLength = 60

/** By name. */
export const templates: Store<readonly Template[]> = new Store(readTemplates(readStorage(storageKey)))

/** Takes the place of one with that name. */
export function saveTemplate(template: Template): void {
  set(withTemplate(templates.get(), template))
}

export function removeTemplate(name: string): void {
  set(templates.get().filter((each) => each.name !== name))
}

function set(next: readonly Template[]): void {
  templates.set(next)
  writeStorage(storageKey, next)
}

export function withTemplate(before: readonly Template[], template: Template): readonly Template[] {
  const others = before.filter(({ name }) => name !== template.name)
  return [...others, template].toSorted((a, b) => a.name.localeCompare(b.name, 'en'))
}

/** Why it cannot be kept under this name. */
export function templateNameProblem(name: string, known: readonly Template[]): string | undefined {
  if (name === '') return 'Give it a name.'
  if (name.length > maxTemplateNameLength) return `${maxTemplateNameLength} characters at most.`
  const isNew = known.every((each) => each.name !== name)
  return isNew && known.length >= maxTemplates ? `${maxTemplates} at most are kept. Delete one first.` : undefined
}

/** As they were stored; what is no template is left out. */
export function readTemplates(stored: unknown): readonly Template[] {
  if (!Array.isArray(stored)) return []
  return stored.flatMap((each: Partial<Template> | null) => {
    const draft = draftOf(each?.draft)
    if (typeof each?.name !== 'string' || typeof each.topic !== 'string' || draft === undefined) return []
    return [{ name: each.name, topic: each.topic, draft }]
  })
}
