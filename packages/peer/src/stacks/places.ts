/** A place in a bundle, as stacks of the sandbox name it; what stands before it is a name that was minified. */
const FRAME = /\bat (?:[^\n()]*\()?fn:(?<cid>\w+):(?<line>\d+):(?<column>\d+)\)?/g

/** Where something in a bundle comes from, such as `src/index.ts:3:9`; undefined where that is not known. */
export type FindSource = (cid: string, line: number, column: number) => string | undefined

/** A text, such as a stack, in which places in bundles are replaced by those in their sources. */
export function withSources(text: string, find: FindSource): string {
  return text.replaceAll(FRAME, (frame, cid: string, line: string, column: string) => {
    const place = find(cid, Number(line), Number(column))
    return place === undefined ? frame : `at ${place}`
  })
}

/** The functions that a text names places of, each once. */
export function cidsIn(text: string): string[] {
  return [...new Set(Array.from(text.matchAll(FRAME), ({ groups }) => groups?.['cid'] ?? ''))]
}
