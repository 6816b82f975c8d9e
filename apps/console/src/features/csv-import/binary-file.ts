interface Signature {
  readonly starts: readonly number[]
  /** What it is, and what to do, behind "… is". */
  readonly what: string
}

const text = (start: string): readonly number[] => [...start].map((each) => each.charCodeAt(0))
const workbook = 'an Excel workbook. Save the sheet as CSV, and choose that file.'
const unpack = (program: string) => `compressed with ${program}. Unpack it first.`
const noTable = (kind: string) => `${kind}, and no table as text. Choose a CSV file.`

/** Files that are named .csv by mistake, by their first bytes. */
const signatures: readonly Signature[] = [
  { starts: [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1], what: workbook },
  { starts: [0x1f, 0x8b], what: unpack('gzip') },
  { starts: text('BZh'), what: unpack('bzip2') },
  { starts: [0xfd, ...text('7zXZ'), 0], what: unpack('xz') },
  { starts: [0x28, 0xb5, 0x2f, 0xfd], what: unpack('zstd') },
  { starts: [...text('7z'), 0xbc, 0xaf, 0x27, 0x1c], what: 'a 7z archive. Unpack it first.' },
  { starts: [0x89, ...text('PNG')], what: noTable('a picture (PNG)') },
  { starts: [0xff, 0xd8, 0xff], what: noTable('a picture (JPEG)') },
  { starts: text('GIF8'), what: noTable('a picture (GIF)') },
  { starts: text('%PDF-'), what: noTable('a PDF document') },
  { starts: text('PAR1'), what: 'a Parquet file. Write its table as CSV, and choose that file.' },
  { starts: [...text('Obj'), 1], what: 'an Avro file. Write its records as CSV, and choose that file.' },
  { starts: text('SQLite format 3'), what: 'an SQLite database. Write the table as CSV, and choose that file.' },
  { starts: [0x7f, ...text('ELF')], what: noTable('a program') },
]

const zip: readonly number[] = [...text('PK'), 3, 4]
/** Characters that no text has; it may have tabs, ends of lines and pages, an end of file, and separators of fields and records. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const noText = /[\0-\x08\x0e-\x19\x1b\x7f]/g
/** One in so many characters may be such all the same: a broken row is told where it stands. */
const charactersForEach = 100

/**
 * What a file is that begins with these bytes and is no text, and what to do, as the end of the sentence "… is"; null: it may be
 * text in this encoding.
 */
export function binaryKind(head: Uint8Array, encoding: string): string | null {
  const begins = (starts: readonly number[]) => starts.every((byte, index) => head[index] === byte)
  if (begins(zip)) return zipKind(head)
  const known = signatures.find(({ starts }) => begins(starts))
  if (known !== undefined) return known.what
  const sample = new TextDecoder(encoding).decode(head.subarray(0, 65_536))
  const odd = sample.match(noText)?.length ?? 0
  return odd * charactersForEach > sample.length ? noTable('a binary file: it has bytes that no text has') : null
}

/** An Excel workbook is a ZIP archive whose first entries have their names in its first bytes. */
function zipKind(head: Uint8Array): string {
  const names = new TextDecoder('latin1').decode(head.subarray(0, 8_192))
  if (/\[Content_Types\]\.xml|xl\//.test(names)) return workbook
  if (names.includes('opendocument.spreadsheet'))
    return 'an OpenDocument spreadsheet. Save the sheet as CSV, and choose that file.'
  return 'a ZIP archive. Unpack it, and choose the CSV file in it.'
}
