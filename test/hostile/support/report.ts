import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Figures that the cases measured, from their processes to the end of the run, where they are printed as one table. */

const FILE_VARIABLE = 'HITHER_HOSTILE_FIGURES'

interface Figure {
  /** The case's number, such as `B02`. */
  id: string
  what: string
  measured: string
}

/** Something that a case measured, with its unit. */
export function figure(id: string, what: string, measured: string): void {
  const file = process.env[FILE_VARIABLE]
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ id, what, measured } satisfies Figure)}\n`)
}

/** Vitest calls it once, around all files. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'hither-figures-'))
  const file = join(folder, 'figures')
  appendFileSync(file, '')
  process.env[FILE_VARIABLE] = file
  return () => {
    const figures = readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Figure)
      .toSorted((a, b) => a.id.localeCompare(b.id))
    rmSync(folder, { recursive: true })
    const width = Math.max(0, ...figures.map(({ what }) => what.length))
    const table = figures.map(({ id, what, measured }) => `${id}  ${what.padEnd(width)}  ${measured}`)
    if (table.length > 0) process.stdout.write(`\n${table.join('\n')}\n`)
  }
}
