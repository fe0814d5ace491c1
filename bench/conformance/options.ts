import { parseArgs } from 'node:util'

export interface Options {
  /** Folders with web-platform-tests, for the areas that the Debian package lacks. */
  wpt: string[]
  /** Only these areas; all where empty. */
  areas: string[]
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
      json: { type: 'boolean', default: false },
      jobs: { type: 'string', default: String(Math.min(cores, 4)) },
    },
  })
  return { wpt: values.wpt, areas: values.area, json: values.json, jobs: Math.max(1, Number(values.jobs) || 1) }
}
