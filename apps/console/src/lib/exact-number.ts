/** JSON's numbers compared as the decimals they are: 9007199254740993 is not 9007199254740992, and 1.0 equals 1. */
const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,9}))?$/

interface Decimal {
  readonly sign: -1 | 0 | 1
  /** Without zeros at either end. */
  readonly digits: string
  /** Power of ten of the first digit. */
  readonly magnitude: number
}

export function isNumberText(text: string): boolean {
  return NUMBER.test(text)
}

/** -1, 0 or 1; undefined when one of them is no number as JSON writes it. */
export function compareNumbers(a: string, b: string): -1 | 0 | 1 | undefined {
  const [left, right] = [decimalOf(a), decimalOf(b)]
  if (left === undefined || right === undefined) return undefined
  if (left.sign !== right.sign) return left.sign < right.sign ? -1 : 1
  if (left.sign === 0) return 0
  const order =
    left.magnitude === right.magnitude ? compareDigits(left, right) : left.magnitude < right.magnitude ? -1 : 1
  return (order === 0 ? 0 : order * left.sign) as -1 | 0 | 1
}

/** Digits behind the same first place compare like words: a prefix is the smaller. */
function compareDigits(left: Decimal, right: Decimal): number {
  return left.digits === right.digits ? 0 : left.digits < right.digits ? -1 : 1
}

function decimalOf(text: string): Decimal | undefined {
  const found = NUMBER.exec(text)
  if (found === null) return undefined
  const [, minus, whole = '', fraction = '', exponent = '0'] = found
  const all = whole + fraction
  const first = all.search(/[1-9]/)
  if (first === -1) return { sign: 0, digits: '', magnitude: 0 }
  return {
    sign: minus === '-' ? -1 : 1,
    digits: all.slice(first).replace(/0+$/, ''),
    magnitude: whole.length - 1 - first + Number(exponent),
  }
}
