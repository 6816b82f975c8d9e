import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { formatClock, type Zone } from '../lib/format.ts'
import { useZone } from './environment.tsx'

/** A moment to mark on the chart: a leader change. */
export interface ChartTick {
  readonly at: number
  readonly label: string
}

export interface ChartProps {
  /** Says in words what the line shows now; the chart itself is an image. */
  readonly summary: string
  /** Seconds since 1970, ascending. */
  readonly seconds: readonly number[]
  readonly series: readonly {
    readonly label: string
    readonly values: readonly (number | null)[]
    readonly tone?: 'text' | 'bad' | 'info'
  }[]
  /** The window shown, in milliseconds since 1970. */
  readonly from: number
  readonly to: number
  readonly ticks?: readonly ChartTick[]
  /** Charts of the same name share their cursor. */
  readonly syncKey?: string
  readonly height?: number
  readonly format: (value: number) => string
  /** Where the cursor is, as an index of `seconds`; null: nowhere. */
  readonly onCursor?: (index: number | null) => void
}

const strokes = { text: '--text', bad: '--bad-mark', info: '--info-mark' } as const

export default function ChartCanvas(props: ChartProps) {
  const { seconds, series, from, to, height = 128, syncKey, summary } = props
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const latest = useRef(props)
  latest.current = props
  const zone = useZone()
  const shape = series.map(({ label, tone }) => `${label} ${tone}`).join('|')

  useEffect(() => {
    const element = box.current
    if (element === null) return undefined
    let made = make(element, latest, zone, height, syncKey)
    plot.current = made
    const resize = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }))
    resize.observe(element)
    // Colours are read when the canvas is drawn; another theme is another set.
    const theme = new MutationObserver(() => {
      made.destroy()
      made = make(element, latest, zone, height, syncKey)
      plot.current = made
    })
    theme.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    return () => {
      resize.disconnect()
      theme.disconnect()
      made.destroy()
      plot.current = null
    }
  }, [zone, height, syncKey, shape])

  useEffect(() => {
    plot.current?.batch(() => {
      plot.current?.setData([seconds as number[], ...series.map(({ values }) => values as (number | null)[])], false)
      plot.current?.setScale('x', { min: from / 1_000, max: to / 1_000 })
    })
  }, [seconds, series, from, to])

  return <div ref={box} role="img" aria-label={summary} className="w-full min-w-0" style={{ height }} />
}

function make(
  element: HTMLElement,
  latest: { readonly current: ChartProps },
  zone: Zone,
  height: number,
  syncKey: string | undefined,
): uPlot {
  const css = getComputedStyle(document.documentElement)
  const colour = (name: string) => css.getPropertyValue(name).trim()
  const font = `11px ${css.getPropertyValue('--font-mono') || 'monospace'}`
  const { series, format } = latest.current
  const axis = {
    // Of the second strength, so that the numbers can still be read when the chart is dimmed.
    stroke: colour('--text-2'),
    font,
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  }
  const chart = new uPlot(
    {
      width: element.clientWidth,
      height,
      pxAlign: 1,
      padding: [8, 28, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        points: { size: 6 },
        drag: { x: false, y: false },
        ...(syncKey === undefined ? {} : { sync: { key: syncKey } }),
      },
      scales: {
        x: { time: true, auto: false },
        y: { range: (_self, _min, max) => [0, max === null || max <= 0 ? 1 : max * 1.15] },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          size: 22,
          space: 76,
          values: (_self, splits) => splits.map((at) => formatClock(at * 1_000, zone, false)),
        },
        {
          ...axis,
          size: 44,
          space: 28,
          gap: 4,
          values: (_self, splits) => splits.map((value) => (value < 0 ? '' : format(value))),
        },
      ],
      series: [
        {},
        ...series.map(({ label, tone = 'text' }, index) => ({
          label,
          stroke: colour(strokes[tone]),
          width: index === 0 ? 1.5 : 1.25,
          ...(index === 0 ? { fill: `color-mix(in oklab, ${colour(strokes[tone])} 7%, transparent)` } : {}),
          points: { show: false },
          spanGaps: false,
        })),
      ],
      hooks: {
        setCursor: [(self) => latest.current.onCursor?.(self.cursor.idx ?? null)],
        draw: [
          (self) =>
            drawTicks(
              self,
              latest.current.ticks ?? [],
              { line: colour('--text-2'), ground: colour('--surface') },
              font,
            ),
        ],
      },
    },
    [latest.current.seconds as number[], ...series.map(({ values }) => values as (number | null)[])],
    element,
  )
  chart.setScale('x', { min: latest.current.from / 1_000, max: latest.current.to / 1_000 })
  return chart
}

/** Vertical lines at leader changes, the same on all charts, each with its epoch; in no colour that stands for a broker. */
function drawTicks(
  chart: uPlot,
  ticks: readonly ChartTick[],
  { line, ground }: { readonly line: string; readonly ground: string },
  font: string,
): void {
  const { ctx, bbox } = chart
  const { min, max } = chart.scales.x ?? {}
  ctx.save()
  ctx.fillStyle = line
  ctx.lineJoin = 'round'
  ctx.font = font.replace('11px', `${10 * devicePixelRatio}px`)
  ctx.textBaseline = 'alphabetic'
  // From the newest back: where labels would cover each other, the older ones are left out, and their lines stay.
  let free = Number.POSITIVE_INFINITY
  for (const { at, label } of ticks.toReversed()) {
    if (min == null || max == null || at / 1_000 < min || at / 1_000 > max) continue
    const x = Math.round(chart.valToPos(at / 1_000, 'x', true))
    ctx.strokeStyle = line
    ctx.lineWidth = devicePixelRatio
    ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio])
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
    const gap = 3 * devicePixelRatio
    const width = ctx.measureText(label).width
    // At the right edge the label stands on the left of its line.
    const start = x + gap + width > bbox.left + bbox.width ? x - gap - width : x + gap
    if (start + width > free) continue
    free = Math.min(start, x) - gap
    ctx.textAlign = 'left'
    // The ground of the card around it, so that no line of the grid runs through it.
    ctx.strokeStyle = ground
    ctx.lineWidth = 4 * devicePixelRatio
    ctx.setLineDash([])
    ctx.strokeText(label, start, bbox.top + 9 * devicePixelRatio)
    ctx.fillText(label, start, bbox.top + 9 * devicePixelRatio)
  }
  ctx.restore()
}
