/** A line of points: how many there were, and what was measured then. */
export interface Line {
  name: string
  points: [x: number, y: number][]
}

export interface Chart {
  title: string
  lines: Line[]
}

const WIDTH = 420
const HEIGHT = 260
const MARGIN = { left: 56, right: 16, top: 34, bottom: 34 }
const COLOURS = ['#1b6ac9', '#c2410c', '#15803d', '#7e22ce', '#64748b']

/** Charts side by side as an SVG picture. Sizes go by powers of two from left to right; values from zero. */
export function plot(charts: Chart[]): string {
  const names = [...new Set(charts.flatMap(({ lines }) => lines.map(({ name }) => name)))]
  const width = WIDTH * charts.length
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${HEIGHT + 24}" font-family="sans-serif" font-size="11">`,
    `<rect width="${width}" height="${HEIGHT + 24}" fill="#fff"/>`,
    ...charts.map((chart, at) => `<g transform="translate(${at * WIDTH} 0)">${drawn(chart, names)}</g>`),
    ...names.map((name, at) => legend(name, at)),
    '</svg>',
  ].join('\n')}\n`
}

function drawn({ title, lines }: Chart, names: string[]): string {
  const points = lines.flatMap((line) => line.points)
  const right = Math.log2(Math.max(2, ...points.map(([x]) => x)))
  const top = niceAbove(Math.max(1e-9, ...points.map(([, y]) => y)))
  const x = (size: number): number => MARGIN.left + (Math.log2(size) / right) * (WIDTH - MARGIN.left - MARGIN.right)
  const y = (value: number): number => HEIGHT - MARGIN.bottom - (value / top) * (HEIGHT - MARGIN.top - MARGIN.bottom)
  const heights = [0, 0.25, 0.5, 0.75, 1].map((part) => part * top)
  const sizes = Array.from({ length: Math.floor(right / 2) + 1 }, (_, at) => 4 ** at)
  return [
    text(MARGIN.left, 18, title, 'start" font-weight="bold'),
    ...heights.map((at) => `<path d="M${MARGIN.left} ${y(at)}H${WIDTH - MARGIN.right}" stroke="#e2e8f0"/>`),
    ...heights.map((at) => text(MARGIN.left - 6, y(at) + 4, String(at), 'end')),
    ...sizes.map((at) => text(x(at), HEIGHT - MARGIN.bottom + 16, String(at), 'middle')),
    ...lines.map(({ name, points: own }) => {
      const colour = COLOURS[names.indexOf(name) % COLOURS.length] ?? ''
      const path = own.map(([size, value], at) => `${at === 0 ? 'M' : 'L'}${x(size).toFixed(1)} ${y(value).toFixed(1)}`)
      const dots = own.map(
        ([size, value]) => `<circle cx="${x(size).toFixed(1)}" cy="${y(value).toFixed(1)}" r="3" fill="${colour}"/>`,
      )
      return `<path d="${path.join('')}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join('')}`
    }),
  ].join('\n')
}

function legend(name: string, at: number): string {
  const left = MARGIN.left + at * 120
  const colour = COLOURS[at % COLOURS.length] ?? ''
  return `<circle cx="${left}" cy="${HEIGHT + 8}" r="4" fill="${colour}"/>${text(left + 9, HEIGHT + 12, name, 'start')}`
}

function text(x: number, y: number, words: string, anchor: string): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${words}</text>`
}

/** The next of 1, 2, 4, 8 times a power of ten, so that quarters of it are short numbers. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return power * ([1, 2, 4, 8].find((step) => step * power >= value) ?? 10)
}
