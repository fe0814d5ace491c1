import { parseArgs } from 'node:util'

export interface Options {
  /** Folders with web-platform-tests, for the areas that the Debian package lacks. */
  wpt: string[]
  /** Only these areas; all where empty. */
  areas: string[]
  /** Only files whose path holds one of these texts; all where empty. */
  files: string[]
  json: boolean
  /** Files run at once. */
  jobs: number
}

export function readOptions(args: string[], cores: number): Options {
  const { values } = parseArgs({
    args,
    options: {
      wpt: { type: 'string', multiple: true, default: [] },
      area: { type: 'string', multiple: true, default: [] },
      file: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
      jobs: { type: 'string', default: String(Math.min(cores, 4)) },
    },
  })
  const { wpt, area, file, json, jobs } = values
  return { wpt, areas: area, files: file, json, jobs: Math.max(1, Number(jobs) || 1) }
}
