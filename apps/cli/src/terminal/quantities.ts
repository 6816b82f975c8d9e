/** 67740 → `67,740` */
export function countText(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',')
}

/** 1 → `1 row`, 2 → `2 rows` */
export function countOf(count: number, singular: string, plural: string = `${singular}s`): string {
  return `${countText(count)} ${count === 1 ? singular : plural}`
}

/** 3665407 → `3.7 MB`. Units of 1,000, as disks and networks are sold. */
export function bytesText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`
  let value = bytes
  let unit = ''
  for (const next of ['kB', 'MB', 'GB', 'TB']) {
    // 999.95 would show as 1000.0.
    if (unit !== '' && value < 999.95) break
    value /= 1_000
    unit = next
  }
  return `${value.toFixed(1)} ${unit}`
}

/** 83 → `1:23`, 3723 → `1:02:03` */
export function clockText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const parts = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60, whole % 60]
  const shown = parts[0] === 0 ? parts.slice(1) : parts
  return shown.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0'))).join(':')
}

/** 0.309 → `0.31 s`, 12.34 → `12.3 s`, 83 → `1:23` */
export function durationText(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(2)} s`
  return seconds < 60 ? `${seconds.toFixed(1)} s` : clockText(seconds)
}
