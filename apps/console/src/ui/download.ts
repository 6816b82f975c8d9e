/** The browser reads a file after the task that gives it; one of a gigabyte takes a moment. */
const keepUrlMs = 60_000

/** Hands a file to the browser's downloads. */
export function saveFile(name: string, file: Blob): void {
  const url = URL.createObjectURL(file)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  document.body.append(link)
  link.click()
  link.remove()
  setTimeout(() => URL.revokeObjectURL(url), keepUrlMs)
}

/** Gives a text to the browser as a file. */
export function downloadText(name: string, text: string, type: string): void {
  saveFile(name, new Blob([text], { type }))
}

/** `2026-11-24T14-03-12Z`, for the name of a file. */
export function fileTime(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replaceAll(':', '-').concat('Z')
}
