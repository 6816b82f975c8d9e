const keepUrlMs = 60_000

/** Hands a file to the browser's downloads. */
export function saveFile(file: Blob, name: string): void {
  const url = URL.createObjectURL(file)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser reads it after this returns; a file of a gigabyte takes a moment.
  setTimeout(() => URL.revokeObjectURL(url), keepUrlMs)
}
