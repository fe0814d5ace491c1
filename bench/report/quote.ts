import { readFile, writeFile } from 'node:fs/promises'

/** Between these a README has what the benchmarks made. */
const MARKS = ['<!-- figures -->', '<!-- end of figures -->'] as const

/** What stands between the marks, without the lines around it. Throws where a mark is missing. */
export function quotedIn(text: string): string {
  const [from, to] = placeIn(text)
  return text.slice(from, to).trim()
}

/** Puts this in place of what is quoted. */
export async function quoteIn(readme: URL, quotation: string): Promise<void> {
  const text = await readFile(readme, 'utf8')
  const [from, to] = placeIn(text)
  await writeFile(readme, `${text.slice(0, from)}\n\n${quotation}\n\n${text.slice(to)}`)
}

function placeIn(text: string): [from: number, to: number] {
  const [start, end] = MARKS.map((mark) => text.indexOf(mark)) as [number, number]
  if (start < 0 || end < start) throw new Error(`no table between ${MARKS.join(' and ')}`)
  return [start + MARKS[0].length, end]
}
