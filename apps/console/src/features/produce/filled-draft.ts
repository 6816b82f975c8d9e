import type { Draft } from './draft.ts'
import { fillPlaceholders, hasPlaceholders, type PlaceholderSources } from './placeholders.ts'

/** The texts of a draft in which placeholders are filled in: key, value and the texts of headers, not their names. */
function textsOf({ key, kind, value, headers }: Draft): readonly string[] {
  return [key ?? '', kind === 'none' ? '' : value, ...headers.map(([, text]) => text)]
}

export function draftHasPlaceholders(draft: Draft): boolean {
  return textsOf(draft).some(hasPlaceholders)
}

/** As it is sent; a draft that is to go as it was typed does. */
export function fillDraft(draft: Draft, sources: PlaceholderSources): Draft {
  if (draft.asTyped) return draft
  const fill = (text: string) => fillPlaceholders(text, sources)
  return {
    ...draft,
    key: draft.key === null ? null : fill(draft.key),
    value: draft.kind === 'none' ? draft.value : fill(draft.value),
    headers: draft.headers.map(([name, text]) => [name, fill(text)]),
  }
}

type Drawn = Pick<PlaceholderSources, 'random' | 'uuid'>

/** What is random in one message, drawn once: asked again it says the same, so that what was shown is what is sent. */
export class Draws {
  readonly #source: Drawn
  readonly #uuids: string[] = []
  readonly #randoms: number[] = []

  constructor(source: Drawn) {
    this.#source = source
  }

  fromTheFirst(): Drawn {
    let [uuid, random] = [0, 0]
    return {
      uuid: () => {
        this.#uuids[uuid] ??= this.#source.uuid()
        return this.#uuids[uuid++]!
      },
      random: () => {
        this.#randoms[random] ??= this.#source.random()
        return this.#randoms[random++]!
      },
    }
  }
}
