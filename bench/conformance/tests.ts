import { posix } from 'node:path'
import { AREAS } from './areas.ts'
import { EXCLUDED_FILES, whyExcluded } from './exclusions.ts'
import type { Tree } from './tree.ts'

/** One file of tests, or one of its variants. */
export interface TestFile {
  area: string
  path: string
  /** What its address ends with, `?…`; mostly empty. */
  variant: string
}

/** The files that any engine without a page can run. */
export function findTests(tree: Tree, areas: string[]): TestFile[] {
  return Object.entries(AREAS)
    .filter(([area]) => areas.length === 0 || areas.includes(area))
    .flatMap(([area, folders]) => folders.flatMap((folder) => testsIn(tree, area, folder)))
}

/** The scripts that a test file asks for, and itself last, as paths. */
export function scriptsOf(tree: Tree, path: string): string[] {
  const wanted = metaOf(tree.text(path), 'script').map((script) =>
    script.startsWith('/') ? script.slice(1) : posix.join(posix.dirname(path), script),
  )
  // Some are made by the server of web-platform-tests; what they would tell, the page tells itself.
  return [...wanted.filter((script) => tree.read(script) !== undefined), path]
}

/** Whether it says that it takes long. */
export function isLong(tree: Tree, path: string): boolean {
  return metaOf(tree.text(path), 'timeout').includes('long')
}

function testsIn(tree: Tree, area: string, folder: string): TestFile[] {
  const paths = tree.list(folder).filter((path) => path.endsWith('.any.js'))
  return paths
    .filter((path) => whyExcluded(EXCLUDED_FILES, path) === undefined && runsAnywhere(tree.text(path)))
    .flatMap((path) => variantsOf(tree.text(path)).map((variant) => ({ area, path, variant })))
}

function runsAnywhere(source: string): boolean {
  const [globals] = metaOf(source, 'global')
  return globals === undefined || /worker|window|shadow|\*/.test(globals)
}

function variantsOf(source: string): string[] {
  const variants = metaOf(source, 'variant')
  return variants.length === 0 ? [''] : variants
}

function metaOf(source: string, key: string): string[] {
  return [...source.matchAll(/^\/\/ META: (\w+)=(.*)$/gm)].flatMap(([, name, value = '']) =>
    name === key ? [value.trim()] : [],
  )
}
