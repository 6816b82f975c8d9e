/** How a file is to be read. All of it is sniffed, and each part can be set by hand. */
export interface CsvFormat {
  /** One character. */
  readonly delimiter: string
  /** One character. */
  readonly quote: string
  /** A label of the WHATWG encoding standard. */
  readonly encoding: string
  readonly hasHeader: boolean
}

export const delimiters: readonly { readonly value: string; readonly label: string }[] = [
  { value: ',', label: 'Comma ,' },
  { value: ';', label: 'Semicolon ;' },
  { value: '\t', label: 'Tab' },
  { value: '|', label: 'Pipe |' },
]

export const quotes: readonly { readonly value: string; readonly label: string }[] = [
  { value: '"', label: 'Double "' },
  { value: "'", label: "Single '" },
]

export const encodings: readonly { readonly value: string; readonly label: string }[] = [
  { value: 'utf-8', label: 'UTF-8' },
  { value: 'windows-1252', label: 'Windows-1252 (Latin 1)' },
  { value: 'iso-8859-2', label: 'ISO 8859-2' },
  { value: 'windows-1251', label: 'Windows-1251 (Cyrillic)' },
  { value: 'utf-16le', label: 'UTF-16 LE' },
  { value: 'utf-16be', label: 'UTF-16 BE' },
  { value: 'shift_jis', label: 'Shift JIS' },
  { value: 'gb18030', label: 'GB 18030' },
]

/** More would be a file that is something else; the broker has the same limit. */
export const maxColumns = 2_000
