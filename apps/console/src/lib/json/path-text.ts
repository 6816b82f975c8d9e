/** A path as people write it: `user.id`, `items[0].sku`, `["odd name"]`. */
export function pathText(path: readonly (string | number)[]): string {
  return path
    .map((step, index) =>
      typeof step === 'number'
        ? `[${step}]`
        : /^[A-Za-z_$][\w$-]*$/.test(step)
          ? `${index === 0 ? '' : '.'}${step}`
          : `[${JSON.stringify(step)}]`,
    )
    .join('')
}

/** The steps of such a text; null when it is none. */
export function readPath(text: string): readonly (string | number)[] | null {
  const steps: (string | number)[] = []
  const step = /\.?([A-Za-z_$][\w$-]*)|\[(\d{1,9})\]|\[("(?:[^"\\]|\\.)*")\]/y
  let at = 0
  while (at < text.length) {
    step.lastIndex = at
    const found = step.exec(text)
    if (found === null) return null
    const [whole, name, index, quoted] = found
    try {
      steps.push(name ?? (index === undefined ? (JSON.parse(quoted!) as string) : Number(index)))
    } catch {
      return null
    }
    at += whole.length
  }
  return steps.length === 0 ? null : steps
}
